"""What the corpus's oracle counts in the catalogs, counted again in a DatabaseSchema: key -> function.

The oracle looks at ordinary and partitioned tables that no extension owns; `Facts` flattens a schema to the same view.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from datalchemy import DatabaseSchema, Introspection, Schema, Table, WarningCode
from datalchemy.model.constraints import (
    CheckConstraint,
    Constraint,
    Exclude,
    ForeignKey,
    Match,
    NotNullConstraint,
    PrimaryKey,
    ReferentialAction,
    Unique,
)
from datalchemy.model.table import (
    Column,
    GenerationKind,
    IdentityGeneration,
    Index,
    PartitionStrategy,
    Persistence,
    TableKind,
    Trigger,
)
from datalchemy.model.types import Domain, TypeKind, TypeReference

_ACTIONS = {
    ReferentialAction.NO_ACTION: "a",
    ReferentialAction.RESTRICT: "r",
    ReferentialAction.CASCADE: "c",
    ReferentialAction.SET_NULL: "n",
    ReferentialAction.SET_DEFAULT: "d",
}
_MATCHES = {Match.SIMPLE: "s", Match.FULL: "f", Match.PARTIAL: "p"}
_CONTYPES: dict[type[Constraint], str] = {
    PrimaryKey: "p",
    ForeignKey: "f",
    Unique: "u",
    CheckConstraint: "c",
    Exclude: "x",
    NotNullConstraint: "n",
}
_TYPTYPES = {
    TypeKind.BASE: "b",
    TypeKind.ARRAY: "b",
    TypeKind.COMPOSITE: "c",
    TypeKind.DOMAIN: "d",
    TypeKind.ENUM: "e",
    TypeKind.MULTIRANGE: "m",
    TypeKind.PSEUDO: "p",
    TypeKind.RANGE: "r",
}
_VECTORS = {"int2vector", "oidvector"}
"""Array-like types of the system's own that are no array of an element type."""


class Owned(NamedTuple):
    """A part of a table, with the names that lead to it."""

    schema: str
    table: Table
    part: Any


class Facts:
    """A schema, flattened. `keywords` are the words that need quotes as a name."""

    def __init__(self, found: Introspection, keywords: frozenset[str]) -> None:
        self.schema: DatabaseSchema = found.schema
        self.graph = found.graph
        self.warnings = found.warnings
        self._keywords = keywords
        self.relations = [(s, t) for s in self.schema.schemas for t in s.tables if t.extension is None]
        kinds = (TableKind.TABLE, TableKind.PARTITIONED_TABLE)
        self.tables = [(s, t) for s, t in self.relations if t.kind in kinds]
        self.columns: list[tuple[Table, Column]] = [(t, c) for _, t in self.tables for c in t.columns]
        self.constraints = [Owned(s.name, t, c) for s, t in self.tables for c in t.constraints]
        self.indexes: list[tuple[Table, Index]] = [(t, i) for _, t in self.tables for i in t.indexes]
        self.triggers: list[Trigger] = [g for _, t in self.tables for g in t.triggers]
        self.foreign_keys = [o for o in self.of(ForeignKey) if not o.part.inherited]
        self._primary_keys = {(o.schema, o.table.name): set(o.part.columns) for o in self.of(PrimaryKey)}
        self.domains = {(s.name, d.name): d for s in self.schema.schemas for d in s.domains}

    def of(self, kind: type[Constraint]) -> list[Owned]:
        """Return the constraints of one kind."""
        return [owned for owned in self.constraints if isinstance(owned.part, kind)]

    def owned(self, types: Callable[[Schema], Iterable[Any]]) -> list[Any]:
        """Return the types or sequences of every schema that no extension owns."""
        return [each for s in self.schema.schemas for each in types(s) if each.extension is None]

    def needs_quotes(self, name: str) -> bool:
        """Tell what the server's quote_ident does: it quotes all but plain lower-case words that are no keyword."""
        return re.fullmatch("[a-z_][a-z0-9_]*", name) is None or name in self._keywords

    def is_array(self, reference: TypeReference) -> bool:
        """Tell whether the server puts a type in its category of arrays: a domain is in that of its base type."""
        domain: Domain | None = self.domains.get((reference.schema_name, reference.name))
        if reference.kind is TypeKind.DOMAIN and domain is not None:
            return self.is_array(domain.type)
        return reference.kind is TypeKind.ARRAY or reference.name in _VECTORS

    def primary_key(self, schema: str, table: str) -> set[str]:
        """Return the columns of a table's primary key."""
        return self._primary_keys.get((schema, table), set())

    def not_modelled(self, *kinds: str) -> int:
        """Return how many objects of these kinds the warnings tell of."""
        return sum(
            int(warning.message.split(" ", 1)[0])
            for warning in self.warnings
            if warning.code is WarningCode.NOT_MODELLED and warning.where.name in kinds
        )


def _count(values: Iterable[object]) -> int:
    return sum(1 for value in values if value)


def _by(keys: Iterable[str]) -> dict[str, int]:
    return dict(Counter(keys))


def _is_partition(table: Table) -> bool:
    return table.partition_of is not None


def _has_primary_key(table: Table) -> bool:
    return any(isinstance(c, PrimaryKey) for c in table.constraints)


def _all_not_null(owned: Owned) -> bool:
    return all(c.not_null for c in owned.table.columns if c.name in owned.part.columns)


def _cycle_sizes(f: Facts) -> list[int]:
    return [len(cycle.tables) for cycle in f.graph.cycles]


def _is_expression(index: Index) -> bool:
    return any(key.expression is not None for key in index.keys)


def _contypes(f: Facts) -> dict[str, int]:
    counted = _by(_CONTYPES[type(o.part)] for o in f.constraints)
    # A constraint trigger has a row among the constraints too; here it stands with the triggers.
    constraint_triggers = _count(g.constraint for g in f.triggers)
    return counted | ({"t": constraint_triggers} if constraint_triggers else {})


def _kind(kind: TableKind) -> Callable[[Facts], int]:
    return lambda f: _count(t.kind is kind for _, t in f.relations)


def _of_kind(kind: type[Constraint], test: Callable[[Owned], object] = lambda _: True) -> Callable[[Facts], int]:
    return lambda f: _count(test(o) for o in f.of(kind))


def _foreign_keys(test: Callable[[Owned], object]) -> Callable[[Facts], int]:
    return lambda f: _count(test(o) for o in f.foreign_keys)


def _indexes(test: Callable[[Index], object]) -> Callable[[Facts], int]:
    return lambda f: _count(test(i) for _, i in f.indexes)


def _columns(test: Callable[[Column], object]) -> Callable[[Facts], int]:
    return lambda f: _count(test(c) for _, c in f.columns)


def _tables(test: Callable[[Table], object]) -> Callable[[Facts], int]:
    return lambda f: _count(test(t) for _, t in f.tables)


def _per_kind(name: str, kind: type[Constraint]) -> dict[str, Callable[[Facts], object]]:
    copied = kind in (PrimaryKey, Unique, ForeignKey, Exclude)  # a CHECK's copies are not tied to their parent
    return {
        name: _of_kind(kind),
        f"{name}_conparentid0": _of_kind(kind, lambda o: not (copied and o.part.inherited)),
        f"{name}_on_nonpartition_tables": _of_kind(kind, lambda o: not _is_partition(o.table)),
    }


COUNTS: dict[str, Callable[[Facts], object]] = {
    "schemas": lambda f: _count(s.extension is None for s in f.schema.schemas),
    "schemas_with_tables": lambda f: len({s.name for s, _ in f.tables}),
    "extensions": lambda f: [e.name for e in f.schema.extensions],
    # tables
    "tables": _tables(lambda _: True),
    "tables_by_kind": lambda f: _by({"table": "r", "partitioned_table": "p"}[t.kind.value] for _, t in f.tables),
    "tables_extension_owned": lambda f: _count(
        t.extension is not None and t.kind in (TableKind.TABLE, TableKind.PARTITIONED_TABLE)
        for s in f.schema.schemas
        for t in s.tables
    ),
    "tables_not_partition": _tables(lambda t: not _is_partition(t)),
    "partitioned_tables": _kind(TableKind.PARTITIONED_TABLE),
    "partitions": _tables(_is_partition),
    "partitions_that_are_partitioned": _tables(lambda t: _is_partition(t) and t.partition_key),
    "partition_strategies": lambda f: _by(
        {PartitionStrategy.LIST: "l", PartitionStrategy.RANGE: "r", PartitionStrategy.HASH: "h"}[
            t.partition_key.strategy
        ]
        for _, t in f.tables
        if t.partition_key
    ),
    "inheritance_children": _tables(lambda t: t.inherits),
    "tables_unlogged": _tables(lambda t: t.persistence is Persistence.UNLOGGED),
    "tables_typed": _tables(lambda t: t.of_type),
    "tables_rowsecurity": _tables(lambda t: t.row_security_enabled),
    "tables_without_columns": _tables(lambda t: not t.columns),
    "tables_without_pk": _tables(lambda t: not _has_primary_key(t)),
    "tables_without_pk_nonpartition": _tables(lambda t: not _is_partition(t) and not _has_primary_key(t)),
    "tables_name_needs_quotes": lambda f: _count(f.needs_quotes(t.name) for _, t in f.tables),
    "same_table_name_in_several_schemas": lambda f: _count(
        times > 1 for times in Counter(t.name for _, t in f.tables).values()
    ),
    "foreign_tables": _kind(TableKind.FOREIGN_TABLE),
    "views": _kind(TableKind.VIEW),
    "matviews": _kind(TableKind.MATERIALIZED_VIEW),
    # columns
    "columns": _columns(lambda _: True),
    "columns_not_partition": lambda f: _count(not _is_partition(t) for t, _ in f.columns),
    "columns_not_null": _columns(lambda c: c.not_null),
    "columns_default": _columns(lambda c: c.default is not None),
    "columns_generated": lambda f: _by(
        {GenerationKind.STORED: "s", GenerationKind.VIRTUAL: "v"}[c.generation_kind]
        for _, c in f.columns
        if c.is_generated and c.generation_kind and c.generation_expression
    ),
    "columns_identity": lambda f: _by(
        {IdentityGeneration.ALWAYS: "a", IdentityGeneration.BY_DEFAULT: "d"}[c.identity.generation]
        for _, c in f.columns
        if c.identity
    ),
    "columns_serial": _columns(lambda c: (c.default or "").startswith("nextval(")),
    "columns_by_typtype": lambda f: _by(_TYPTYPES[c.type.kind] for _, c in f.columns),
    "columns_array": lambda f: _count(f.is_array(c.type) for _, c in f.columns),
    "columns_nondefault_collation": _columns(lambda c: c.collation),
    "distinct_types": lambda f: len({(c.type.schema_name, c.type.name, c.data_type) for _, c in f.columns}),
    "max_columns_in_a_table": lambda f: max((len(t.columns) for _, t in f.tables), default=0),
    "columns_name_needs_quotes": lambda f: _count(f.needs_quotes(c.name) for _, c in f.columns),
    "names_non_ascii": lambda f: _count(
        re.search("[^ -~]", name) for name in [*(t.name for _, t in f.tables), *(c.name for _, c in f.columns)]
    ),
    # constraints
    "constraints_by_contype": _contypes,
    **_per_kind("pk", PrimaryKey),
    **_per_kind("fk", ForeignKey),
    **_per_kind("unique", Unique),
    **_per_kind("check", CheckConstraint),
    **_per_kind("exclude", Exclude),
    "fk_excluding_clones": _foreign_keys(lambda _: True),
    "fk_clones": _of_kind(ForeignKey, lambda o: o.part.inherited),
    "fk_composite": _foreign_keys(lambda o: len(o.part.columns) > 1),
    "fk_self": _foreign_keys(lambda o: (o.part.ref_schema, o.part.ref_table) == (o.schema, o.table.name)),
    "fk_cross_schema": _foreign_keys(lambda o: o.part.ref_schema != o.schema),
    "fk_to_unique_not_pk": lambda f: _count(
        set(o.part.ref_columns) != f.primary_key(o.part.ref_schema, o.part.ref_table) for o in f.foreign_keys
    ),
    "fk_deferrable": _foreign_keys(lambda o: o.part.deferrable),
    "fk_not_valid": _foreign_keys(lambda o: not o.part.validated),
    "fk_on_delete": lambda f: _by(_ACTIONS[o.part.on_delete] for o in f.foreign_keys),
    "fk_on_update": lambda f: _by(_ACTIONS[o.part.on_update] for o in f.foreign_keys),
    "fk_match": lambda f: _by(_MATCHES[o.part.match] for o in f.foreign_keys),
    "fk_nullable_all_cols_not_null": _foreign_keys(_all_not_null),
    "pk_composite": _of_kind(PrimaryKey, lambda o: len(o.part.columns) > 1),
    "unique_composite": _of_kind(Unique, lambda o: len(o.part.columns) > 1),
    "pk_unique_deferrable": lambda f: _count(o.part.deferrable for o in [*f.of(PrimaryKey), *f.of(Unique)]),
    "check_local": _of_kind(CheckConstraint, lambda o: o.part.local),
    "check_not_valid": _of_kind(CheckConstraint, lambda o: not o.part.validated),
    "check_no_inherit": _of_kind(CheckConstraint, lambda o: o.part.no_inherit),
    "notnull_constraints": _of_kind(NotNullConstraint),
    "constraints_not_enforced": lambda f: _count(not getattr(o.part, "enforced", True) for o in f.constraints),
    "constraints_period": lambda f: _count(
        getattr(o.part, "period", False) or getattr(o.part, "without_overlaps", False) for o in f.constraints
    ),
    "constraint_triggers_user": lambda f: _count(g.constraint for g in f.triggers),
    "domain_constraints": lambda f: _count(
        isinstance(c, CheckConstraint) for d in f.owned(lambda s: s.domains) for c in d.constraints
    ),
    # indexes
    "indexes": _indexes(lambda _: True),
    "indexes_not_on_partitions": lambda f: _count(not _is_partition(t) for t, _ in f.indexes),
    "indexes_without_constraint": _indexes(lambda i: i.constraint is None),
    "indexes_unique": _indexes(lambda i: i.unique),
    "indexes_unique_without_constraint": _indexes(lambda i: i.unique and i.constraint is None),
    "indexes_partial": _indexes(lambda i: i.predicate is not None),
    "indexes_expression": _indexes(_is_expression),
    "indexes_unique_partial": _indexes(lambda i: i.unique and i.predicate is not None),
    "indexes_unique_expression": _indexes(lambda i: i.unique and _is_expression(i)),
    "indexes_include": _indexes(lambda i: i.include),
    "indexes_invalid": _indexes(lambda i: not i.valid),
    "indexes_nulls_not_distinct": _indexes(lambda i: i.nulls_not_distinct),
    "indexes_by_am": lambda f: _by(i.method for _, i in f.indexes),
    "indexes_partitioned": lambda f: _count(t.partition_key for t, _ in f.indexes),
    "indexes_on_matviews": lambda f: sum(
        len(t.indexes) for _, t in f.relations if t.kind is TableKind.MATERIALIZED_VIEW
    ),
    # types and sequences
    "sequences": lambda f: len(f.owned(lambda s: s.sequences)),
    # An extension owns a composite type by its row of pg_type; the oracle looks at that of pg_class and counts all.
    "composite_types": lambda f: sum(len(s.composites) for s in f.schema.schemas),
    "domains": lambda f: len(f.owned(lambda s: s.domains)),
    "enums": lambda f: len(f.owned(lambda s: s.enums)),
    "enum_labels": lambda f: sum(len(e.labels) for e in f.owned(lambda s: s.enums)),
    "ranges": lambda f: len(f.owned(lambda s: s.ranges)),
    "multiranges": lambda f: _count(r.multirange for r in f.owned(lambda s: s.ranges)),
    "functions": lambda f: sum(len(s.functions) for s in f.schema.schemas),
    # comments
    "comments_schemas": lambda f: _count(s.comment for s in f.schema.schemas),
    "comments_tables": _tables(lambda t: t.comment),
    "comments_columns": _columns(lambda c: c.comment),
    "comments_constraints": lambda f: _count(o.part.comment for o in f.constraints),
    "comments_indexes": _indexes(lambda i: i.comment),
    "comments_types": lambda f: _count(
        each.comment for each in f.owned(lambda s: [*s.domains, *s.enums, *s.composites, *s.ranges])
    ),
    # what hangs on tables
    "triggers": lambda f: len(f.triggers),
    "triggers_conparent0": lambda f: _count(not g.inherited for g in f.triggers),
    "policies": lambda f: sum(len(t.policies) for _, t in f.tables),
    "rules_on_tables": lambda f: sum(len(t.rules) for _, t in f.tables),
    "extended_statistics": lambda f: sum(len(t.statistics) for _, t in f.tables),
    # what schema.json has no place for is counted in the warnings
    "base_types": lambda f: f.not_modelled("base type"),
    # the graph
    "fk_cycle_groups": lambda f: len(_cycle_sizes(f)),
    "fk_cycle_tables": lambda f: sum(_cycle_sizes(f)),
    "fk_cycle_largest": lambda f: max(_cycle_sizes(f), default=0),
}

_CLONES = """
    select count(*) from pg_constraint as k join pg_constraint as p on p.oid = k.conparentid
    join pg_class as c on c.oid = k.conrelid
    where k.contype = 'f' and (p.conrelid = k.conrelid or p.confrelid <> k.confrelid)
"""
"""An FK towards a partitioned table has a clone for each partition there, on the same referencing table."""

_INTERNAL_CLONES = """
    select -count(*) from pg_trigger as g left join pg_constraint as k on k.oid = g.tgconstraint
    where g.tgisinternal and g.tgparentid <> 0 and (k.oid is null or k.contype = 't')
"""
"""Before PostgreSQL 15 the clone of a trigger on a partition counts as internal; we tell it on every server."""

_UNIQUE_OVER_THE_KEY = """
    select count(*) from pg_constraint as k
    join pg_index as used on used.indexrelid = k.conindid and not used.indisprimary
    join pg_index as key on key.indrelid = k.confrelid and key.indisprimary
    where k.contype = 'f' and k.conparentid = 0
        and key.indkey::int2[] operator(pg_catalog.<@) used.indkey::int2[]
        and used.indkey::int2[] operator(pg_catalog.<@) key.indkey::int2[]
"""
"""An FK may lean on a further unique index over the columns of the primary key: which of them is no fact of ours."""

_MADE_WITH_A_TYPE = """
    select count(*) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and exists (
        select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i'
    ) and not exists (
        select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
"""
"""The constructors of a range type come with it."""

LEFT_OUT: dict[str, str] = {
    "fk": _CLONES,
    "fk_clones": _CLONES,
    "fk_on_nonpartition_tables": _CLONES + "and not c.relispartition",
    "constraints_by_contype.f": _CLONES,
    "constraints_not_enforced": _CLONES + "and not k.conenforced",
    "constraints_period": _CLONES + "and k.conperiod",
    "constraint_triggers_user": _INTERNAL_CLONES + "and k.contype = 't'",
    "triggers": _INTERNAL_CLONES,
    "fk_to_unique_not_pk": _UNIQUE_OVER_THE_KEY,
    "functions": _MADE_WITH_A_TYPE,
}
"""What the oracle counts and schema.json leaves out on purpose: key -> SQL for how many; a dot leads into a mapping.

A negative number is what schema.json tells and the oracle leaves out.
"""
