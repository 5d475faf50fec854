"""Statements for views and materialized views."""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl.given import given
from datalchemy.adapters.postgres.ddl.tables import column_storage
from datalchemy.adapters.postgres.ddl.text import collate, with_parameters
from datalchemy.model.table import Table, TableKind
from datalchemy.text import quoted


def view(schema: str, table: Table, *, replace: bool = False) -> Iterator[str]:
    """Yield what creates a view, or a materialized view without its data."""
    materialized = table.kind is TableKind.MATERIALIZED_VIEW
    name = quoted(schema, table.name)
    create = "CREATE MATERIALIZED VIEW" if materialized else "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    using = "" if table.access_method is None else f" USING {quoted(table.access_method)}"
    definition = given((table.definition or "").strip().removesuffix(";"), is_list=True)
    data = "\nWITH NO DATA" if materialized else ""
    yield f"{create} {name}{using}{with_parameters(table.parameters)} AS\n{definition}{data}"
    for column in table.columns:
        change = f"ALTER COLUMN {quoted(column.name)}"
        if column.default is not None:
            yield f"ALTER VIEW {name} {change} SET DEFAULT {given(column.default)}"
        if materialized:
            for what in column_storage(column):
                yield f"ALTER MATERIALIZED VIEW {name} {change} {what}"


def stub(schema: str, table: Table) -> Iterator[str]:
    """Yield a view of the same columns on nothing, for views that need each other in a circle."""
    columns = (f"NULL::{given(one.data_type)}{collate(one.collation)} AS {quoted(one.name)}" for one in table.columns)
    if table.kind is TableKind.VIEW:
        yield f"CREATE VIEW {quoted(schema, table.name)} AS\nSELECT {', '.join(columns)}"
