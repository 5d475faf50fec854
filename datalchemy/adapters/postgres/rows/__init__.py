"""One typed row for each query in sql/: the fields are the query's columns, in order."""

from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from datalchemy.adapters.postgres.rows import constraints as constraint_rows
from datalchemy.adapters.postgres.rows import functions as function_rows
from datalchemy.adapters.postgres.rows import privileges as privilege_rows
from datalchemy.adapters.postgres.rows import session as session_rows
from datalchemy.adapters.postgres.rows import tables as table_rows
from datalchemy.adapters.postgres.rows import types as type_rows
from datalchemy.model.options import CaptureOptions

OLDEST_VERSION_NUM = 130000


class CatalogQuery(NamedTuple):
    """A file in sql/ and the type of its rows.

    `since` is the oldest server that it serves (as server_version_num), `option` the CaptureOptions that asks for it.
    """

    name: str
    row_type: type[tuple[Any, ...]]
    since: int = OLDEST_VERSION_NUM
    option: str | None = None

    def is_asked(self, version_num: int, options: CaptureOptions) -> bool:
        """Return whether a capture with these options asks a server of this version."""
        return version_num >= self.since and (self.option is None or getattr(options, self.option))


class Since(NamedTuple):
    """Marks a query that only later servers answer: since which (as server_version_num)."""

    version_num: int


class OnDemand(NamedTuple):
    """Marks a query that is asked only where an option is set: which of CaptureOptions."""

    option: str


class CatalogRows(NamedTuple):
    """Everything that one capture read: one field for each file in sql/, in the order of reading.

    The list of queries is this one. A query that the server's version does not serve, or that no option asks for,
    leaves its field empty.
    """

    schemas: tuple[session_rows.SchemaRow, ...]
    extensions: tuple[session_rows.ExtensionRow, ...]
    extension_members: tuple[session_rows.ExtensionMemberRow, ...]
    relations: tuple[table_rows.RelationRow, ...]
    columns: tuple[table_rows.ColumnRow, ...]
    column_compression: Annotated[tuple[table_rows.ColumnCompressionRow, ...], Since(140000)]
    types: tuple[type_rows.TypeRow, ...]
    constraints: tuple[constraint_rows.ConstraintRow, ...]
    outside_columns: tuple[table_rows.OutsideColumnRow, ...]
    foreign_key_set_columns: Annotated[tuple[constraint_rows.ForeignKeySetColumnsRow, ...], Since(150000)]
    constraint_variants: Annotated[tuple[constraint_rows.ConstraintVariantRow, ...], Since(180000)]
    operators: tuple[constraint_rows.OperatorRow, ...]
    operator_classes: tuple[constraint_rows.OperatorClassRow, ...]
    collations: tuple[constraint_rows.CollationRow, ...]
    indexes: tuple[constraint_rows.IndexRow, ...]
    index_nulls_not_distinct: Annotated[tuple[constraint_rows.IndexNullsNotDistinctRow, ...], Since(150000)]
    index_key_options: tuple[constraint_rows.IndexKeyOptionsRow, ...]
    partition_keys: tuple[table_rows.PartitionKeyRow, ...]
    parents: tuple[table_rows.ParentRow, ...]
    pending_detaches: Annotated[tuple[table_rows.PendingDetachRow, ...], Since(140000)]
    sequences: tuple[type_rows.SequenceRow, ...]
    enums: tuple[type_rows.EnumRow, ...]
    domains: tuple[type_rows.DomainRow, ...]
    domain_constraints: tuple[type_rows.DomainConstraintRow, ...]
    composites: tuple[type_rows.CompositeRow, ...]
    ranges: tuple[type_rows.RangeRow, ...]
    multiranges: Annotated[tuple[type_rows.MultirangeRow, ...], Since(140000)]
    views: tuple[table_rows.ViewRow, ...]
    view_dependencies: tuple[table_rows.ViewDependencyRow, ...]
    triggers: tuple[table_rows.TriggerRow, ...]
    policies: tuple[table_rows.PolicyRow, ...]
    rules: tuple[table_rows.RuleRow, ...]
    statistics: tuple[table_rows.StatisticsRow, ...]
    statistics_expressions: Annotated[tuple[table_rows.StatisticsExpressionsRow, ...], Since(140000)]
    uses: tuple[session_rows.UseRow, ...]
    functions: tuple[function_rows.FunctionRow, ...]
    function_bodies: Annotated[tuple[function_rows.FunctionBodyRow, ...], Since(140000)]
    privileges: Annotated[tuple[privilege_rows.PrivilegeRow, ...], OnDemand("privileges")]
    default_privileges: Annotated[tuple[privilege_rows.DefaultPrivilegeRow, ...], OnDemand("privileges")]
    comments: tuple[session_rows.CommentRow, ...]
    not_modelled: tuple[session_rows.NotModelledRow, ...]


def _query(name: str, row_type: type[tuple[Any, ...]], marks: tuple[object, ...]) -> CatalogQuery:
    since = next((mark.version_num for mark in marks if isinstance(mark, Since)), OLDEST_VERSION_NUM)
    option = next((mark.option for mark in marks if isinstance(mark, OnDemand)), None)
    return CatalogQuery(name, row_type, since, option)


_HINTS = get_type_hints(CatalogRows, include_extras=True)

QUERIES = tuple(
    _query(name, get_args(rows)[0], getattr(_HINTS[name], "__metadata__", ()))
    for name, rows in get_type_hints(CatalogRows).items()
    if name != "schemas"
)
"""Every query whose rows are about the chosen schemas. Their number does not grow with the database."""
