"""Tables of every kind, with their columns, indexes and what hangs on them."""

from enum import StrEnum
from typing import Annotated, ClassVar

from datalchemy.model.base import FrozenModel, Parameter, QualifiedName, SchemaName, Uses
from datalchemy.model.constraints import Constraint
from datalchemy.model.privileges import ObjectAccess
from datalchemy.model.text_class import (
    COSMETIC,
    DERIVED,
    BoundText,
    Comment,
    DefaultSql,
    DefaultType,
    DefaultValue,
    GenerationSql,
    Name,
    PartitionBoundSql,
    PartitionKeySql,
    Sql,
    UsingSql,
    WhenSql,
    WithCheckSql,
    Word,
)
from datalchemy.model.types import DefaultKind, SequenceOptions, TypeReference


class TableKind(StrEnum):
    """pg_class.relkind in words."""

    TABLE = "table"
    PARTITIONED_TABLE = "partitioned_table"
    FOREIGN_TABLE = "foreign_table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"


class Persistence(StrEnum):
    """Whether the contents survive a crash (permanent), or not (unlogged), or the session (temporary)."""

    PERMANENT = "permanent"
    UNLOGGED = "unlogged"
    TEMPORARY = "temporary"


class IdentityGeneration(StrEnum):
    """GENERATED ALWAYS or BY DEFAULT AS IDENTITY: `always` needs OVERRIDING SYSTEM VALUE to insert a value."""

    ALWAYS = "always"
    BY_DEFAULT = "by_default"


class GenerationKind(StrEnum):
    """Whether a generated column is stored or computed on read (PostgreSQL 18)."""

    STORED = "stored"
    VIRTUAL = "virtual"


class Identity(FrozenModel):
    """An identity column's generation and its sequence with its options.

    A partition shares its root's sequence (PostgreSQL 17); both are None where that root is not in the file.
    """

    generation: IdentityGeneration
    sequence: QualifiedName | None = None
    options: SequenceOptions | None = None


class Column(FrozenModel):
    """A column. `ordinal` counts live columns from 1.

    `nullable` is False when NULL cannot be stored, be it for the column's own NOT NULL (`not_null`) or for
    that of a domain along its type. `default` is None for generated and identity columns, which take no
    value of their own. `default_kind` says what it gives. Of a constant, `default_value` is the value as the type's
    own input takes it (None for NULL), and `default_type` the type as the server spells it. `sequence` is the sequence
    that the column owns and is not an identity's (serial); of several, that which the default uses. `collation` is
    None where it is the type's own. `storage` and `compression` are None where they are the default.
    """

    noun: ClassVar[str] = "column"
    name: Name
    ordinal: int
    data_type: Name
    type: TypeReference
    nullable: bool
    not_null: bool
    default: DefaultSql | None = None
    default_kind: Annotated[DefaultKind | None, DERIVED] = None
    default_value: DefaultValue | None = None
    default_type: DefaultType | None = None
    is_generated: bool = False
    generation_kind: GenerationKind | None = None
    generation_expression: GenerationSql | None = None
    identity: Identity | None = None
    sequence: QualifiedName | None = None
    collation: QualifiedName | None = None
    local: bool = True
    inherited: bool = False
    storage: Word | None = None
    compression: Word | None = None
    statistics_target: int | None = None
    parameters: tuple[Parameter, ...] | None = None
    uses: Uses = None
    comment: Comment | None = None
    access: ObjectAccess = None


class SortOrder(StrEnum):
    """The order of an index key."""

    ASC = "asc"
    DESC = "desc"


class NullsOrder(StrEnum):
    """Where an index key puts NULLs."""

    FIRST = "first"
    LAST = "last"


class IndexKey(FrozenModel):
    """One key of an index: a column or an expression, never both.

    `order` and `nulls` are None where the access method does not order (gin, gist, hash, brin).
    `opclass_default` says that naming the operator class is not needed. `collation` is None where it is that of
    the column or, of an expression, the database's. `statistics_target` is set for expressions only.
    """

    column: Name | None = None
    expression: Sql | None = None
    order: SortOrder | None = None
    nulls: NullsOrder | None = None
    opclass: QualifiedName
    opclass_default: bool = True
    opclass_parameters: tuple[Parameter, ...] | None = None
    collation: QualifiedName | None = None
    statistics_target: int | None = None


class Index(FrozenModel):
    """An index; `constraint` names the PRIMARY KEY, UNIQUE or EXCLUDE of the table that it serves.

    `valid` is False after a failed CREATE INDEX CONCURRENTLY. `parent` is the partitioned index it is attached to.
    """

    noun: ClassVar[str] = "index"
    name: Name
    unique: bool
    primary: bool
    method: Name
    keys: tuple[IndexKey, ...]
    include: tuple[Name, ...] = ()
    predicate: Sql | None = None
    nulls_not_distinct: bool = False
    valid: bool = True
    constraint: Name | None = None
    parent: QualifiedName | None = None
    clustered: bool = False
    replica_identity: bool = False
    tablespace: Name | None = None
    parameters: tuple[Parameter, ...] | None = None
    definition: Sql
    uses: Uses = None
    comment: Comment | None = None
    extension: Name | None = None


class PartitionStrategy(StrEnum):
    """How rows are routed to partitions."""

    LIST = "list"
    RANGE = "range"
    HASH = "hash"


class PartitionKeyElement(FrozenModel):
    """One column or expression of a partition key; `collation` is None where it is the column's own."""

    column: Name | None = None
    expression: PartitionKeySql | None = None
    opclass: QualifiedName
    opclass_default: bool = True
    collation: QualifiedName | None = None


class PartitionKey(FrozenModel):
    """PARTITION BY strategy (elements); `definition` is the server's text of both."""

    strategy: PartitionStrategy
    elements: tuple[PartitionKeyElement, ...]
    definition: PartitionKeySql
    uses: Uses = None


class TableReference(FrozenModel):
    """The name of a table: two fields."""

    schema_name: SchemaName
    table: Name


class BoundValue(FrozenModel):
    """One value of a partition's bound: its `text` as the type's own input takes it, or a `limit`, never both.

    `limit` is null, minvalue or maxvalue.
    """

    text: BoundText | None = None
    limit: Word | None = None


class PartitionBound(FrozenModel):
    """A partition's bound as values, in one of four forms.

    `values` of a list; `from_values` (inclusive) and `to_values` (exclusive) of a range, one for each column of the
    key; `modulus` and `remainder` of a hash; `is_default` for the partition that takes the rest.
    """

    values: tuple[BoundValue, ...] | None = None
    from_values: tuple[BoundValue, ...] | None = None
    to_values: tuple[BoundValue, ...] | None = None
    modulus: int | None = None
    remainder: int | None = None
    is_default: bool | None = None


class PartitionOf(TableReference):
    """The partitioned table that this one is a partition of, and its bound as the server writes it and as values.

    `detach_pending` is True where a DETACH CONCURRENTLY was interrupted (PostgreSQL 14), else None. Queries on the
    partitioned table do not see the partition's rows. A dump does not carry it.
    """

    bound: PartitionBoundSql
    bound_values: Annotated[PartitionBound | None, DERIVED] = None
    detach_pending: Annotated[bool | None, COSMETIC] = None


class Trigger(FrozenModel):
    """A trigger, without its arguments, which may hold secrets: `argument_count` says how many are held back.

    `timing` is before, after or instead_of; `events` are insert, update, delete, truncate, in that order;
    `enabled` is origin, disabled, replica or always. `inherited` says that it is a partition's clone. `update_of` are
    the columns of UPDATE OF, in the trigger's order; `when` is its condition, which may name `old` and `new`;
    `old_table` and `new_table` are its transition tables. `deferrable` and `initially_deferred` are for constraint
    triggers. These six and `argument_count` are None where there is none, and enter the fingerprint.
    """

    noun: ClassVar[str] = "trigger"
    name: Name
    timing: Word
    events: tuple[Word, ...]
    row: bool
    function: QualifiedName
    enabled: Word
    constraint: bool = False
    inherited: bool = False
    update_of: tuple[Name, ...] | None = None
    when: WhenSql | None = None
    old_table: Name | None = None
    new_table: Name | None = None
    deferrable: bool | None = None
    initially_deferred: bool | None = None
    argument_count: int | None = None
    uses: Uses = None
    comment: Comment | None = None


class Policy(FrozenModel):
    """A row-level security policy; `command` is all, select, insert, update or delete.

    `roles` are sorted, and None for PUBLIC. `using` decides which rows are seen, `with_check` which may be written;
    None where the policy has none. All three enter the fingerprint.
    """

    noun: ClassVar[str] = "policy"
    name: Name
    command: Word
    permissive: bool
    roles: tuple[Name, ...] | None = None
    using: UsingSql | None = None
    with_check: WithCheckSql | None = None
    uses: Uses = None
    comment: Comment | None = None


class Rule(FrozenModel):
    """A rewrite rule (a view's own _RETURN apart); `event` is select, update, insert or delete.

    `definition` is the server's CREATE RULE statement; it enters the fingerprint.
    """

    noun: ClassVar[str] = "rule"
    name: Name
    event: Word
    instead: bool
    enabled: Word
    definition: Sql | None = None
    uses: Uses = None
    comment: Comment | None = None


class Statistics(FrozenModel):
    """An extended statistics object; `kinds` are ndistinct, dependencies, mcv, expressions."""

    noun: ClassVar[str] = "statistics object"
    schema_name: SchemaName
    name: Name
    kinds: tuple[Word, ...]
    columns: tuple[Name, ...]
    expressions: tuple[Sql, ...] = ()
    statistics_target: int | None = None
    uses: Uses = None
    comment: Comment | None = None


class Table(FrozenModel):
    """A kept row of pg_class, whatever its kind.

    `of_type` is the composite type of a typed table. `inherits` stands in the order of the parents.
    `definition`, `depends_on` and `uses` are for views of both kinds. `server` is the name of a
    foreign table's server; its options are never read. `access_method` and `tablespace` are None where default.
    """

    noun: ClassVar[str] = "table"
    name: Name
    kind: TableKind
    comment: Comment | None = None
    persistence: Persistence = Persistence.PERMANENT
    extension: Name | None = None
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    partition_key: PartitionKey | None = None
    partition_of: PartitionOf | None = None
    inherits: tuple[TableReference, ...] = ()
    of_type: QualifiedName | None = None
    definition: Sql | None = None
    depends_on: tuple[TableReference, ...] | None = None
    uses: Uses = None
    server: Name | None = None
    access_method: Name | None = None
    tablespace: Name | None = None
    parameters: tuple[Parameter, ...] | None = None
    replica_identity: Word | None = None
    row_security_enabled: bool = False
    row_security_forced: bool = False
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    rules: tuple[Rule, ...] = ()
    statistics: tuple[Statistics, ...] = ()
    access: ObjectAccess = None
