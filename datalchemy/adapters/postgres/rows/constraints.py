"""Rows about constraints and indexes."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.session import Oid
from datalchemy.model.text_class import Sql


class ConstraintRow(NamedTuple):
    """Row of constraints.sql."""

    constraint_oid: Oid
    relation_oid: Oid
    name: str
    kind: str
    deferrable: bool
    initially_deferred: bool
    validated: bool
    local: bool
    inherited: bool
    no_inherit: bool
    key: list[int] | None
    ref_relation_oid: Oid
    ref_schema: str | None
    ref_table: str | None
    ref_key: list[int] | None
    on_update: str
    on_delete: str
    match: str
    index_oid: Oid
    operators: list[Oid] | None
    expression: Sql | None
    definition: Sql | None


class ForeignKeySetColumnsRow(NamedTuple):
    """Row of foreign_key_set_columns.sql."""

    constraint_oid: Oid
    key: list[int]


class ConstraintVariantRow(NamedTuple):
    """Row of constraint_variants.sql."""

    constraint_oid: Oid
    enforced: bool
    period: bool


class OperatorRow(NamedTuple):
    """Row of operators.sql."""

    operator_oid: Oid
    schema: str
    name: str


class OperatorClassRow(NamedTuple):
    """Row of operator_classes.sql."""

    operator_class_oid: Oid
    schema: str
    name: str
    is_default: bool


class CollationRow(NamedTuple):
    """Row of collations.sql."""

    collation_oid: Oid
    schema: str
    name: str


class IndexRow(NamedTuple):
    """Row of indexes.sql."""

    index_oid: Oid
    relation_oid: Oid
    name: str
    is_unique: bool
    is_primary: bool
    method: str
    can_order: bool | None
    key_count: int
    key: list[int]
    options: list[int]
    operator_classes: list[Oid]
    collations: list[Oid]
    expressions: list[Sql | None] | None
    predicate: Sql | None
    is_partial: bool
    is_valid: bool
    clustered: bool
    replica_identity: bool
    constraint_name: str | None
    parent_schema: str | None
    parent_name: str | None
    tablespace: str | None
    parameters: list[str] | None
    definition: Sql | None


class IndexNullsNotDistinctRow(NamedTuple):
    """Row of index_nulls_not_distinct.sql."""

    index_oid: Oid


class IndexKeyOptionsRow(NamedTuple):
    """Row of index_key_options.sql."""

    index_oid: Oid
    position: int
    parameters: list[str] | None
    statistics_target: int | None
