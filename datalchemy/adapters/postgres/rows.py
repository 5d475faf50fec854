"""One typed row for each query in sql/: the fields are the query's columns, in order."""

from typing import NamedTuple

Oid = int


class ServerRow(NamedTuple):
    """Row of server.sql."""

    version: str
    version_num: int
    database: str
    role: str
    encoding: str


class CatalogStateRow(NamedTuple):
    """Row of catalog_state.sql."""

    state: str


class SchemaRow(NamedTuple):
    """Row of schemas.sql."""

    schema_oid: Oid
    name: str


class ExtensionMemberRow(NamedTuple):
    """Row of extension_members.sql."""

    catalog: str
    object_oid: Oid
    extension: str


class CommentRow(NamedTuple):
    """Row of comments.sql."""

    catalog: str
    object_oid: Oid
    part: int
    comment: str


class RelationRow(NamedTuple):
    """Row of relations.sql."""

    relation_oid: Oid
    schema: str
    name: str
    kind: str
    persistence: str
    is_partition: bool
    partition_bound: str | None
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
    expression: str | None
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
    expression: str | None
    definition: str | None


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
    expressions: list[str | None] | None
    predicate: str | None
    is_partial: bool
    is_valid: bool
    clustered: bool
    replica_identity: bool
    constraint_name: str | None
    parent_schema: str | None
    parent_name: str | None
    tablespace: str | None
    parameters: list[str] | None
    definition: str | None


class IndexNullsNotDistinctRow(NamedTuple):
    """Row of index_nulls_not_distinct.sql."""

    index_oid: Oid


class IndexKeyOptionsRow(NamedTuple):
    """Row of index_key_options.sql."""

    index_oid: Oid
    position: int
    parameters: list[str] | None
    statistics_target: int | None


class PartitionKeyRow(NamedTuple):
    """Row of partition_keys.sql."""

    relation_oid: Oid
    strategy: str
    key: list[int]
    operator_classes: list[Oid]
    collations: list[Oid]
    expressions: str | None
    definition: str | None


class ParentRow(NamedTuple):
    """Row of parents.sql."""

    relation_oid: Oid
    position: int
    parent_oid: Oid
    parent_schema: str
    parent_table: str


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
    default_expression: str | None
    collation_oid: Oid | None


class DomainConstraintRow(NamedTuple):
    """Row of domain_constraints.sql."""

    constraint_oid: Oid
    type_oid: Oid
    name: str
    kind: str
    validated: bool
    expression: str | None
    definition: str | None


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


class ViewRow(NamedTuple):
    """Row of views.sql."""

    relation_oid: Oid
    definition: str | None


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


class RuleRow(NamedTuple):
    """Row of rules.sql."""

    rule_oid: Oid
    relation_oid: Oid
    name: str
    event: str
    instead: bool
    enabled: str


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
    expressions: list[str] | None


class NotModelledRow(NamedTuple):
    """Row of not_modelled.sql."""

    schema: str | None
    kind: str
    objects: int


class CatalogRows(NamedTuple):
    """Everything that one capture read: one field for each query, rows in the query's order.

    A query that the server's version does not serve leaves its field empty.
    """

    schemas: tuple[SchemaRow, ...]
    extension_members: tuple[ExtensionMemberRow, ...]
    comments: tuple[CommentRow, ...]
    relations: tuple[RelationRow, ...]
    columns: tuple[ColumnRow, ...]
    column_compression: tuple[ColumnCompressionRow, ...]
    outside_columns: tuple[OutsideColumnRow, ...]
    types: tuple[TypeRow, ...]
    constraints: tuple[ConstraintRow, ...]
    foreign_key_set_columns: tuple[ForeignKeySetColumnsRow, ...]
    constraint_variants: tuple[ConstraintVariantRow, ...]
    operators: tuple[OperatorRow, ...]
    operator_classes: tuple[OperatorClassRow, ...]
    collations: tuple[CollationRow, ...]
    indexes: tuple[IndexRow, ...]
    index_nulls_not_distinct: tuple[IndexNullsNotDistinctRow, ...]
    index_key_options: tuple[IndexKeyOptionsRow, ...]
    partition_keys: tuple[PartitionKeyRow, ...]
    parents: tuple[ParentRow, ...]
    sequences: tuple[SequenceRow, ...]
    enums: tuple[EnumRow, ...]
    domains: tuple[DomainRow, ...]
    domain_constraints: tuple[DomainConstraintRow, ...]
    composites: tuple[CompositeRow, ...]
    ranges: tuple[RangeRow, ...]
    multiranges: tuple[MultirangeRow, ...]
    views: tuple[ViewRow, ...]
    view_dependencies: tuple[ViewDependencyRow, ...]
    triggers: tuple[TriggerRow, ...]
    policies: tuple[PolicyRow, ...]
    rules: tuple[RuleRow, ...]
    statistics: tuple[StatisticsRow, ...]
    statistics_expressions: tuple[StatisticsExpressionsRow, ...]
    not_modelled: tuple[NotModelledRow, ...]
