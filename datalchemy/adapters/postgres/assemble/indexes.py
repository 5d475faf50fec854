"""Indexes: rows → values."""

from datalchemy.adapters.postgres.assemble.lookup import Lookup, by_name, grouped, parameters_of, qualified
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.constraints import IndexRow
from datalchemy.model.table import Index, IndexKey, NullsOrder, SortOrder

_DESCENDING = 1
_NULLS_FIRST = 2
DEFAULT_COLLATION = 100
"""OID of pg_catalog."default", fixed since PostgreSQL 9.1 (pg_collation.dat)."""


class IndexAssembler:
    """Builds the indexes of one table at a time, from rows grouped once."""

    def __init__(self, lookup: Lookup) -> None:
        rows = lookup.rows
        self._lookup = lookup
        self._rows = grouped(rows.indexes, lambda row: row.relation_oid)
        self._nulls_not_distinct = {row.index_oid for row in rows.index_nulls_not_distinct}
        self._key_options = {(row.index_oid, row.position): row for row in rows.index_key_options}
        self._collations = {(row.relation_oid, row.attnum): row.key_collation_oid for row in rows.columns}

    def of_table(self, relation_oid: int) -> tuple[Index, ...]:
        """Return the table's indexes by name."""
        built = self._lookup.built(
            self._rows.get(relation_oid, ()), self._index, lambda row: self._lookup.place(relation_oid, name=row.name)
        )
        return by_name(built)

    def _index(self, row: IndexRow) -> Index:
        if row.definition is None or (row.is_partial and row.predicate is None):
            raise object_vanished(f"the index {row.name}")
        return Index(
            name=row.name,
            unique=row.is_unique,
            primary=row.is_primary,
            method=row.method,
            keys=tuple(self._key(row, position) for position in range(row.key_count)),
            include=self._lookup.columns(row.relation_oid, row.key[row.key_count :]),
            predicate=row.predicate,
            nulls_not_distinct=row.index_oid in self._nulls_not_distinct,
            valid=row.is_valid,
            constraint=row.constraint_name,
            parent=qualified(row.parent_schema, row.parent_name),
            clustered=row.clustered,
            replica_identity=row.replica_identity,
            tablespace=row.tablespace,
            parameters=parameters_of(row.parameters) or None,
            definition=row.definition,
            uses=self._lookup.uses("pg_class", row.index_oid),
            comment=self._lookup.comment("pg_class", row.index_oid),
            extension=self._lookup.extension("pg_class", row.index_oid),
        )

    def _key(self, row: IndexRow, position: int) -> IndexKey:
        attnum = row.key[position]
        expression = row.expressions[position] if row.expressions and not attnum else None
        if not attnum and expression is None:
            raise object_vanished(f"the index {row.name}")
        order = nulls = None
        if row.can_order:
            order = SortOrder.DESC if row.options[position] & _DESCENDING else SortOrder.ASC
            nulls = NullsOrder.FIRST if row.options[position] & _NULLS_FIRST else NullsOrder.LAST
        opclass, opclass_default = self._lookup.operator_class(row.operator_classes[position])
        options = self._key_options.get((row.index_oid, position + 1))
        return IndexKey(
            column=self._lookup.column(row.relation_oid, attnum) if attnum > 0 else None,
            expression=expression,
            order=order,
            nulls=nulls,
            opclass=opclass,
            opclass_default=opclass_default,
            opclass_parameters=parameters_of(options.parameters) or None if options else None,
            collation=self._lookup.collation(self._collation(row, position)),
            statistics_target=options.statistics_target if options else None,
        )

    def _collation(self, row: IndexRow, position: int) -> int | None:
        """Return the key's collation where it is not that of its column or, of an expression, the database's."""
        collation = row.collations[position]
        expected = self._collations.get((row.relation_oid, row.key[position]), DEFAULT_COLLATION)
        return None if collation == expected else collation
