"""Rows about types and sequences."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.session import Oid
from datalchemy.model.text_class import Sql


class TypeRow(NamedTuple):
    """Row of types.sql."""

    type_oid: Oid
    type_modifier: int
    data_type: str
    schema: str
    name: str
    kind: str
    element_schema: str | None
    element_name: str | None
    element_kind: str | None
    domain_not_null: bool


class SequenceRow(NamedTuple):
    """Row of sequences.sql."""

    sequence_oid: Oid
    schema: str
    name: str
    persistence: str
    type_oid: Oid
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    owner_oid: Oid | None
    owner_attnum: int | None
    ownership: str | None
    in_default: bool


class EnumRow(NamedTuple):
    """Row of enums.sql."""

    type_oid: Oid
    schema: str
    name: str
    labels: list[str]


class DomainRow(NamedTuple):
    """Row of domains.sql."""

    type_oid: Oid
    schema: str
    name: str
    base_oid: Oid
    base_modifier: int
    array_dimensions: int
    not_null: bool
    default_expression: Sql | None
    collation_oid: Oid | None


class DomainConstraintRow(NamedTuple):
    """Row of domain_constraints.sql."""

    constraint_oid: Oid
    type_oid: Oid
    name: str
    kind: str
    validated: bool
    expression: Sql | None
    definition: Sql | None


class CompositeRow(NamedTuple):
    """Row of composites.sql."""

    type_oid: Oid
    relation_oid: Oid
    schema: str
    name: str


class RangeRow(NamedTuple):
    """Row of ranges.sql."""

    type_oid: Oid
    schema: str
    name: str
    subtype_oid: Oid
    operator_class_oid: Oid
    collation_oid: Oid | None
    canonical_schema: str | None
    canonical_name: str | None
    subtype_diff_schema: str | None
    subtype_diff_name: str | None


class MultirangeRow(NamedTuple):
    """Row of multiranges.sql."""

    range_oid: Oid
    schema: str
    name: str
