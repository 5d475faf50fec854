"""The types and sequences that a schema owns: rows → values."""

from collections.abc import Iterable
from typing import TypeVar

from datalchemy.adapters.postgres.assemble.lookup import Lookup, grouped, qualified, sequence_options
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows import DomainConstraintRow, DomainRow
from datalchemy.model.constraints import CheckConstraint, NotNullConstraint
from datalchemy.model.diagnostics import Place
from datalchemy.model.types import ColumnName, Composite, CompositeAttribute, Domain, Enum, Range, Sequence

_TYPES = "pg_type"

Named = TypeVar("Named", Enum, Domain, Composite, Range, Sequence)
"""What a schema owns besides its tables."""


def enums(lookup: Lookup) -> dict[str, tuple[Enum, ...]]:
    """Return the enums of each schema."""
    return {
        schema: tuple(
            Enum(
                name=row.name,
                labels=tuple(row.labels),
                comment=lookup.comment(_TYPES, row.type_oid),
                extension=lookup.extension(_TYPES, row.type_oid),
            )
            for row in rows
        )
        for schema, rows in grouped(lookup.rows.enums, lambda row: row.schema).items()
    }


def _domain_constraint(lookup: Lookup, row: DomainConstraintRow) -> CheckConstraint | NotNullConstraint:
    comment = lookup.comment("pg_constraint", row.constraint_oid)
    if row.kind == "n":
        return NotNullConstraint(name=row.name, comment=comment, validated=row.validated)
    if row.expression is None or row.definition is None:
        raise object_vanished(f"the domain constraint {row.name}")
    return CheckConstraint(
        name=row.name, comment=comment, raw_sql=row.definition, expr=row.expression, validated=row.validated
    )


def _domain_constraints(
    lookup: Lookup, domain: DomainRow, rows: Iterable[DomainConstraintRow]
) -> list[CheckConstraint | NotNullConstraint]:
    return lookup.built(
        rows,
        lambda row: _domain_constraint(lookup, row),
        lambda row: Place(schema_name=domain.schema, name=domain.name, constraint=row.name),
    )


def domains(lookup: Lookup) -> dict[str, tuple[Domain, ...]]:
    """Return the domains of each schema, each with its own constraints."""
    constraints = grouped(lookup.rows.domain_constraints, lambda row: row.type_oid)
    return {
        schema: tuple(
            Domain(
                name=row.name,
                data_type=lookup.type_row(row.base_oid, row.base_modifier).data_type,
                type=lookup.type_reference(row.base_oid, row.base_modifier, row.array_dimensions),
                nullable=not row.not_null,
                default=row.default_expression,
                collation=lookup.collation(row.collation_oid),
                constraints=tuple(
                    sorted(
                        _domain_constraints(lookup, row, constraints.get(row.type_oid, ())),
                        key=lambda constraint: (constraint.kind, constraint.name),
                    )
                ),
                comment=lookup.comment(_TYPES, row.type_oid),
                extension=lookup.extension(_TYPES, row.type_oid),
            )
            for row in rows
        )
        for schema, rows in grouped(lookup.rows.domains, lambda row: row.schema).items()
    }


def composites(lookup: Lookup) -> dict[str, tuple[Composite, ...]]:
    """Return the stand-alone composite types of each schema."""
    attributes = grouped(lookup.rows.columns, lambda row: row.relation_oid)
    return {
        schema: tuple(
            Composite(
                name=row.name,
                attributes=tuple(
                    CompositeAttribute(
                        name=each.name,
                        ordinal=ordinal,
                        data_type=lookup.type_row(each.type_oid, each.type_modifier).data_type,
                        type=lookup.type_reference(each.type_oid, each.type_modifier, each.array_dimensions),
                        collation=lookup.collation(each.collation_oid),
                        comment=lookup.comment("pg_class", row.relation_oid, each.attnum),
                    )
                    for ordinal, each in enumerate(attributes.get(row.relation_oid, ()), start=1)
                ),
                comment=lookup.comment(_TYPES, row.type_oid),
                extension=lookup.extension(_TYPES, row.type_oid),
            )
            for row in rows
        )
        for schema, rows in grouped(lookup.rows.composites, lambda row: row.schema).items()
    }


def ranges(lookup: Lookup) -> dict[str, tuple[Range, ...]]:
    """Return the range types of each schema, each with its multirange."""
    multiranges = {row.range_oid: qualified(row.schema, row.name) for row in lookup.rows.multiranges}
    return {
        schema: tuple(
            Range(
                name=row.name,
                data_type=lookup.type_row(row.subtype_oid).data_type,
                type=lookup.type_reference(row.subtype_oid, -1),
                multirange=multiranges.get(row.type_oid),
                collation=lookup.collation(row.collation_oid),
                operator_class=lookup.operator_class(row.operator_class_oid)[0],
                canonical_function=qualified(row.canonical_schema, row.canonical_name),
                subtype_diff_function=qualified(row.subtype_diff_schema, row.subtype_diff_name),
                comment=lookup.comment(_TYPES, row.type_oid),
                extension=lookup.extension(_TYPES, row.type_oid),
            )
            for row in rows
        )
        for schema, rows in grouped(lookup.rows.ranges, lambda row: row.schema).items()
    }


def sequences(lookup: Lookup) -> dict[str, tuple[Sequence, ...]]:
    """Return the sequences of each schema; one that a table outside the filter owns goes with its table."""
    found: dict[str, list[Sequence]] = {}
    for row in lookup.rows.sequences:
        owner = None
        if row.owner_oid is not None and row.owner_attnum is not None:
            if row.owner_oid not in lookup.kept:
                continue
            table = lookup.kept[row.owner_oid]
            column = lookup.column(row.owner_oid, row.owner_attnum)
            owner = ColumnName(schema_name=table.schema, table=table.name, column=column)
        found.setdefault(row.schema, []).append(
            Sequence(
                name=row.name,
                data_type=lookup.type_row(row.type_oid).data_type,
                options=sequence_options(row),
                owned_by=owner,
                identity=row.ownership == "i",
                unlogged=row.persistence == "u",
                comment=lookup.comment("pg_class", row.sequence_oid),
                extension=lookup.extension("pg_class", row.sequence_oid),
            )
        )
    return {schema: tuple(found_here) for schema, found_here in found.items()}
