"""COMMENT ON statements."""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl.constraints import is_created
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.text import keywords, literal
from datalchemy.model.schema import Schema
from datalchemy.model.table import Table
from datalchemy.model.types import Composite, Domain, Enum, Range, Sequence
from datalchemy.text import quoted

Commented = tuple[str | None, bool, str]
"""The type, sequence or table that is commented on, whether a part of it made behind the data is, and the statement."""


def comments(schema: Schema, source: Source) -> Iterator[Commented]:
    """Yield the comments on a schema and on all that is rendered in it."""
    if schema.extension is None:
        yield from _comment(None, f"SCHEMA {quoted(schema.name)}", schema.comment)
    owned: list[tuple[str, Enum | Range | Composite | Domain | Sequence]] = [
        *(("TYPE", one) for one in schema.enums),
        *(("TYPE", one) for one in schema.ranges),
        *(("TYPE", one) for one in schema.composites),
        *(("DOMAIN", one) for one in schema.domains),
        *(("SEQUENCE", one) for one in schema.sequences),
    ]
    for kind, value in owned:
        if value.extension is None:
            yield from _comment(value.name, f"{kind} {quoted(schema.name, value.name)}", value.comment)
    for domain in schema.domains:
        if domain.extension is None:
            for constraint in domain.constraints:
                on = f"CONSTRAINT {quoted(constraint.name)} ON DOMAIN {quoted(schema.name, domain.name)}"
                yield from _comment(domain.name, on, constraint.comment, behind=True)
    for composite in schema.composites:
        if composite.extension is None:
            for attribute in composite.attributes:
                name = quoted(schema.name, composite.name, attribute.name)
                yield from _comment(composite.name, f"COLUMN {name}", attribute.comment)
    for table in schema.tables:
        if (schema.name, table.name) in source.tables:
            yield from _table(schema.name, table)


def _table(schema: str, table: Table) -> Iterator[Commented]:
    name = quoted(schema, table.name)
    kind = keywords(table.kind).removeprefix("PARTITIONED ")
    yield from _comment(table.name, f"{kind} {name}", table.comment)
    for column in table.columns:
        yield from _comment(table.name, f"COLUMN {quoted(schema, table.name, column.name)}", column.comment)
    for constraint in table.constraints:
        # a copy of an FK gets a name of its own from the server, and a dump does not carry its comment either
        if constraint.kind != "foreign_key" or constraint.local or not constraint.inherited:
            on = f"CONSTRAINT {quoted(constraint.name)} ON {name}"
            yield from _comment(table.name, on, constraint.comment, behind=True)
    for index in table.indexes:
        if is_created(table, index):
            yield from _comment(table.name, f"INDEX {quoted(schema, index.name)}", index.comment, behind=True)
    for one in table.statistics:
        yield from _comment(table.name, f"STATISTICS {quoted(one.schema_name, one.name)}", one.comment, behind=True)


def _comment(name: str | None, on: str, text: str | None, *, behind: bool = False) -> Iterator[Commented]:
    if text is not None:
        yield name, behind, f"COMMENT ON {on} IS {literal(text)}"
