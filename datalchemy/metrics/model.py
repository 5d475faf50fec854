"""metrics.json, as values."""

from typing import Annotated, Literal

from pydantic import Field

from datalchemy.analysis.graph_model import ForeignKeyGraph
from datalchemy.model.base import FrozenModel
from datalchemy.model.capture import QueryTiming, TableEstimate
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.options import CaptureOptions

METRICS_VERSION: Literal["1.1"] = "1.1"
"""The version of metrics.json: a new minor adds facts, a new major changes or removes some."""

_Count = Annotated[int, Field(ge=0)]
_Seconds = Annotated[float, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)] | None
"""Of a hundred, to two decimals; None when there is nothing to count."""


class TableCounts(FrozenModel):
    """Tables by kind; a partition counts as what it is itself."""

    table: _Count = Field(description="Ordinary tables.")
    partitioned_table: _Count = Field(description="Partitioned tables.")
    foreign_table: _Count = Field(description="Foreign tables.")
    view: _Count = Field(description="Views.")
    materialized_view: _Count = Field(description="Materialized views.")


class ConstraintCounts(FrozenModel):
    """Constraints by kind, those that partitions and children have from their parents included."""

    primary_key: _Count = Field(description="PRIMARY KEY.")
    foreign_key: _Count = Field(description="FOREIGN KEY.")
    unique: _Count = Field(description="UNIQUE.")
    check: _Count = Field(description="CHECK.")
    not_null: _Count = Field(description="NOT NULL, where the server names it.")
    exclude: _Count = Field(description="EXCLUDE.")


class TypeCounts(FrozenModel):
    """Types that the schemas own, by kind."""

    enum: _Count = Field(description="Enums.")
    domain: _Count = Field(description="Domains.")
    composite: _Count = Field(description="Composite types.")
    range: _Count = Field(description="Range types.")


class Counts(FrozenModel):
    """How much there is in schema.json. `tables` counts every kind, and `columns` the columns of all of them.

    `partitions` are among the tables; `constraints` are those of tables, not of domains.
    """

    schemas: _Count = Field(description="Schemas.")
    tables: _Count = Field(description="Tables of every kind.")
    tables_by_kind: TableCounts = Field(description="Tables by kind.")
    partitions: _Count = Field(description="Tables that are partitions.")
    columns: _Count = Field(description="Columns of all tables.")
    constraints: ConstraintCounts = Field(description="Constraints of tables by kind.")
    indexes: _Count = Field(description="Indexes.")
    types: TypeCounts = Field(description="Types by kind.")
    sequences: _Count = Field(description="Sequences.")
    triggers: _Count = Field(description="Triggers.")
    policies: _Count = Field(description="Row level security policies.")
    rules: _Count = Field(description="Rewrite rules.")
    statistics: _Count = Field(description="Extended statistics.")
    functions: _Count = Field(description="Functions of every kind that no extension owns.")
    extensions: _Count = Field(description="Extensions of the database, whatever the filter.")


class Coverage(FrozenModel):
    """How much of the data is covered by rules.

    Counted over the tables of kind table and partitioned_table, and their columns; a partition whose parent is in the
    file does not count beside it, for its rows are its parent's.
    """

    tables_with_primary_key_percent: Percent = Field(
        description="Tables with a primary key, of a hundred, to two decimals; null without tables."
    )
    tables_with_foreign_key_percent: Percent = Field(
        description="Tables with a foreign key, of a hundred, to two decimals; null without tables."
    )
    columns_not_null_percent: Percent = Field(
        description="Columns that cannot be NULL, of a hundred, to two decimals; null without columns."
    )


class Timings(FrozenModel):
    """How long the parts of the run took, in seconds; None for a part that did not take place."""

    provision_seconds: _Seconds | None = Field(None, description="Starting a throwaway server; null when none was.")
    connect_seconds: _Seconds = Field(description="Connecting, with its attempts.")
    read_seconds: _Seconds = Field(description="Reading the catalog.")
    assemble_seconds: _Seconds = Field(description="Making the structure of what was read.")
    validate_seconds: _Seconds = Field(description="Checking it.")
    graph_seconds: _Seconds = Field(description="Making the graph of foreign keys.")
    queries: tuple[QueryTiming, ...] = Field(description="Each catalog query, in the order of their ends.")


class Metrics(FrozenModel):
    """The whole file."""

    schema_version: Literal["1.1"] = Field(METRICS_VERSION, description="The version of this file's contract.")
    engine: str = Field(description="The engine, such as `postgres`.")
    capture: CaptureOptions = Field(description="What was captured on demand.")
    counts: Counts = Field(description="How much there is in schema.json.")
    coverage: Coverage = Field(description="How much of the data is covered by rules.")
    estimates: tuple[TableEstimate, ...] = Field(
        description="The size of each table as the planner knows it, by schema and table."
    )
    fk_graph: ForeignKeyGraph = Field(
        description="The graph of foreign keys, and the order in which tables can be filled."
    )
    timings: Timings = Field(description="How long each part took, in seconds.")
    warnings: tuple[Diagnostic, ...] = Field(description="What was noticed; docs/warnings.md explains each code.")

    def to_json(self) -> bytes:
        """Return the bytes of metrics.json: UTF-8, two spaces of indent, explicit nulls, one final newline."""
        return self.model_dump_json(indent=2).encode() + b"\n"
