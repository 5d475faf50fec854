"""Rows about tables, their columns, and the objects that belong to them."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.session import Oid
from datalchemy.model.text_class import Sql


class RelationRow(NamedTuple):
    """Row of relations.sql."""

    relation_oid: Oid
    schema: str
    name: str
    kind: str
    persistence: str
    is_partition: bool
    partition_bound: Sql | None
    type_schema: str | None
    type_name: str | None
    populated: bool
    server: str | None
    access_method: str | None
    tablespace: str | None
    parameters: list[str] | None
    toast_parameters: list[str] | None
    replica_identity: str
    row_security_enabled: bool
    row_security_forced: bool
    estimated_rows: float
    estimated_pages: int


class ColumnRow(NamedTuple):
    """Row of columns.sql."""

    relation_oid: Oid
    attnum: int
    name: str
    type_oid: Oid
    type_modifier: int
    array_dimensions: int
    not_null: bool
    identity: str
    generated: str
    expression: Sql | None
    has_expression: bool
    collation_oid: Oid | None
    key_collation_oid: Oid
    local: bool
    parents: int
    storage: str | None
    statistics_target: int | None
    parameters: list[str] | None


class ColumnCompressionRow(NamedTuple):
    """Row of column_compression.sql."""

    relation_oid: Oid
    attnum: int
    compression: str


class OutsideColumnRow(NamedTuple):
    """Row of outside_columns.sql."""

    relation_oid: Oid
    attnum: int
    name: str


class PartitionKeyRow(NamedTuple):
    """Row of partition_keys.sql."""

    relation_oid: Oid
    strategy: str
    key: list[int]
    operator_classes: list[Oid]
    collations: list[Oid]
    expressions: Sql | None
    definition: Sql | None


class ParentRow(NamedTuple):
    """Row of parents.sql."""

    relation_oid: Oid
    schema: str
    name: str
    position: int
    parent_oid: Oid
    parent_schema: str
    parent_table: str


class PendingDetachRow(NamedTuple):
    """Row of pending_detaches.sql."""

    relation_oid: Oid


class ViewRow(NamedTuple):
    """Row of views.sql."""

    relation_oid: Oid
    definition: Sql | None


class ViewDependencyRow(NamedTuple):
    """Row of view_dependencies.sql."""

    relation_oid: Oid
    ref_schema: str
    ref_table: str


class TriggerRow(NamedTuple):
    """Row of triggers.sql."""

    trigger_oid: Oid
    relation_oid: Oid
    name: str
    type: int
    update_of: list[int]
    argument_count: int
    old_table: str | None
    new_table: str | None
    is_deferrable: bool
    initially_deferred: bool
    has_when: bool
    definition: Sql | None
    enabled: str
    is_constraint: bool
    inherited: bool
    function_schema: str
    function_name: str


class PolicyRow(NamedTuple):
    """Row of policies.sql."""

    policy_oid: Oid
    relation_oid: Oid
    name: str
    command: str
    permissive: bool
    roles: list[str | None] | None
    has_using: bool
    using_expression: Sql | None
    has_with_check: bool
    with_check_expression: Sql | None


class RuleRow(NamedTuple):
    """Row of rules.sql."""

    rule_oid: Oid
    relation_oid: Oid
    name: str
    event: str
    instead: bool
    enabled: str
    definition: Sql | None


class StatisticsRow(NamedTuple):
    """Row of statistics.sql."""

    statistics_oid: Oid
    relation_oid: Oid
    schema: str
    name: str
    key: list[int]
    kinds: list[str]
    statistics_target: int | None


class StatisticsExpressionsRow(NamedTuple):
    """Row of statistics_expressions.sql."""

    statistics_oid: Oid
    expressions: list[Sql] | None
