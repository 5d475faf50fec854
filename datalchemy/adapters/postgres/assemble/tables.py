"""Tables of every kind, with their columns and other parts: rows → values."""

from collections.abc import Callable, Iterator

from datalchemy.adapters.postgres.assemble.constraints import ConstraintAssembler
from datalchemy.adapters.postgres.assemble.indexes import DEFAULT_COLLATION, IndexAssembler
from datalchemy.adapters.postgres.assemble.lookup import (
    Lookup,
    default_of,
    from_code,
    grouped,
    parameters_of,
    qualified,
    sequence_options,
)
from datalchemy.adapters.postgres.assemble.table_objects import TableObjectAssembler
from datalchemy.adapters.postgres.canonical_sql import split_expressions
from datalchemy.adapters.postgres.constants import partition_bound
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.tables import ColumnRow, PartitionKeyRow, RelationRow
from datalchemy.adapters.postgres.rows.types import SequenceRow
from datalchemy.errors import CatalogError
from datalchemy.model.base import QualifiedName
from datalchemy.model.diagnostics import Place
from datalchemy.model.table import (
    Column,
    GenerationKind,
    Identity,
    IdentityGeneration,
    PartitionKey,
    PartitionKeyElement,
    PartitionOf,
    PartitionStrategy,
    Persistence,
    Table,
    TableKind,
    TableReference,
)

_KINDS = {
    "r": TableKind.TABLE,
    "p": TableKind.PARTITIONED_TABLE,
    "f": TableKind.FOREIGN_TABLE,
    "v": TableKind.VIEW,
    "m": TableKind.MATERIALIZED_VIEW,
}
_PERSISTENCES = {"p": Persistence.PERMANENT, "u": Persistence.UNLOGGED, "t": Persistence.TEMPORARY}
_STRATEGIES = {"l": PartitionStrategy.LIST, "r": PartitionStrategy.RANGE, "h": PartitionStrategy.HASH}
_IDENTITIES = {"a": IdentityGeneration.ALWAYS, "d": IdentityGeneration.BY_DEFAULT}
_GENERATIONS = {"s": GenerationKind.STORED, "v": GenerationKind.VIRTUAL}
_STORAGES = {"p": "plain", "e": "external", "m": "main", "x": "extended"}
_COMPRESSIONS = {"p": "pglz", "l": "lz4"}
_REPLICA_IDENTITIES = {"d": None, "n": "nothing", "f": "full", "i": "index"}


class TableAssembler:
    """Builds the tables of a capture, one at a time, from rows grouped once."""

    def __init__(self, lookup: Lookup) -> None:
        rows = lookup.rows
        self._lookup = lookup
        self._constraints = ConstraintAssembler(lookup)
        self._indexes = IndexAssembler(lookup)
        self._objects = TableObjectAssembler(lookup)
        self._columns = grouped(rows.columns, lambda row: row.relation_oid)
        self._compressions = {(row.relation_oid, row.attnum): row.compression for row in rows.column_compression}
        self._sequences = grouped(
            (row for row in rows.sequences if row.owner_oid is not None),
            lambda row: (row.owner_oid, row.owner_attnum, row.ownership),
        )
        self._parents = grouped(rows.parents, lambda row: row.relation_oid)
        self._pending_detaches = {row.relation_oid for row in rows.pending_detaches}
        self._partition_keys = {row.relation_oid: row for row in rows.partition_keys}
        self._definitions = {row.relation_oid: row.definition for row in rows.views}
        self._dependencies = grouped(rows.view_dependencies, lambda row: row.relation_oid)

    def table(self, row: RelationRow) -> Table:
        """Return one table with all its parts."""
        oid = row.relation_oid
        kind = from_code(_KINDS, row.kind, "the relation kind")
        is_view = kind in (TableKind.VIEW, TableKind.MATERIALIZED_VIEW)
        toast_parameters = (f"toast.{each}" for each in row.toast_parameters or ())
        return Table(
            name=row.name,
            kind=kind,
            comment=self._lookup.comment("pg_class", oid),
            access=self._lookup.access("pg_class", oid),
            persistence=from_code(_PERSISTENCES, row.persistence, "the persistence"),
            extension=self._lookup.extension("pg_class", oid),
            columns=tuple(
                self._column(row, column, ordinal) for ordinal, column in enumerate(self._columns.get(oid, ()), start=1)
            ),
            constraints=self._constraints.of_table(oid),
            indexes=self._indexes.of_table(oid),
            partition_key=self._partition_key(oid),
            partition_of=self._partition_of(row),
            inherits=() if row.is_partition else tuple(self._parents_of(oid)),
            of_type=qualified(row.type_schema, row.type_name),
            definition=self._definition(row) if is_view else None,
            depends_on=self._depends_on(oid) if is_view else None,
            uses=self._lookup.uses("pg_rewrite", oid) if is_view else None,
            server=row.server,
            access_method=row.access_method,
            tablespace=row.tablespace,
            parameters=parameters_of((*(row.parameters or ()), *toast_parameters)) or None,
            replica_identity=(
                None
                if kind in (TableKind.VIEW, TableKind.FOREIGN_TABLE)  # the server fills in `nothing`
                else self._lookup.known(
                    _REPLICA_IDENTITIES, row.replica_identity, "the replica identity", lambda: self._lookup.place(oid)
                )
            ),
            row_security_enabled=row.row_security_enabled,
            row_security_forced=row.row_security_forced,
            **self._objects.of_table(oid),
        )

    def _column(self, table: RelationRow, row: ColumnRow, ordinal: int) -> Column:
        def where() -> Place:
            return self._lookup.place(row.relation_oid, column=row.name)

        if row.has_expression and row.expression is None:
            self._lookup.skip(object_vanished(f"the default of {table.schema}.{table.name}.{row.name}"), where())
        type_row = self._lookup.type_row(row.type_oid, row.type_modifier)
        key = (row.relation_oid, row.attnum)
        serials = sorted(
            (not sequence.in_default, sequence.schema, sequence.name)
            for sequence in self._sequences.get((row.relation_oid, row.attnum, "a"), ())
        )
        return Column(
            name=row.name,
            ordinal=ordinal,
            data_type=type_row.data_type,
            type=self._lookup.type_reference(row.type_oid, row.type_modifier, row.array_dimensions),
            nullable=not (row.not_null or type_row.domain_not_null),
            not_null=row.not_null,
            **default_of(None if row.generated else row.expression),
            is_generated=bool(row.generated),
            generation_kind=(
                self._lookup.known(_GENERATIONS, row.generated, "the generation", where) if row.generated else None
            ),
            generation_expression=row.expression if row.generated else None,
            identity=self._identity(row, where) if row.identity else None,
            sequence=QualifiedName(schema_name=serials[0][1], name=serials[0][2]) if serials else None,
            collation=self._lookup.collation(row.collation_oid),
            local=row.local,
            inherited=row.parents > 0,
            storage=self._lookup.known(_STORAGES, row.storage, "the storage", where) if row.storage else None,
            compression=(
                self._lookup.known(_COMPRESSIONS, self._compressions[key], "the compression", where)
                if key in self._compressions
                else None
            ),
            statistics_target=row.statistics_target,
            parameters=parameters_of(row.parameters) or None,
            uses=self._lookup.uses("pg_attrdef", row.relation_oid, row.attnum),
            comment=self._lookup.comment("pg_class", row.relation_oid, row.attnum),
            access=self._lookup.access("pg_class", row.relation_oid, row.attnum),
        )

    def _identity(self, row: ColumnRow, where: Callable[[], Place]) -> Identity | None:
        generation = self._lookup.known(_IDENTITIES, row.identity, "the identity", where)
        if generation is None:
            return None
        sequence = self._identity_sequence(row)
        if sequence is None:
            return Identity(generation=generation)
        return Identity(
            generation=generation,
            sequence=QualifiedName(schema_name=sequence.schema, name=sequence.name),
            options=sequence_options(sequence),
        )

    def _identity_sequence(self, row: ColumnRow) -> SequenceRow | None:
        """Return the column's own sequence, or that of the partitioned table above it."""
        relation_oid, attnum = row.relation_oid, row.attnum
        while True:
            found = self._sequences.get((relation_oid, attnum, "i"))
            if found:
                return found[0]
            parents = self._parents.get(relation_oid)
            if not parents:
                return None
            relation_oid = parents[0].parent_oid
            above = [c.attnum for c in self._columns.get(relation_oid, ()) if c.name == row.name]
            if not above:
                return None
            attnum = above[0]

    def _parents_of(self, oid: int) -> Iterator[TableReference]:
        for parent in sorted(self._parents.get(oid, ()), key=lambda parent: parent.position):
            yield TableReference(schema_name=parent.parent_schema, table=parent.parent_table)

    def _partition_of(self, row: RelationRow) -> PartitionOf | None:
        parents = self._parents.get(row.relation_oid)
        if not row.is_partition or not parents:
            return None
        if row.partition_bound is None:
            error = object_vanished(f"the partition bound of {row.schema}.{row.name}")
            self._lookup.skip(error, self._lookup.place(row.relation_oid))
            return None
        parent = parents[0]
        return PartitionOf(
            schema_name=parent.parent_schema,
            table=parent.parent_table,
            bound=row.partition_bound,
            bound_values=partition_bound(row.partition_bound),
            detach_pending=True if row.relation_oid in self._pending_detaches else None,
        )

    def _partition_key(self, oid: int) -> PartitionKey | None:
        rows = [self._partition_keys[oid]] if oid in self._partition_keys else []
        built = self._lookup.built(rows, self._partition_key_of, lambda _: self._lookup.place(oid))
        return built[0] if built else None

    def _partition_key_of(self, row: PartitionKeyRow) -> PartitionKey:
        if row.definition is None:
            raise object_vanished("a partition key")
        expressions = iter(split_expressions(row.expressions) if row.expressions else ())
        elements = tuple(
            self._partition_element(row, position, None if attnum else next(expressions, None))
            for position, attnum in enumerate(row.key)
        )
        if next(expressions, None) is not None or any(e.column is None and e.expression is None for e in elements):
            raise CatalogError(
                f"the partition key {row.definition} could not be taken apart",
                remedy="please report this definition",
            )
        return PartitionKey(
            strategy=from_code(_STRATEGIES, row.strategy, "the partition strategy"),
            elements=elements,
            definition=row.definition,
            uses=self._lookup.uses("pg_class", row.relation_oid),
        )

    def _partition_element(self, row: PartitionKeyRow, position: int, expression: str | None) -> PartitionKeyElement:
        attnum = row.key[position]
        opclass, opclass_default = self._lookup.operator_class(row.operator_classes[position])
        own = next(
            (c.key_collation_oid for c in self._columns.get(row.relation_oid, ()) if c.attnum == attnum),
            DEFAULT_COLLATION,
        )
        collation = row.collations[position]
        return PartitionKeyElement(
            column=self._lookup.column(row.relation_oid, attnum) if attnum else None,
            expression=expression,
            opclass=opclass,
            opclass_default=opclass_default,
            collation=None if collation == own else self._lookup.collation(collation),
        )

    def _definition(self, row: RelationRow) -> str | None:
        definition = self._definitions.get(row.relation_oid)
        if not definition:
            self._lookup.skip(
                object_vanished(f"the view {row.schema}.{row.name}"), self._lookup.place(row.relation_oid)
            )
        return definition or None

    def _depends_on(self, oid: int) -> tuple[TableReference, ...]:
        references = {(row.ref_schema, row.ref_table) for row in self._dependencies.get(oid, ())}
        return tuple(TableReference(schema_name=schema, table=table) for schema, table in sorted(references))
