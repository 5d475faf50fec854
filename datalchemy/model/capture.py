"""What an adapter brings back: the structure, and what was noticed on the way."""

from dataclasses import dataclass

from pydantic import Field

from datalchemy.model.base import FrozenModel, SchemaName
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import TableReference


class TableEstimate(TableReference):
    """A table's size as the planner knows it; `rows` and `pages` are None where it was never analysed.

    `populated` is None but for materialized views: False for one that was never refreshed.
    """

    schema_name: SchemaName = Field(description="The table's schema.")
    table: str = Field(description="Its name.")
    rows: int | None = Field(description="Its rows as the planner knows them; null when never analysed.")
    pages: int | None = Field(description="Its pages of the server's block size; null when never analysed.")
    populated: bool | None = Field(
        None, description="False for a materialized view that was never refreshed; null for others."
    )


class QueryTiming(FrozenModel):
    """One catalog query: its name, the rows it gave, and how long it took until the last of them."""

    query: str = Field(description="The name of the catalog query.")
    rows: int = Field(description="The rows that it gave.")
    seconds: float = Field(description="Seconds until the last of them.")


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One consistent reading of a catalog."""

    schema: DatabaseSchema
    estimates: tuple[TableEstimate, ...]
    warnings: tuple[Diagnostic, ...]
    queries: tuple[QueryTiming, ...]
    connect_seconds: float
    read_seconds: float
    assemble_seconds: float
