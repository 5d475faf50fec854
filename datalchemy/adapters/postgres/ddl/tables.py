"""Statements for tables and their columns.

As in a dump, a partition is created by itself and attached afterwards, which keeps the order of its columns. A child by
inheritance has only its own columns, and what it has from its parents comes with INHERITS; but one that has all of it
as its own, too, is adopted once it is there, which keeps the order of its columns as well.
"""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl.given import given
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.text import (
    body,
    collate,
    keywords,
    qualified_name,
    set_parameters,
    with_parameters,
)
from datalchemy.adapters.postgres.ddl.types import sequence_options
from datalchemy.adapters.postgres.ddl.uses import calls, types_in, types_of
from datalchemy.model.base import Uses
from datalchemy.model.constraints import CheckConstraint, NotNullConstraint
from datalchemy.model.table import Column, Persistence, Table, TableKind
from datalchemy.model.types import Sequence
from datalchemy.text import quoted

_Ruled = CheckConstraint | NotNullConstraint


class TableWriter:
    """Writes one table of kind table, partitioned_table or foreign_table; `late` columns are added afterwards."""

    def __init__(self, schema: str, table: Table, source: Source, late: frozenset[str] = frozenset()) -> None:
        self._schema = schema
        self._table = table
        self._source = source
        self._name = quoted(schema, table.name)
        self._parents = source.creating_parents(table)
        self._adopters = [] if self._parents else source.parents(table)
        self._late = late
        self._columns_above: dict[str, list[Column]] = {}
        for _, parent in self._parents:
            for column in parent.columns:
                self._columns_above.setdefault(column.name, []).append(column)
        self._own_types = types_of(column.type for column in table.columns)
        self._not_nulls = {one.column: one for one in table.constraints if isinstance(one, NotNullConstraint)}

    def create(self) -> Iterator[str]:
        """Yield what creates the table with its columns, CHECKs and NOT NULLs, and what its columns still need."""
        yield self._create()
        yield from self._settings(late=False)
        for reference, _ in self._adopters:
            yield f"ALTER TABLE ONLY {self._name} INHERIT {quoted(reference.schema_name, reference.table)}"

    def add(self, name: str) -> Iterator[str]:
        """Yield what adds a late column that the table declares, to its children, too."""
        for column in self._table.columns:
            if column.name == name:
                bare = column.model_copy(update={"identity": None})
                yield f"ALTER TABLE {self._name} ADD COLUMN {self._written(bare)}"
                for identity in self._identity(column):  # a table with children takes no new column that is one
                    yield f"ALTER TABLE ONLY {self._name} ALTER COLUMN {quoted(name)} ADD {identity}"

    def set_late_columns(self) -> Iterator[str]:
        """Yield what late columns still need when they are there."""
        yield from self._settings(late=True)
        for one in self._not_nulls.values():
            declared = any(column.name == one.column and column.local for column in self._table.columns)
            if one.column in self._late and one.validated and not declared and not self._comes_down(one):
                yield f"ALTER TABLE {self._name} ADD CONSTRAINT {quoted(one.name)} {_not_null(one)}"

    def _settings(self, *, late: bool) -> Iterator[str]:
        for column in self._table.columns:
            if (column.name in self._late) == late:
                yield from self._alter(column)
                yield from self._sequence_type(column)
                yield from self._sequence_persistence(column)

    def attach(self) -> Iterator[str]:
        """Yield what makes the table a partition."""
        attached = self._source.partition_parent(self._table)
        if attached is not None:
            link, _ = attached
            parent = quoted(link.schema_name, link.table)
            yield f"ALTER TABLE ONLY {parent} ATTACH PARTITION {self._name} {given(link.bound)}"

    def late_defaults(self, *, calling: bool) -> Iterator[str]:
        """Yield what sets the defaults that CREATE TABLE leaves out: those that call functions, or the others."""
        for column in self._table.columns:
            if column.default is not None and self._needs_more(column.uses) and calls(column.uses) == calling:
                change = f"ALTER COLUMN {quoted(column.name)} SET DEFAULT {given(column.default)}"
                yield f"ALTER TABLE ONLY {self._name} {change}"

    def late_constraints(self) -> Iterator[str]:
        """Yield what adds the CHECKs and NOT NULLs that CREATE TABLE leaves out; those of parents come down."""
        for one in self._constraints():
            if self._is_late(one) and not self._comes_down(one):
                definition = given(one.raw_sql) if isinstance(one, CheckConstraint) else f"{_not_null(one)} NOT VALID"
                yield f"ALTER TABLE {self._name} ADD CONSTRAINT {quoted(one.name)} {definition}"

    def validations(self) -> Iterator[str]:
        """Yield what validates the constraints that came down not validated and were validated here since."""
        for one in self._constraints():
            if one.validated and self._comes_down(one) and not all(above.validated for above in self._same_above(one)):
                yield f"ALTER TABLE {self._name} VALIDATE CONSTRAINT {quoted(one.name)}"

    def _create(self) -> str:
        table = self._table
        unlogged = "UNLOGGED " if table.persistence is Persistence.UNLOGGED else ""
        foreign = "FOREIGN " if table.kind is TableKind.FOREIGN_TABLE else ""
        parts = [*self._columns(), *self._written_constraints()]
        written = [f"CREATE {unlogged}{foreign}TABLE {self._name}"]
        if table.of_type is not None:
            written.append(f"OF {qualified_name(table.of_type)}")
        if parts or table.of_type is None:
            written.append(body(parts))
        if self._parents:
            parents = ", ".join(quoted(reference.schema_name, reference.table) for reference, _ in self._parents)
            written.append(f"INHERITS ({parents})")
        if table.partition_key is not None:
            written.append(f"PARTITION BY {given(table.partition_key.definition)}")
        if table.server is not None:
            written.append(f"SERVER {quoted(table.server)}")
        if table.access_method is not None:
            written.append(f"USING {quoted(table.access_method)}")
        return " ".join(written) + with_parameters(table.parameters)

    def _columns(self) -> Iterator[str]:
        for column in self._table.columns:
            if self._table.of_type is not None:
                if parts := self._parts(column):
                    yield " ".join([quoted(column.name), "WITH OPTIONS", *parts])
            elif self._is_written(column) and column.name not in self._late:
                yield self._written(column)

    def _written(self, column: Column) -> str:
        data_type = given(column.data_type) + collate(column.collation)
        return " ".join([quoted(column.name), data_type, *self._parts(column)])

    def _parts(self, column: Column) -> list[str]:
        makers = (self._generation, self._default, self._identity, self._not_null)
        return [part for make in makers for part in make(column)]

    def _written_constraints(self) -> Iterator[str]:
        for one in self._table.constraints:
            if isinstance(one, CheckConstraint):
                if not self._is_late(one) and (not self._parents or not self._comes_down(one)):
                    yield f"CONSTRAINT {quoted(one.name)} {given(one.raw_sql)}"
            elif isinstance(one, NotNullConstraint) and one.validated and not self._comes_down(one):
                brought = {column.name for column in self._table.columns if not self._is_written(column)}
                if one.column in brought - self._late:
                    yield f"CONSTRAINT {quoted(one.name)} {_not_null(one)}"

    def _is_late(self, constraint: _Ruled) -> bool:
        """Return whether CREATE TABLE cannot have the constraint.

        It has only validated ones, and none that needs what is made later: a function, which may need the table to be
        there, or a type of another table.
        """
        if isinstance(constraint, CheckConstraint):
            rows = (f"{self._table.name}.*", f"{quoted(self._table.name)}.*")
            whole = any(row in constraint.expr for row in rows)
            late = whole or self._needs_more(constraint.uses) or not self._late.isdisjoint(constraint.columns)
            return late or not constraint.validated
        return not constraint.validated

    def _needs_more(self, uses: Uses) -> bool:
        """Return whether an expression needs more than the server and the types of the table's columns."""
        return calls(uses) or not types_in(uses) <= self._own_types

    def _is_written(self, column: Column) -> bool:
        """Return whether CREATE TABLE names the column: its parents do not bring it just so."""
        return column.local or not self._same_generation(column)

    def _same_generation(self, column: Column) -> bool:
        """Return whether every rendered parent, of at least one, has the column with the same expression, or none."""
        return {one.generation_expression for one in self._above(column)} == {column.generation_expression}

    def _above(self, column: Column) -> list[Column]:
        return self._columns_above.get(column.name, [])

    def _comes_down(self, constraint: _Ruled) -> bool:
        """Return whether a rendered parent brings the constraint."""
        if constraint.local or not constraint.inherited:
            return False
        if isinstance(constraint, CheckConstraint):
            return any(self._same_above(constraint))
        columns = (column for parent in self._source.ancestors(self._table) for column in parent.columns)
        return any(column.name == constraint.column and column.not_null for column in columns)

    def _same_above(self, constraint: _Ruled) -> Iterator[_Ruled]:
        """Yield the constraints of rendered parents that this one is a copy of."""
        for parent in self._source.ancestors(self._table):
            for one in parent.constraints:
                match one, constraint:
                    case CheckConstraint(), CheckConstraint() if one.name == constraint.name:
                        yield one
                    case NotNullConstraint(), NotNullConstraint() if one.column == constraint.column:
                        yield one

    def _constraints(self) -> Iterator[_Ruled]:
        for one in self._table.constraints:
            if isinstance(one, CheckConstraint | NotNullConstraint):
                yield one

    def _generation(self, column: Column) -> Iterator[str]:
        # before PostgreSQL 16 a child may not repeat the expression of its parent
        if column.generation_kind is not None and not self._same_generation(column):
            kind = keywords(column.generation_kind)
            yield f"GENERATED ALWAYS AS ({given(column.generation_expression or '')}) {kind}"

    def _default(self, column: Column) -> Iterator[str]:
        # merged definitions may leave an identity with a default, which no statement gives
        if column.default is not None and column.identity is None and not self._needs_more(column.uses):
            yield f"DEFAULT {given(column.default)}"

    def _identity(self, column: Column) -> Iterator[str]:
        identity, sequence = column.identity, self._identity_sequence(column)
        if identity is not None and identity.sequence is not None and sequence is not None:
            options = "" if sequence.data_type != column.data_type else f" {sequence_options(sequence.options)}"
            named = f"SEQUENCE NAME {qualified_name(identity.sequence)}"
            yield f"GENERATED {keywords(identity.generation)} AS IDENTITY ({named}{options})"

    def _identity_sequence(self, column: Column) -> Sequence | None:
        """Return the sequence of an identity column that owns one: a partition shares that of its root."""
        name = None if column.identity is None else column.identity.sequence
        if name is None:
            return None
        return self._source.own_sequence(self._schema, self._table.name, column.name, name)

    def _sequence_type(self, column: Column) -> Iterator[str]:
        """Yield what gives the sequence of an identity another type than its column's, and then its options."""
        sequence = self._identity_sequence(column)
        if sequence is not None and sequence.data_type != column.data_type:
            options = f"AS {given(sequence.data_type)} {sequence_options(sequence.options)} RESTART"
            yield f"ALTER SEQUENCE {quoted(self._schema, sequence.name)} {options}"

    def _sequence_persistence(self, column: Column) -> Iterator[str]:
        """Yield what makes the sequence of an identity survive a crash otherwise than its table (PostgreSQL 15)."""
        sequence = self._identity_sequence(column)
        if sequence is None or not self._source.has_unlogged_sequences:
            return
        if sequence.unlogged != (self._table.persistence is Persistence.UNLOGGED):
            kept = "UNLOGGED" if sequence.unlogged else "LOGGED"
            yield f"ALTER SEQUENCE {quoted(self._schema, sequence.name)} SET {kept}"

    def _not_null(self, column: Column) -> Iterator[str]:
        named = self._not_nulls.get(column.name)
        if named is None:
            if column.not_null:
                yield "NOT NULL"
        elif named.validated and (not self._parents or not self._comes_down(named)):
            yield f"CONSTRAINT {quoted(named.name)} NOT NULL" + (" NO INHERIT" if named.no_inherit else "")

    def _alter(self, column: Column) -> Iterator[str]:
        """Yield what CREATE TABLE cannot say of a column."""
        name = f"ALTER COLUMN {quoted(column.name)}"
        for change in (*self._differences(column), *column_storage(column)):
            yield f"ALTER TABLE ONLY {self._name} {name} {change}"

    def _differences(self, column: Column) -> Iterator[str]:
        """Yield how the column differs from what its parents bring."""
        above = self._above(column)
        if not above or column.is_generated:
            return
        if column.default is None and any(one.default is not None for one in above):
            yield "DROP DEFAULT"
        if not self._is_written(column):
            if column.default is not None and not self._needs_more(column.uses):
                yield f"SET DEFAULT {given(column.default)}"
            if column.not_null and column.name not in self._not_nulls and not any(one.not_null for one in above):
                yield "SET NOT NULL"


def column_storage(column: Column) -> Iterator[str]:
    """Yield how a column is kept, where that is not the default."""
    if column.storage is not None:
        yield f"SET STORAGE {given(column.storage.upper())}"
    if column.compression is not None:
        yield f"SET COMPRESSION {given(column.compression)}"
    if column.statistics_target is not None:
        yield f"SET STATISTICS {column.statistics_target}"
    if column.parameters:
        yield set_parameters(column.parameters)


def _not_null(constraint: NotNullConstraint) -> str:
    return f"NOT NULL {quoted(constraint.column or '')}" + (" NO INHERIT" if constraint.no_inherit else "")
