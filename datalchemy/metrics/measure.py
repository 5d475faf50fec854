"""Schema, graph and timings in, metrics out."""

from collections import Counter
from collections.abc import Sequence

from datalchemy.analysis.graph_model import ForeignKeyGraph
from datalchemy.metrics.model import (
    ConstraintCounts,
    Counts,
    Coverage,
    Metrics,
    TableCounts,
    Timings,
    TypeCounts,
)
from datalchemy.model.capture import TableEstimate
from datalchemy.model.constraints import ForeignKey, PrimaryKey
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import Table, TableKind

_COVERED_KINDS = frozenset({TableKind.TABLE, TableKind.PARTITIONED_TABLE})


def measure(
    schema: DatabaseSchema,
    graph: ForeignKeyGraph,
    *,
    estimates: Sequence[TableEstimate],
    timings: Timings,
    warnings: Sequence[Diagnostic],
    options: CaptureOptions = DEFAULT_CAPTURE,
) -> Metrics:
    """Return the metrics of one run; the estimates by (schema, table), the warnings in the order given."""
    return Metrics(
        engine=schema.engine,
        capture=options,
        counts=_counts(schema),
        coverage=_coverage(schema.schemas),
        estimates=tuple(sorted(estimates, key=lambda one: (one.schema_name, one.table))),
        fk_graph=graph,
        timings=timings,
        warnings=tuple(warnings),
    )


def _counts(whole: DatabaseSchema) -> Counts:
    schemas = whole.schemas
    tables = [table for schema in schemas for table in schema.tables]
    kinds: Counter[str] = Counter(table.kind for table in tables)
    constraints: Counter[str] = Counter(constraint.kind for table in tables for constraint in table.constraints)
    return Counts(
        schemas=len(schemas),
        tables=len(tables),
        tables_by_kind=TableCounts.model_validate({kind: kinds[kind] for kind in TableCounts.model_fields}),
        partitions=sum(table.partition_of is not None for table in tables),
        columns=sum(len(table.columns) for table in tables),
        constraints=ConstraintCounts.model_validate(
            {kind: constraints[kind] for kind in ConstraintCounts.model_fields}
        ),
        indexes=sum(len(table.indexes) for table in tables),
        types=TypeCounts(
            enum=sum(len(schema.enums) for schema in schemas),
            domain=sum(len(schema.domains) for schema in schemas),
            composite=sum(len(schema.composites) for schema in schemas),
            range=sum(len(schema.ranges) for schema in schemas),
        ),
        sequences=sum(len(schema.sequences) for schema in schemas),
        triggers=sum(len(table.triggers) for table in tables),
        policies=sum(len(table.policies) for table in tables),
        rules=sum(len(table.rules) for table in tables),
        statistics=sum(len(table.statistics) for table in tables),
        functions=sum(len(schema.functions) for schema in schemas),
        extensions=len(whole.extensions),
    )


def _coverage(schemas: Sequence[Schema]) -> Coverage:
    covered = _covered_tables(schemas)
    columns = [column for table in covered for column in table.columns]
    return Coverage(
        tables_with_primary_key_percent=_percent(sum(_has(table, PrimaryKey) for table in covered), len(covered)),
        tables_with_foreign_key_percent=_percent(sum(_has(table, ForeignKey) for table in covered), len(covered)),
        columns_not_null_percent=_percent(sum(not column.nullable for column in columns), len(columns)),
    )


def _covered_tables(schemas: Sequence[Schema]) -> list[Table]:
    names = {(schema.name, table.name) for schema in schemas for table in schema.tables}
    return [
        table
        for schema in schemas
        for table in schema.tables
        if table.kind in _COVERED_KINDS
        and (table.partition_of is None or (table.partition_of.schema_name, table.partition_of.table) not in names)
    ]


def _has(table: Table, kind: type[PrimaryKey | ForeignKey]) -> bool:
    return any(isinstance(constraint, kind) for constraint in table.constraints)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
