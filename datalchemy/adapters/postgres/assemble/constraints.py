"""Constraints of tables: rows → values."""

from typing import Any

from datalchemy.adapters.postgres.assemble.lookup import Lookup, from_code, grouped
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.constraints import ConstraintRow, IndexRow
from datalchemy.model.base import QualifiedName
from datalchemy.model.constraints import (
    CheckConstraint,
    Constraint,
    Exclude,
    ExcludeElement,
    ForeignKey,
    Match,
    NotNullConstraint,
    PrimaryKey,
    ReferentialAction,
    Unique,
)

_ACTIONS = {
    "a": ReferentialAction.NO_ACTION,
    "r": ReferentialAction.RESTRICT,
    "c": ReferentialAction.CASCADE,
    "n": ReferentialAction.SET_NULL,
    "d": ReferentialAction.SET_DEFAULT,
}
_WHOLE_ROW = 0
_MATCHES = {"s": Match.SIMPLE, "f": Match.FULL, "p": Match.PARTIAL}


class ConstraintAssembler:
    """Builds the constraints of one table at a time, from rows grouped once."""

    def __init__(self, lookup: Lookup) -> None:
        rows = lookup.rows
        self._lookup = lookup
        self._rows = grouped(rows.constraints, lambda row: row.relation_oid)
        self._columns_of = grouped(rows.columns, lambda row: row.relation_oid)
        self._indexes = {row.index_oid: row for row in rows.indexes}
        self._nulls_not_distinct = {row.index_oid for row in rows.index_nulls_not_distinct}
        self._set_columns = {row.constraint_oid: row.key for row in rows.foreign_key_set_columns}
        self._not_enforced = {row.constraint_oid for row in rows.constraint_variants if not row.enforced}
        self._period = {row.constraint_oid for row in rows.constraint_variants if row.period}
        self._operators = {
            row.operator_oid: QualifiedName(schema_name=row.schema, name=row.name) for row in rows.operators
        }

    def of_table(self, relation_oid: int) -> tuple[Constraint, ...]:
        """Return the table's constraints in order of (kind, name)."""
        built = self._lookup.built(
            self._rows.get(relation_oid, ()),
            self._constraint,
            lambda row: self._lookup.place(relation_oid, constraint=row.name),
        )
        return tuple(sorted(built, key=lambda constraint: (constraint.kind, constraint.name)))

    def _constraint(self, row: ConstraintRow) -> Constraint:
        match row.kind:
            case "p":
                return PrimaryKey(
                    **self._common(row), **self._key_facts(row), without_overlaps=row.constraint_oid in self._period
                )
            case "u":
                return Unique(
                    **self._common(row),
                    **self._key_facts(row),
                    without_overlaps=row.constraint_oid in self._period,
                    nulls_not_distinct=row.index_oid in self._nulls_not_distinct,
                )
            case "f":
                return self._foreign_key(row)
            case "c":
                return self._check(row)
            case "n":
                (column,) = self._columns(row)
                return NotNullConstraint(
                    **self._common(row), column=column, no_inherit=row.no_inherit, validated=row.validated
                )
            case _:
                return self._exclude(row)

    def _common(self, row: ConstraintRow) -> dict[str, Any]:
        return {
            "name": row.name,
            "comment": self._lookup.comment("pg_constraint", row.constraint_oid),
            "local": row.local,
            "inherited": row.inherited,
        }

    def _columns(self, row: ConstraintRow) -> tuple[str, ...]:
        return self._lookup.columns(row.relation_oid, row.key)

    def _index(self, row: ConstraintRow) -> IndexRow:
        if row.index_oid not in self._indexes:
            raise object_vanished(f"the index of the constraint {row.name}")
        return self._indexes[row.index_oid]

    def _included(self, row: ConstraintRow) -> tuple[str, ...]:
        index = self._index(row)
        return self._lookup.columns(row.relation_oid, index.key[index.key_count :])

    def _key_facts(self, row: ConstraintRow) -> dict[str, Any]:
        return {
            "columns": self._columns(row),
            "include": self._included(row),
            "deferrable": row.deferrable,
            "initially_deferred": row.initially_deferred,
        }

    def _foreign_key(self, row: ConstraintRow) -> ForeignKey:
        if row.ref_schema is None or row.ref_table is None:
            raise object_vanished(f"the table referenced by {row.name}")
        return ForeignKey(
            **self._common(row),
            columns=self._columns(row),
            ref_schema=row.ref_schema,
            ref_table=row.ref_table,
            ref_columns=self._lookup.columns(row.ref_relation_oid, row.ref_key),
            on_delete=from_code(_ACTIONS, row.on_delete, "the referential action"),
            on_update=from_code(_ACTIONS, row.on_update, "the referential action"),
            on_delete_columns=self._lookup.columns(row.relation_oid, self._set_columns.get(row.constraint_oid)),
            match=from_code(_MATCHES, row.match, "the match type"),
            deferrable=row.deferrable,
            initially_deferred=row.initially_deferred,
            validated=row.validated,
            enforced=row.constraint_oid not in self._not_enforced,
            period=row.constraint_oid in self._period,
        )

    def _check(self, row: ConstraintRow) -> CheckConstraint:
        if row.expression is None or row.definition is None:
            raise object_vanished(f"the constraint {row.name}")
        return CheckConstraint(
            **self._common(row),
            raw_sql=row.definition,
            expr=row.expression,
            columns=self._lookup.columns(row.relation_oid, self._read_columns(row)),
            no_inherit=row.no_inherit,
            validated=row.validated,
            enforced=row.constraint_oid not in self._not_enforced,
            uses=self._lookup.uses("pg_constraint", row.constraint_oid),
        )

    def _read_columns(self, row: ConstraintRow) -> list[int]:
        """Return the attnums that a CHECK reads: 0 means the whole row, system columns are below."""
        key = row.key or []
        if _WHOLE_ROW in key:
            return [column.attnum for column in self._columns_of.get(row.relation_oid, ())]
        return [attnum for attnum in key if attnum > 0]

    def _exclude(self, row: ConstraintRow) -> Exclude:
        index = self._index(row)
        if row.definition is None:
            raise object_vanished(f"the constraint {row.name}")
        expressions = index.expressions or [None] * index.key_count
        elements = tuple(
            ExcludeElement(
                column=self._lookup.column(row.relation_oid, attnum) if attnum else None,
                expression=expression,
                operator=self._operators[operator],
            )
            for attnum, expression, operator in zip(
                index.key[: index.key_count], expressions, row.operators or (), strict=True
            )
        )
        return Exclude(
            **self._common(row),
            method=index.method,
            elements=elements,
            include=self._included(row),
            predicate=index.predicate,
            deferrable=row.deferrable,
            initially_deferred=row.initially_deferred,
            definition=row.definition,
            uses=self._lookup.uses("pg_class", row.index_oid),
        )
