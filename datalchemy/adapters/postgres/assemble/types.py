"""The types and sequences that a schema owns: rows → values."""

from collections import defaultdict
from typing import Any

from datalchemy.adapters.postgres.assemble.lookup import (
    Lookup,
    by_name,
    default_of,
    grouped,
    qualified,
    sequence_options,
)
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.tables import ColumnRow
from datalchemy.adapters.postgres.rows.types import (
    CompositeRow,
    DomainConstraintRow,
    DomainRow,
    EnumRow,
    RangeRow,
    SequenceRow,
)
from datalchemy.model.constraints import CheckConstraint, NotNullConstraint
from datalchemy.model.diagnostics import Place
from datalchemy.model.types import ColumnName, Composite, CompositeAttribute, Domain, Enum, Range, Sequence


class TypeAssembler:
    """Builds the types and sequences of all schemas."""

    def __init__(self, lookup: Lookup) -> None:
        rows = lookup.rows
        self._lookup = lookup
        self._attributes = grouped(rows.columns, lambda row: row.relation_oid)
        self._constraints = grouped(rows.domain_constraints, lambda row: row.type_oid)
        self._multiranges = {row.range_oid: qualified(row.schema, row.name) for row in rows.multiranges}

    def of_schemas(self) -> dict[str, dict[str, Any]]:
        """Return what each schema owns: the fields of Schema, each by name."""
        rows = self._lookup.rows
        kinds: tuple[tuple[str, Any, Any], ...] = (
            ("enums", rows.enums, self._enum),
            ("domains", rows.domains, self._domain),
            ("composites", rows.composites, self._composite),
            ("ranges", rows.ranges, self._range),
            ("sequences", filter(self._is_kept, rows.sequences), self._sequence),
        )
        owned: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for field, found, build in kinds:
            for schema, found_here in grouped(found, lambda row: row.schema).items():
                owned[schema][field] = by_name(map(build, found_here))
        return owned

    def _enum(self, row: EnumRow) -> Enum:
        return Enum(name=row.name, labels=tuple(row.labels), **self._described(row.type_oid))

    def _domain(self, row: DomainRow) -> Domain:
        constraints = self._lookup.built(
            self._constraints.get(row.type_oid, ()),
            self._domain_constraint,
            lambda one: Place(schema_name=row.schema, name=row.name, constraint=one.name),
        )
        return Domain(
            name=row.name,
            data_type=self._lookup.type_row(row.base_oid, row.base_modifier).data_type,
            type=self._lookup.type_reference(row.base_oid, row.base_modifier, row.array_dimensions),
            nullable=not row.not_null,
            **default_of(row.default_expression),
            collation=self._lookup.collation(row.collation_oid),
            constraints=tuple(sorted(constraints, key=lambda one: (one.kind, one.name))),
            uses=self._lookup.uses("pg_type", row.type_oid),
            **self._described(row.type_oid),
        )

    def _domain_constraint(self, row: DomainConstraintRow) -> CheckConstraint | NotNullConstraint:
        comment = self._lookup.comment("pg_constraint", row.constraint_oid)
        if row.kind == "n":
            return NotNullConstraint(name=row.name, comment=comment, validated=row.validated)
        if row.expression is None or row.definition is None:
            raise object_vanished(f"the domain constraint {row.name}")
        return CheckConstraint(
            name=row.name,
            comment=comment,
            raw_sql=row.definition,
            expr=row.expression,
            validated=row.validated,
            uses=self._lookup.uses("pg_constraint", row.constraint_oid),
        )

    def _composite(self, row: CompositeRow) -> Composite:
        attributes = enumerate(self._attributes.get(row.relation_oid, ()), start=1)
        return Composite(
            name=row.name,
            attributes=tuple(self._attribute(each, ordinal) for ordinal, each in attributes),
            **self._described(row.type_oid),
        )

    def _attribute(self, row: ColumnRow, ordinal: int) -> CompositeAttribute:
        return CompositeAttribute(
            name=row.name,
            ordinal=ordinal,
            data_type=self._lookup.type_row(row.type_oid, row.type_modifier).data_type,
            type=self._lookup.type_reference(row.type_oid, row.type_modifier, row.array_dimensions),
            collation=self._lookup.collation(row.collation_oid),
            comment=self._lookup.comment("pg_class", row.relation_oid, row.attnum),
        )

    def _range(self, row: RangeRow) -> Range:
        return Range(
            name=row.name,
            data_type=self._lookup.type_row(row.subtype_oid).data_type,
            type=self._lookup.type_reference(row.subtype_oid, -1),
            multirange=self._multiranges.get(row.type_oid),
            collation=self._lookup.collation(row.collation_oid),
            operator_class=self._lookup.operator_class(row.operator_class_oid)[0],
            canonical_function=qualified(row.canonical_schema, row.canonical_name),
            subtype_diff_function=qualified(row.subtype_diff_schema, row.subtype_diff_name),
            **self._described(row.type_oid),
        )

    def _is_kept(self, row: SequenceRow) -> bool:
        """Return whether the sequence is kept: one that a table outside the filter owns goes with its table."""
        return row.owner_oid is None or row.owner_attnum is None or row.owner_oid in self._lookup.kept

    def _sequence(self, row: SequenceRow) -> Sequence:
        owner = None
        if row.owner_oid is not None and row.owner_attnum is not None:
            table = self._lookup.kept[row.owner_oid]
            column = self._lookup.column(row.owner_oid, row.owner_attnum)
            owner = ColumnName(schema_name=table.schema, table=table.name, column=column)
        return Sequence(
            name=row.name,
            data_type=self._lookup.type_row(row.type_oid).data_type,
            options=sequence_options(row),
            owned_by=owner,
            identity=row.ownership == "i",
            unlogged=row.persistence == "u",
            **self._described(row.sequence_oid, "pg_class"),
        )

    def _described(self, oid: int, catalog: str = "pg_type") -> dict[str, Any]:
        return {
            "comment": self._lookup.comment(catalog, oid),
            "extension": self._lookup.extension(catalog, oid),
            "access": self._lookup.access(catalog, oid),
        }
