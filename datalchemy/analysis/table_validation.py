"""The validator's part for one table: columns, constraints, indexes, and the tables it depends on."""

from collections.abc import Callable, Iterable, Iterator

from datalchemy.analysis.graph import TableKey
from datalchemy.analysis.names import SchemaIndex, repeated
from datalchemy.model.base import QualifiedName
from datalchemy.model.constraints import (
    CheckConstraint,
    Constraint,
    Exclude,
    ForeignKey,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.table import Column, Table, TableKind
from datalchemy.text import quoted

_INHERITABLE = frozenset({TableKind.TABLE, TableKind.FOREIGN_TABLE})


def table_findings(schema: str, table: Table, content: SchemaIndex) -> list[Diagnostic]:
    """Return what is wrong in one table, in a fixed order."""
    check = _TableCheck(schema, table, content)
    parts: tuple[Callable[[], Iterable[Diagnostic]], ...] = (
        check.columns,
        check.constraints,
        check.indexes,
        check.others,
        check.ancestors,
        check.reads,
    )
    return [finding for part in parts for finding in part()]


class _TableCheck:
    def __init__(self, schema: str, table: Table, content: SchemaIndex) -> None:
        self.schema = schema
        self.table = table
        self.content = content
        self.name = TableKey(schema, table.name)
        self.text = f"table {quoted(schema, table.name)}"
        self.known = {column.name for column in table.columns}

    def columns(self) -> Iterator[Diagnostic]:
        for name in repeated(column.name for column in self.table.columns):
            yield self._finding(f"{self.text} has more than one column {quoted(name)}", column=name)
        if [column.ordinal for column in self.table.columns] != [*range(1, len(self.table.columns) + 1)]:
            yield self._finding(f"the ordinals of {self.text} do not count from 1")
        for column in self.table.columns:
            yield from self._column(column)

    def _column(self, column: Column) -> Iterator[Diagnostic]:
        what = f"column {quoted(column.name)} of {self.text}"
        lacking = self.content.lacks_type(column.type)
        if lacking is not None:
            text = f"{what} is of {lacking.kind} type {quoted(lacking.schema_name, lacking.name)}, which is not there"
            yield self._finding(text, column=column.name)
        for used in column.uses or ():
            if used.kind == "sequence" and not self.content.has_schema(used.schema_name):
                text = f"{what} uses the sequence {quoted(used.schema_name, used.name)}, which the filter leaves out"
                yield self._finding(text, column=column.name, code=WarningCode.OUTSIDE_FILTER)
        if column.not_null and column.nullable:
            yield self._finding(f"{what} is NOT NULL and nullable", column=column.name)
        if not (
            column.is_generated == (column.generation_kind is not None) == (column.generation_expression is not None)
        ):
            yield self._finding(f"{what} is half generated", column=column.name)
        identity = None if column.identity is None else column.identity.sequence
        if column.default is not None and (column.is_generated or identity is not None):
            yield self._finding(f"{what} has a default and is generated or an identity", column=column.name)
        for sequence, serves_identity in ((identity, True), (column.sequence, False)):
            if sequence is not None and not self._owns(column, sequence, serves_identity):
                text = f"{what} should own the sequence {quoted(sequence.schema_name, sequence.name)}, but does not"
                yield self._finding(text, column=column.name)

    def _owns(self, column: Column, name: QualifiedName, identity: bool) -> bool:
        if not self.content.has_schema(name.schema_name):
            return True
        sequence = self.content.sequences.get((name.schema_name, name.name))
        owner = None if sequence is None else sequence.owned_by
        if sequence is None or owner is None or sequence.identity is not identity:
            return False
        # a partition shares the identity sequence of its root (PostgreSQL 17)
        table = TableKey(owner.schema_name, owner.table)
        return owner.column == column.name and table in {self.name, self.content.roots.get(self.name)}

    def constraints(self) -> Iterator[Diagnostic]:
        names = [constraint.name for constraint in self.table.constraints]
        for name in repeated(names):
            yield self._finding(f"{self.text} has more than one constraint {quoted(name)}", constraint=name)
        if sum(isinstance(constraint, PrimaryKey) for constraint in self.table.constraints) > 1:
            yield self._finding(f"{self.text} has more than one primary key")
        for constraint in self.table.constraints:
            what = f"{constraint.kind.replace('_', ' ')} {quoted(constraint.name)} of {self.text}"
            for column in _columns(constraint):
                is_system = constraint.kind == "check" and column in self.content.rules.system_columns
                if column not in self.known and not is_system:
                    yield self._finding(_no_column(what, column), constraint=constraint.name)
            if isinstance(constraint, ForeignKey):
                yield from self._foreign_key(what, constraint)

    def _foreign_key(self, what: str, constraint: ForeignKey) -> Iterator[Diagnostic]:
        if not constraint.columns or len(constraint.columns) != len(constraint.ref_columns):
            text = f"{what} has {len(constraint.columns)} columns and references {len(constraint.ref_columns)}"
            yield self._finding(text, constraint=constraint.name)
        for column in constraint.on_delete_columns:
            if column not in constraint.columns:
                text = f"{what} sets column {quoted(column)} on delete, which is not one of its own"
                yield self._finding(text, constraint=constraint.name)
        referenced = TableKey(constraint.ref_schema, constraint.ref_table)
        columns = self.content.columns.get(referenced)
        if columns is not None:
            for column in constraint.ref_columns:
                if column not in columns:
                    text = f"{what} references column {quoted(*referenced, column)}, which is not there"
                    yield self._finding(text, constraint=constraint.name)
        elif (
            constraint.local
            or not constraint.inherited
            or self.content.roots.get(self.name) == self.name
            or not self.content.is_outside(*referenced)
        ):
            yield self._lacks(f"{what} references table", referenced, constraint=constraint.name)

    def indexes(self) -> Iterator[Diagnostic]:
        constraints = {constraint.name: constraint for constraint in self.table.constraints}
        for index in self.table.indexes:
            what = f"index {quoted(index.name)} of {self.text}"
            for column in (*(key.column for key in index.keys), *index.include):
                if column is not None and column not in self.known:
                    yield self._finding(_no_column(what, column), name=index.name)
            if any((key.column is None) == (key.expression is None) for key in index.keys):
                yield self._finding(f"{what} has a key that is not one column or one expression", name=index.name)
            served = None if index.constraint is None else constraints.get(index.constraint)
            if index.constraint is not None and not isinstance(served, PrimaryKey | Unique | Exclude):
                text = f"{what} serves constraint {quoted(index.constraint)}, which is no key of the table"
                yield self._finding(text, name=index.name)
            if index.parent is not None and not self._has_parent_index(index.parent):
                text = (
                    f"{what} is attached to {quoted(index.parent.schema_name, index.parent.name)}, which is not there"
                )
                yield self._finding(text, name=index.name)

    def _has_parent_index(self, name: QualifiedName) -> bool:
        above = self.table.partition_of
        if above is None:
            return False
        parent = self.content.tables.get(TableKey(above.schema_name, above.table))
        if parent is None:  # reported by ancestors(), or outside
            return True
        return name.schema_name == above.schema_name and any(one.name == name.name for one in parent.indexes)

    def others(self) -> Iterator[Diagnostic]:
        for kind, names in (
            ("trigger", [one.name for one in self.table.triggers]),
            ("policy", [one.name for one in self.table.policies]),
            ("rule", [one.name for one in self.table.rules]),
        ):
            for name in repeated(names):
                yield self._finding(f"{self.text} has more than one {kind} {quoted(name)}", name=name)
        for statistics in self.table.statistics:
            what = f"statistics object {quoted(statistics.schema_name, statistics.name)} of {self.text}"
            for column in statistics.columns:
                if column not in self.known:
                    yield self._finding(_no_column(what, column), name=statistics.name)

    def ancestors(self) -> Iterator[Diagnostic]:
        key, above = self.table.partition_key, self.table.partition_of
        if (key is not None) != (self.table.kind is TableKind.PARTITIONED_TABLE):
            yield self._finding(f"{self.text} is of kind {self.table.kind}, which does not fit its partition key")
        for element in () if key is None else key.elements:
            if element.column is not None and element.column not in self.known:
                yield self._finding(_no_column(f"the partition key of {self.text}", element.column))
        if above is not None:
            yield from self._ancestor(
                "a partition of", above.schema_name, above.table, frozenset({TableKind.PARTITIONED_TABLE})
            )
            if above.detach_pending:
                parent_name = quoted(above.schema_name, above.table)
                text = f"{self.text} waits to be detached from {parent_name}: its DETACH CONCURRENTLY was interrupted"
                yield self._finding(text, code=WarningCode.DETACH_PENDING)
        for parent in self.table.inherits:
            yield from self._ancestor("a child of", parent.schema_name, parent.table, _INHERITABLE)

    def _ancestor(self, what: str, schema: str, table: str, kinds: frozenset[TableKind]) -> Iterator[Diagnostic]:
        parent = self.content.tables.get(TableKey(schema, table))
        if parent is not None and parent.kind not in kinds:
            yield self._finding(f"{self.text} is {what} {quoted(schema, table)}, which is of kind {parent.kind}")
        if parent is None:
            yield self._lacks(f"{self.text} is {what}", TableKey(schema, table))

    def reads(self) -> Iterator[Diagnostic]:
        for one in self.table.depends_on or ():
            read = TableKey(one.schema_name, one.table)
            if read not in self.content.tables and read.schema not in self.content.rules.system_schemas:
                yield self._lacks(f"{self.table.kind.replace('_', ' ')} {quoted(*self.name)} reads", read)

    def _lacks(self, what: str, table: TableKey, *, constraint: str | None = None) -> Diagnostic:
        """Return the finding for a table that is not in the file: the filter leaves it out, or it is a fault."""
        if self.content.is_outside(*table):
            text = f"{what} {quoted(*table)}, which the filter leaves out"
            return self._finding(text, constraint=constraint, code=WarningCode.OUTSIDE_FILTER)
        return self._finding(f"{what} {quoted(*table)}, which is not there", constraint=constraint)

    def _finding(
        self,
        message: str,
        *,
        column: str | None = None,
        constraint: str | None = None,
        name: str | None = None,
        code: WarningCode = WarningCode.INCONSISTENT,
    ) -> Diagnostic:
        where = Place(schema_name=self.schema, table=self.table.name, column=column, constraint=constraint, name=name)
        return Diagnostic(code=code, message=message, where=where)


def _columns(constraint: Constraint) -> tuple[str, ...]:
    """Return the columns of its own table that a constraint names."""
    match constraint:
        case PrimaryKey() | Unique():
            return (*constraint.columns, *constraint.include)
        case ForeignKey() | CheckConstraint():
            return constraint.columns
        case NotNullConstraint():
            return () if constraint.column is None else (constraint.column,)
        case Exclude():
            named = (element.column for element in constraint.elements)
            return (*(column for column in named if column is not None), *constraint.include)


def _no_column(what: str, column: str) -> str:
    return f"{what} names column {quoted(column)}, which is not there"
