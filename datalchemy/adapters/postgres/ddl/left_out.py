"""What schema.json names and the script does not make: each is named in a comment at its end."""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl import constraints
from datalchemy.adapters.postgres.ddl.column_order import LateColumns
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.model.constraints import ForeignKey
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import Table
from datalchemy.text import quoted


def left_out(schema: DatabaseSchema, source: Source, late: LateColumns) -> Iterator[str]:
    """Yield a line for each object, or part of one, that is not rendered."""
    yield from _left_to_others(schema)
    for view, read in source.unmade_views.items():
        lacking = quoted(read.schema_name, read.table)
        yield f"view {quoted(*view)}, which reads {lacking}, which is not in the file"
    for column, used in source.lost_defaults.items():
        sequence = quoted(used.schema_name, used.name)
        yield f"the default of {quoted(*column)}, which uses the sequence {sequence}, which is not in the file"
    for name in late.unkept:
        yield f"the order of the columns of {quoted(*name)}: those of its parents come first"
    for key, table in source.tables.items():
        yield from _lost_with_ancestors(key.schema, table, source)
        yield from _parts(key.schema, table)
        yield from _foreign_keys(key.schema, table, source)


def _left_to_others(schema: DatabaseSchema) -> Iterator[str]:
    """Yield the extensions and the functions: what is rendered may use them."""
    for extension in schema.extensions:
        if not PostgresNames().is_standard_extension(extension.name):
            yield f"extension {quoted(extension.name)} in schema {quoted(extension.schema_name)}"
    for owner in schema.schemas:
        for function in owner.functions:
            yield f"{function.kind} {quoted(owner.name, function.name)}({function.arguments})"


def _parts(schema: str, table: Table) -> Iterator[str]:
    on = f"on {quoted(schema, table.name)}"
    if table.server is not None:
        yield f"the options of foreign table {quoted(schema, table.name)}, which are never read: it may need them"
    for column in table.columns:
        if column.default is not None and column.identity is not None:
            yield f"the default of {quoted(schema, table.name, column.name)}, which is an identity"
    for trigger in table.triggers:
        yield f"trigger {quoted(trigger.name)} {on}"
    for index in table.indexes:
        if not constraints.is_created(table, index) and index.extension is None:
            yield f"invalid index {quoted(index.name)} {on}"


def _foreign_keys(schema: str, table: Table, source: Source) -> Iterator[str]:
    for constraint in table.constraints:
        if not isinstance(constraint, ForeignKey) or constraints.is_copy(constraint, table, source):
            continue
        if not source.has(constraint.ref_schema, constraint.ref_table):
            referenced = quoted(constraint.ref_schema, constraint.ref_table)
            on = f"on {quoted(schema, table.name)}"
            yield f"foreign key {quoted(constraint.name)} {on} to {referenced}, which is not in the file"


def _lost_with_ancestors(schema: str, table: Table, source: Source) -> Iterator[str]:
    """Yield what a table is not without the parents that the file does not hold."""
    for link, what in ((table.partition_of, "partition"), *((one, "child") for one in table.inherits)):
        if link is not None and not source.has(link.schema_name, link.table):
            parent = quoted(link.schema_name, link.table)
            yield f"table {quoted(schema, table.name)} as a {what} of {parent}, which is not in the file"
    if table.partition_of is not None and table.partition_of.detach_pending:
        yield f"the interrupted detach of partition {quoted(schema, table.name)}"
    for column in table.columns:
        if column.identity is not None and column.identity.sequence is None:
            name = quoted(schema, table.name, column.name)
            yield f"the identity of column {name}, whose sequence is not in the file"
