"""The whole script: every statement, in an order in which it loads in one pass."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from datalchemy.adapters.base import DATA, POST_DATA, PRE_DATA
from datalchemy.adapters.postgres.ddl import constraints, given, rules, types
from datalchemy.adapters.postgres.ddl.column_order import LateColumns, late_columns
from datalchemy.adapters.postgres.ddl.comments import comments
from datalchemy.adapters.postgres.ddl.left_out import left_out
from datalchemy.adapters.postgres.ddl.order import Key, in_order, with_dependents
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.steps import VIEWS, steps_of, table_key, type_key
from datalchemy.adapters.postgres.ddl.tables import TableWriter
from datalchemy.analysis.graph import TableKey
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import Table, TableKind
from datalchemy.text import quoted

_PREAMBLE = (
    "SET client_encoding = 'UTF8'",
    "SET standard_conforming_strings = on",
    "SET check_function_bodies = false",
    "SET client_min_messages = warning",
    "SELECT pg_catalog.set_config('search_path', '', false)",
)


@dataclass(frozen=True)
class Part:
    """The statements of one section, and the beginnings of those that were refused."""

    section: str
    statements: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """The SQL that builds a structure in an empty database, in one pass and under any search_path.

    Rendered are schemas, types, sequences, tables, constraints, indexes, extended statistics, views, rules, policies
    and comments, with row-level security switched on where it was. Left to whoever runs it: extensions, whose files a
    server may lack, and what they bring; functions, whose sources schema.json may lack; and what it does not hold:
    roles and privileges, operators, collations, foreign servers and their options, tablespaces, and triggers, whose
    arguments are not in it. Materialized views are made without data.

    Attributes:
        parts: in order. What calls functions is in a part behind the data. What may not work without what the file
            does not hold (foreign tables, access methods), and all that needs it, has parts at the end, with rules and
            the policies of roles.
        left_out: the objects of the file that are not rendered.
    """

    parts: tuple[Part, ...]
    left_out: tuple[str, ...]

    @property
    def statements(self) -> tuple[str, ...]:
        """All statements in order, without semicolons and without the settings at the head."""
        return tuple(statement for part in self.parts for statement in part.statements)

    @property
    def refused(self) -> tuple[str, ...]:
        """The beginnings of the statements with a text that could end them (see `given`)."""
        return tuple(one for part in self.parts for one in part.refused)

    def text(self, *, restrict_key: str | None = None, sections: Collection[str] = ()) -> str:
        r"""Return the whole script, or sections of it; comments at its end name what is not rendered.

        Args:
            restrict_key: letters and digits that nobody can guess: `\restrict` with it comes first and `\unrestrict`
                last, between which psql runs no other backslash command. Only psql reads such a script, not a driver.
            sections: as pg_restore calls them; all when none is named.
        """
        sections = sections or (PRE_DATA, DATA, POST_DATA)
        chosen = [part for part in self.parts if part.section in sections]
        statements = [statement for part in chosen for statement in part.statements]
        unwritten = [one for part in chosen for one in part.refused]
        lines = [f"{statement};" for statement in (*_PREAMBLE, *statements)]
        lines += [given.left_out(one) for one in (*unwritten, *(self.left_out if POST_DATA in sections else ()))]
        if restrict_key is not None:
            lines = [f"\\restrict {restrict_key}", *lines, f"\\unrestrict {restrict_key}"]
        return "\n\n".join(lines) + "\n"


def script(schema: DatabaseSchema) -> Script:
    """Return the script of a structure. A statement with a text that could end it is refused."""
    source = Source(schema)
    late = late_columns(source)
    parts = []
    for section, statements in _Sections(schema, source, late).written():
        passed = {statement: given.is_one_statement(statement) for statement in statements}
        refused = tuple(given.beginning(one) for one in statements if not passed[one])
        parts.append(Part(section, tuple(one for one in statements if passed[one]), refused))
    return Script(tuple(parts), tuple(left_out(schema, source, late)))


class _Sections:
    """Sorts the steps of a script, and all that follows them, into sections."""

    def __init__(self, schema: DatabaseSchema, source: Source, late: LateColumns) -> None:
        self._schema = schema
        self._source = source
        self._writers = {
            key: TableWriter(key.schema, table, source, late.of_table.get(key, frozenset()))
            for key, table in source.tables.items()
            if table.kind not in VIEWS
        }
        self._steps = steps_of(schema, source, self._writers, late)
        self._late = with_dependents((key for key, step in self._steps.items() if step.late), self._steps)
        self._last = with_dependents(_uncertain(source), self._steps)
        self._tables = [(name.schema, table) for name, table in source.tables.items()]

    def written(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (section, statements) in order."""
        commented = list(self._commented())
        for last in (False, True):
            made: list[TableKey] = []
            for section in (PRE_DATA, POST_DATA):
                written = [] if last or section == POST_DATA else list(self._first())
                chosen = {key: step for key, step in self._steps.items() if self._place(key) == (section, last)}
                for key, statements in in_order(chosen):
                    written += statements
                    made += _table_made(key, self._source)
                written += self._owners(section, last=last)
                if section == POST_DATA:
                    written += self._tail(made, last=last)
                written += [comment for place, comment in commented if place == (section, last)]
                yield section, written

    def _place(self, key: Key) -> tuple[str, bool]:
        """Return the section of a step, and whether it is among the last."""
        return POST_DATA if key in self._late else PRE_DATA, key in self._last

    def _first(self) -> Iterator[str]:
        for one in self._schema.schemas:
            if one.extension is None:
                yield f"CREATE SCHEMA IF NOT EXISTS {quoted(one.name)}"
        for one in self._schema.schemas:
            for sequence in one.sequences:
                if self._source.makes_sequence(sequence):
                    yield from types.sequence(one.name, sequence)

    def _owners(self, section: str, *, last: bool) -> Iterator[str]:
        for owner in self._schema.schemas:
            for sequence in owner.sequences:
                column = sequence.owned_by
                if column is None or not self._source.makes_sequence(sequence):
                    continue
                table = self._source.tables.get(TableKey(column.schema_name, column.table))
                if table is not None and self._place(table_key(column.schema_name, table)) == (section, last):
                    yield from types.owner(owner.name, sequence)

    def _tail(self, made: list[TableKey], *, last: bool) -> Iterator[str]:
        """Yield what needs all tables and keys to be there, one kind of statement after the other.

        `made` are the tables that take rows, in the order in which they were made: parents before children.
        """
        tables = [(name, table) for name, table in self._tables if self._is_last(name, table) == last]
        for name, table in tables:
            yield from constraints.indexes(name, table)
        for name, table in tables:
            yield from constraints.attached_indexes(name, table, self._source)
        writers = [self._writers[name] for name in made]
        # a parent's constraint merges with that of a child that is there, and not the other way round
        for writer in reversed(writers):
            yield from writer.late_constraints()
        for writer in writers:
            yield from writer.validations()
        for name, table in self._tables:
            for referenced, statement in constraints.foreign_keys(name, table, self._source):
                if (self._is_last(name, table) or self._is_last(*referenced)) == last:
                    yield statement
        for name, table in tables:
            yield from constraints.statistics(name, table)
            yield from constraints.index_settings(name, table)
            yield from constraints.row_security(name, table)
        for name, table in tables:
            yield from rules.policies(name, table, of_roles=False)
        for name, table in self._tables if last else ():
            yield from rules.rules(name, table)
        for name, table in self._tables if last else ():
            yield from rules.policies(name, table, of_roles=True)

    def _is_last(self, schema: str, table: Table | None) -> bool:
        return table is not None and table_key(schema, table) in self._last

    def _commented(self) -> Iterator[tuple[tuple[str, bool], str]]:
        """Yield each comment, after the section where it belongs and whether that is among the last."""
        for schema in self._schema.schemas:
            tables = {table.name: table_key(schema.name, table) for table in schema.tables}
            for name, behind, comment in comments(schema, self._source):
                key = tables.get(name or "", type_key(schema.name, name or ""))
                place, is_last = self._place(key)
                yield (POST_DATA if behind else place, is_last), comment


def _table_made(key: Key, source: Source) -> Iterator[TableKey]:
    """Yield the table that takes rows, if the step makes one."""
    table = source.tables.get(TableKey(*key[1:]))
    if table is not None and table.kind not in VIEWS and table_key(key[1], table) == key:
        yield TableKey(*key[1:])


def _uncertain(source: Source) -> Iterator[Key]:
    """Yield the steps of tables that may need what the file does not hold, and of their whole partition trees."""
    roots = {name: _root(name, source) for name in source.tables}
    uncertain = {
        roots[name]
        for name, table in source.tables.items()
        if table.kind is TableKind.FOREIGN_TABLE or table.access_method is not None
    }
    for name, table in source.tables.items():
        if roots[name] in uncertain:
            yield table_key(name.schema, table)


def _root(name: TableKey, source: Source) -> TableKey:
    """Return the topmost partitioned table above a table, or itself; an edited file may have them in a circle."""
    seen = {name}
    while (above := source.partition_parent(source.tables[name])) is not None:
        name = TableKey(above[0].schema_name, above[0].table)
        if name in seen:
            break
        seen.add(name)
    return name
