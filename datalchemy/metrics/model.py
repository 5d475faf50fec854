"""metrics.json, as values."""

from typing import Annotated, Literal

from pydantic import Field

from datalchemy.analysis.graph_model import ForeignKeyGraph
from datalchemy.model.base import FrozenModel
from datalchemy.model.capture import QueryTiming, TableEstimate
from datalchemy.model.diagnostics import Diagnostic

METRICS_VERSION: Literal["1.0"] = "1.0"
"""The version of metrics.json: a new minor adds facts, a new major changes or removes some."""

Percent = Annotated[float | None, Field(ge=0, le=100)]
"""Of a hundred, to two decimals; None when there is nothing to count."""


class TableCounts(FrozenModel):
    """Tables by kind; a partition counts as what it is itself."""

    table: int
    partitioned_table: int
    foreign_table: int
    view: int
    materialized_view: int


class ConstraintCounts(FrozenModel):
    """Constraints by kind, those that partitions and children have from their parents included."""

    primary_key: int
    foreign_key: int
    unique: int
    check: int
    not_null: int
    exclude: int


class TypeCounts(FrozenModel):
    """Types that the schemas own, by kind."""

    enum: int
    domain: int
    composite: int
    range: int


class Counts(FrozenModel):
    """How much there is in schema.json. `tables` counts every kind, and `columns` the columns of all of them.

    `partitions` are among the tables; `constraints` are those of tables, not of domains.
    """

    schemas: int
    tables: int
    tables_by_kind: TableCounts
    partitions: int
    columns: int
    constraints: ConstraintCounts
    indexes: int
    types: TypeCounts
    sequences: int
    triggers: int
    policies: int
    rules: int
    statistics: int


class Coverage(FrozenModel):
    """How much of the data is covered by rules.

    Counted over the tables of kind table and partitioned_table, and their columns; a partition whose parent is in the
    file does not count beside it, for its rows are its parent's.
    """

    tables_with_primary_key_percent: Percent
    tables_with_foreign_key_percent: Percent
    columns_not_null_percent: Percent


class Timings(FrozenModel):
    """How long the parts of the run took, in seconds; None for a part that did not take place."""

    provision_seconds: float | None = None
    connect_seconds: float
    read_seconds: float
    assemble_seconds: float
    validate_seconds: float
    graph_seconds: float
    queries: tuple[QueryTiming, ...]


class Metrics(FrozenModel):
    """The whole file."""

    schema_version: Literal["1.0"] = METRICS_VERSION
    engine: str
    counts: Counts
    coverage: Coverage
    estimates: tuple[TableEstimate, ...]
    fk_graph: ForeignKeyGraph
    timings: Timings
    warnings: tuple[Diagnostic, ...]

    def to_json(self) -> bytes:
        """Return the bytes of metrics.json: UTF-8, two spaces of indent, explicit nulls, one final newline."""
        return self.model_dump_json(indent=2).encode() + b"\n"
