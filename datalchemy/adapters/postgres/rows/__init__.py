"""One typed row for each query in sql/: the fields are the query's columns, in order."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.constraints import (
    CollationRow,
    ConstraintRow,
    ConstraintVariantRow,
    ForeignKeySetColumnsRow,
    IndexKeyOptionsRow,
    IndexNullsNotDistinctRow,
    IndexRow,
    OperatorClassRow,
    OperatorRow,
)
from datalchemy.adapters.postgres.rows.session import (
    CatalogStateRow,
    CommentRow,
    ExtensionMemberRow,
    NotModelledRow,
    SchemaRow,
    ServerRow,
)
from datalchemy.adapters.postgres.rows.tables import (
    ColumnCompressionRow,
    ColumnRow,
    OutsideColumnRow,
    ParentRow,
    PartitionKeyRow,
    PolicyRow,
    RelationRow,
    RuleRow,
    StatisticsExpressionsRow,
    StatisticsRow,
    TriggerRow,
    ViewDependencyRow,
    ViewRow,
)
from datalchemy.adapters.postgres.rows.types import (
    CompositeRow,
    DomainConstraintRow,
    DomainRow,
    EnumRow,
    MultirangeRow,
    RangeRow,
    SequenceRow,
    TypeRow,
)

__all__ = [
    "CatalogRows",
    "CatalogStateRow",
    "CollationRow",
    "ColumnCompressionRow",
    "ColumnRow",
    "CommentRow",
    "CompositeRow",
    "ConstraintRow",
    "ConstraintVariantRow",
    "DomainConstraintRow",
    "DomainRow",
    "EnumRow",
    "ExtensionMemberRow",
    "ForeignKeySetColumnsRow",
    "IndexKeyOptionsRow",
    "IndexNullsNotDistinctRow",
    "IndexRow",
    "MultirangeRow",
    "NotModelledRow",
    "OperatorClassRow",
    "OperatorRow",
    "OutsideColumnRow",
    "ParentRow",
    "PartitionKeyRow",
    "PolicyRow",
    "RangeRow",
    "RelationRow",
    "RuleRow",
    "SchemaRow",
    "SequenceRow",
    "ServerRow",
    "StatisticsExpressionsRow",
    "StatisticsRow",
    "TriggerRow",
    "TypeRow",
    "ViewDependencyRow",
    "ViewRow",
]


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
