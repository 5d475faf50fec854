"""The whole script: every statement, in an order in which it loads in one pass."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from datalchemy.adapters.postgres.ddl import constraints, given, types
from datalchemy.adapters.postgres.ddl.comments import comments
from datalchemy.adapters.postgres.ddl.order import Key, Step, in_order
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.tables import TableWriter
from datalchemy.adapters.postgres.ddl.views import stub, view
from datalchemy.analysis.graph import TableKey
from datalchemy.model.constraints import ForeignKey
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import Table, TableKind
from datalchemy.model.types import Composite, Domain, Enum, Range, TypeReference
from datalchemy.text import quoted

_PREAMBLE = (
    "SET client_encoding = 'UTF8'",
    "SET standard_conforming_strings = on",
    "SET check_function_bodies = false",
    "SET client_min_messages = warning",
    "SELECT pg_catalog.set_config('search_path', '', false)",
)
_VIEWS = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})
_Owned = Enum | Domain | Composite | Range
_TYPE, _TABLE, _ATTACH, _KEYS, _VIEW = range(5)


@dataclass(frozen=True)
class Script:
    """The SQL that builds a structure in an empty database, in one pass and under any search_path.

    Rendered are schemas, types, sequences, tables, constraints, indexes, extended statistics, views and comments, with
    row-level security switched on where it was. Left to whoever runs it, because schema.json does not hold them:
    roles and privileges, extensions and what they bring, functions, operators, collations, foreign servers and their
    options, tablespaces, and the bodies of triggers, policies and rules. Materialized views are made without data.

    Attributes:
        statements: in order, without semicolons and without the settings at its head.
        refused: the beginnings of the statements with a text that could end them (see `given`).
        left_out: the objects of the file that are not rendered.
    """

    statements: tuple[str, ...]
    refused: tuple[str, ...]
    left_out: tuple[str, ...]

    def text(self, *, restrict_key: str | None = None) -> str:
        r"""Return the whole script; comments at its end name what is not rendered.

        Args:
            restrict_key: letters and digits that nobody can guess: `\restrict` with it comes first and `\unrestrict`
                last, between which psql runs no other backslash command. Only psql reads such a script, not a driver.
        """
        lines = [f"{statement};" for statement in (*_PREAMBLE, *self.statements)]
        lines += [given.left_out(one) for one in (*self.refused, *self.left_out)]
        if restrict_key is not None:
            lines = [f"\\restrict {restrict_key}", *lines, f"\\unrestrict {restrict_key}"]
        return "\n\n".join(lines) + "\n"


def script(schema: DatabaseSchema) -> Script:
    """Return the script of a structure. A statement with a text that could end it is refused."""
    source = Source(schema)
    statements, refused = [], []
    for statement in _statements(schema, source):
        if given.is_one_statement(statement):
            statements.append(statement)
        else:
            refused.append(given.beginning(statement))
    return Script(tuple(statements), tuple(refused), tuple(_left_out(source)))


def _statements(schema: DatabaseSchema, source: Source) -> list[str]:
    written = [f"CREATE SCHEMA IF NOT EXISTS {quoted(one.name)}" for one in schema.schemas if one.extension is None]
    for one in schema.schemas:
        for sequence in one.sequences:
            if source.makes_sequence(sequence):
                written += types.sequence(one.name, sequence)
    tables = []
    for key, made in in_order(_steps(schema, source)):
        written += made
        if key[0] == _TABLE:
            tables.append(TableKey(*key[1:]))
    written += _tail(schema, source, tables)
    for one in schema.schemas:
        written += comments(one, source)
    return written


def _steps(schema: DatabaseSchema, source: Source) -> dict[Key, Step]:
    """Return what has to be ordered: types, tables, partitions, keys and views depend on each other crosswise."""
    makers = _makers(schema, source)
    steps: dict[Key, Step] = {}
    for owner in schema.schemas:
        steps.update(_type_steps(owner, makers))
    for (name, _), table in source.tables.items():
        steps.update(_table_steps(name, table, source, makers))
    return steps


def _makers(schema: DatabaseSchema, source: Source) -> dict[tuple[str, str], Key]:
    """Return the step that makes each type of the file; every table makes its row type."""
    makers: dict[tuple[str, str], Key] = {}
    for owner in schema.schemas:
        owned: tuple[_Owned, ...] = (*owner.enums, *owner.domains, *owner.composites, *owner.ranges)
        for one in owned:
            if one.extension is None:
                makers[owner.name, one.name] = (_TYPE, owner.name, one.name)
        for range_ in owner.ranges:
            if range_.multirange is not None and range_.extension is None:
                multirange = (range_.multirange.schema_name, range_.multirange.name)
                makers[multirange] = (_TYPE, owner.name, range_.name)
    for (name, table_name), table in source.tables.items():
        makers[name, table_name] = _made(name, table)
    return makers


def _made(schema: str, table: Table) -> Key:
    return (_VIEW if table.kind in _VIEWS else _TABLE, schema, table.name)


def _type_steps(owner: Schema, makers: dict[tuple[str, str], Key]) -> Iterator[tuple[Key, Step]]:
    written: list[tuple[_Owned, Iterator[str], tuple[TypeReference, ...]]] = [
        *((one, types.enum(owner.name, one), ()) for one in owner.enums),
        *((one, types.domain(owner.name, one), (one.type,)) for one in owner.domains),
        *((one, types.composite(owner.name, one), tuple(a.type for a in one.attributes)) for one in owner.composites),
        *((one, types.range_type(owner.name, one), (one.type,)) for one in owner.ranges),
    ]
    for one, made, used in written:
        if one.extension is None:
            yield (_TYPE, owner.name, one.name), Step(tuple(made), _makers_of(used, makers))


def _table_steps(
    schema: str, table: Table, source: Source, makers: dict[tuple[str, str], Key]
) -> Iterator[tuple[Key, Step]]:
    key = _made(schema, table)
    used = _makers_of((column.type for column in table.columns), makers)
    if table.kind in _VIEWS:
        below = {(one.schema_name, one.table) for one in table.depends_on or ()}
        tables = {(_KEYS, *name) for name in below} | {makers[name] for name in below if name in makers}
        yield (
            key,
            Step(
                tuple(view(schema, table)),
                (used | tables) - {key},
                stub=tuple(stub(schema, table)),
                replacement=tuple(view(schema, table, replace=True)),
            ),
        )
        return
    writer = TableWriter(schema, table, source)
    parents = {(_TABLE, one.schema_name, one.table) for one in table.inherits}
    if table.of_type is not None:
        parents |= {makers[name] for name in ((table.of_type.schema_name, table.of_type.name),) if name in makers}
    yield key, Step(tuple(writer.create()), (used | parents) - {key})
    attached = source.partition_parent(table)
    if attached is not None:
        ends = frozenset({key, (_TABLE, attached[0].schema_name, attached[0].table)})
        yield (_ATTACH, schema, table.name), Step(tuple(writer.attach()), ends)
    after = frozenset({key, (_ATTACH, schema, table.name)})
    yield (_KEYS, schema, table.name), Step(tuple(constraints.keys(schema, table)), after)


def _makers_of(used: Iterable[TypeReference], makers: dict[tuple[str, str], Key]) -> frozenset[Key]:
    names = ((one.element or one) for one in used)
    return frozenset(makers[one.schema_name, one.name] for one in names if (one.schema_name, one.name) in makers)


def _tail(schema: DatabaseSchema, source: Source, made: list[TableKey]) -> Iterator[str]:
    """Yield what needs all tables and keys to be there, one kind of statement after the other.

    `made` are the tables that take rows, in the order in which they were made: parents before children.
    """
    tables = [(name, table) for (name, _), table in source.tables.items()]
    for owner in schema.schemas:
        for sequence in owner.sequences:
            column = sequence.owned_by
            if column is not None and source.makes_sequence(sequence):
                yield from types.owner(owner.name, sequence) if source.has(column.schema_name, column.table) else ()
    for name, table in tables:
        yield from constraints.indexes(name, table)
    for name, table in tables:
        yield from constraints.attached_indexes(name, table, source)
    writers = [TableWriter(name.schema, source.tables[name], source) for name in made]
    # a parent's constraint merges with that of a child that is there, and not the other way round
    for writer in reversed(writers):
        yield from writer.late_constraints()
    for writer in writers:
        yield from writer.validations()
    for name, table in tables:
        yield from constraints.foreign_keys(name, table, source)
    for name, table in tables:
        yield from constraints.statistics(name, table)
        yield from constraints.index_settings(name, table)
        yield from constraints.row_security(name, table)


def _left_out(source: Source) -> Iterator[str]:
    """Yield what the file names and the script does not make."""
    for view_name, read in source.unmade_views.items():
        lacking = quoted(read.schema_name, read.table)
        yield f"view {quoted(*view_name)}, which reads {lacking}, which is not in the file"
    for (name, _), table in source.tables.items():
        yield from _lost_with_ancestors(name, table, source)
        on = f"on {quoted(name, table.name)}"
        for kind, found in (("trigger", table.triggers), ("policy", table.policies), ("rule", table.rules)):
            for one in found:
                yield f"{kind} {quoted(one.name)} {on}"
        for index in table.indexes:
            if not constraints.is_created(table, index) and index.extension is None:
                yield f"invalid index {quoted(index.name)} {on}"
        for constraint in table.constraints:
            if not isinstance(constraint, ForeignKey) or constraints.is_copy(constraint, table, source):
                continue
            if not source.has(constraint.ref_schema, constraint.ref_table):
                referenced = quoted(constraint.ref_schema, constraint.ref_table)
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
