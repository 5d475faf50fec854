"""Statements for keys, foreign keys, indexes and their settings."""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl.given import REFUSED, given
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.text import keywords, names, qualified_name, with_parameters
from datalchemy.analysis.graph import TableKey
from datalchemy.model.constraints import Exclude, ForeignKey, Match, PrimaryKey, ReferentialAction, Unique
from datalchemy.model.table import Index, Statistics, Table, TableKind
from datalchemy.text import quoted

_REPLICATED = frozenset({TableKind.TABLE, TableKind.PARTITIONED_TABLE, TableKind.MATERIALIZED_VIEW})


def keys(schema: str, table: Table) -> Iterator[str]:
    """Yield what adds the PRIMARY KEY, UNIQUE and EXCLUDE constraints, with their indexes."""
    indexes = {index.constraint: index for index in table.indexes if index.constraint is not None}
    for one in table.constraints:
        if isinstance(one, PrimaryKey | Unique | Exclude):
            definition = given(one.definition) if isinstance(one, Exclude) else _key(one, indexes.get(one.name))
            name = quoted(one.name)
            yield f"ALTER TABLE ONLY {quoted(schema, table.name)} ADD CONSTRAINT {name} {definition}"


def indexes(schema: str, table: Table) -> Iterator[str]:
    """Yield what creates the indexes that serve no constraint."""
    for index in table.indexes:
        if index.constraint is None and is_created(table, index):
            yield _index(schema, table, index)


def is_created(table: Table, index: Index) -> bool:
    """Return whether an index is rendered: the remains of a failed CREATE INDEX CONCURRENTLY are not."""
    return index.extension is None and (index.valid or table.kind is TableKind.PARTITIONED_TABLE)


def attached_indexes(schema: str, table: Table, source: Source) -> Iterator[str]:
    """Yield what makes indexes of a partition parts of those of its parent."""
    attached = source.partition_parent(table)
    if attached is None:
        return
    known = {index.name for index in attached[1].indexes}
    for index in table.indexes:
        if index.parent is not None and index.parent.name in known and is_created(table, index):
            child = quoted(schema, index.name)
            yield f"ALTER INDEX {qualified_name(index.parent)} ATTACH PARTITION {child}"


def index_settings(schema: str, table: Table) -> Iterator[str]:
    """Yield statistics targets of expressions, CLUSTER and REPLICA IDENTITY."""
    name = quoted(schema, table.name)
    for index in table.indexes:
        if not is_created(table, index):
            continue
        for position, key in enumerate(index.keys, 1):
            if key.statistics_target is not None:
                target = f"ALTER COLUMN {position} SET STATISTICS {key.statistics_target}"
                yield f"ALTER INDEX {quoted(schema, index.name)} {target}"
        if index.clustered:
            what = "MATERIALIZED VIEW" if table.kind is TableKind.MATERIALIZED_VIEW else "TABLE"
            yield f"ALTER {what} {name} CLUSTER ON {quoted(index.name)}"
        if index.replica_identity:
            yield f"ALTER TABLE ONLY {name} REPLICA IDENTITY USING INDEX {quoted(index.name)}"
    if table.kind in _REPLICATED and table.replica_identity in {"full", "nothing"}:
        yield f"ALTER TABLE ONLY {name} REPLICA IDENTITY {table.replica_identity.upper()}"


def foreign_keys(schema: str, table: Table, source: Source) -> Iterator[tuple[tuple[str, Table | None], str]]:
    """Yield what adds each foreign key to a table of the file, after (schema, table) of that table.

    That table is None where an extension brings it. Copies come with the partitioned table's own.
    """
    only = "" if table.kind is TableKind.PARTITIONED_TABLE else "ONLY "
    for one in table.constraints:
        if not isinstance(one, ForeignKey) or is_copy(one, table, source):
            continue
        if source.has(one.ref_schema, one.ref_table):
            name = f"{only}{quoted(schema, table.name)}"
            referenced = source.tables.get(TableKey(one.ref_schema, one.ref_table))
            statement = f"ALTER TABLE {name} ADD CONSTRAINT {quoted(one.name)} {_foreign_key(one)}"
            yield (one.ref_schema, referenced), statement


def is_copy(one: ForeignKey, table: Table, source: Source) -> bool:
    """Return whether the FK comes down from a rendered partitioned table."""
    return one.inherited and not one.local and source.partition_parent(table) is not None


def statistics(schema: str, table: Table) -> Iterator[str]:
    """Yield what creates the extended statistics objects on the table."""
    for one in table.statistics:
        yield _statistics(schema, table, one)
        if one.statistics_target is not None:
            yield f"ALTER STATISTICS {quoted(one.schema_name, one.name)} SET STATISTICS {one.statistics_target}"


def row_security(schema: str, table: Table) -> Iterator[str]:
    """Yield what turns row-level security on."""
    if table.row_security_enabled:
        yield f"ALTER TABLE {quoted(schema, table.name)} ENABLE ROW LEVEL SECURITY"
    if table.row_security_forced:
        yield f"ALTER TABLE ONLY {quoted(schema, table.name)} FORCE ROW LEVEL SECURITY"


def _index(schema: str, table: Table, index: Index) -> str:
    """Return the server's definition if it creates an index of this name, and nothing else."""
    create = "CREATE UNIQUE INDEX" if index.unique else "CREATE INDEX"
    heads = tuple(f"{create} {name} ON " for name in (index.name, quoted(index.name)))
    if index.definition.startswith(heads) and (definition := given(index.definition)) != REFUSED:
        return definition
    return f"{create} {quoted(index.name)} ON {quoted(schema, table.name)} {REFUSED}"


def _key(one: PrimaryKey | Unique, index: Index | None) -> str:
    columns = [quoted(column) for column in one.columns]
    if one.without_overlaps:
        columns[-1] += " WITHOUT OVERLAPS"
    kind = "PRIMARY KEY" if isinstance(one, PrimaryKey) else "UNIQUE"
    if isinstance(one, Unique) and one.nulls_not_distinct:
        kind += " NULLS NOT DISTINCT"
    include = f" INCLUDE {names(one.include)}" if one.include else ""
    parameters = with_parameters(None if index is None else index.parameters)
    return f"{kind} ({', '.join(columns)}){include}{parameters}{_deferrable(one)}"


def _foreign_key(one: ForeignKey) -> str:
    written = f"FOREIGN KEY {_ends(one.columns, one.period)} REFERENCES {quoted(one.ref_schema, one.ref_table)}"
    written += _ends(one.ref_columns, one.period)
    if one.match is not Match.SIMPLE:
        written += f" MATCH {keywords(one.match)}"
    if one.on_update is not ReferentialAction.NO_ACTION:
        written += f" ON UPDATE {keywords(one.on_update)}"
    if one.on_delete is not ReferentialAction.NO_ACTION:
        written += f" ON DELETE {keywords(one.on_delete)}"
        if one.on_delete_columns:
            written += f" {names(one.on_delete_columns)}"
    written += _deferrable(one)
    if not one.enforced:
        return f"{written} NOT ENFORCED"
    return written if one.validated else f"{written} NOT VALID"


def _ends(columns: tuple[str, ...], period: bool) -> str:
    written = [quoted(column) for column in columns]
    if period:
        written[-1] = f"PERIOD {written[-1]}"
    return f"({', '.join(written)})"


def _deferrable(one: PrimaryKey | Unique | ForeignKey) -> str:
    if one.initially_deferred:
        return " DEFERRABLE INITIALLY DEFERRED"
    return " DEFERRABLE" if one.deferrable else ""


def _statistics(schema: str, table: Table, one: Statistics) -> str:
    kinds = [given(kind) for kind in one.kinds if kind != "expressions"]
    listed = f" ({', '.join(kinds)})" if kinds else ""
    on = [quoted(column) for column in one.columns] + [f"({given(expression)})" for expression in one.expressions]
    written = f"CREATE STATISTICS {quoted(one.schema_name, one.name)}{listed} ON {', '.join(on)}"
    return f"{written} FROM {quoted(schema, table.name)}"
