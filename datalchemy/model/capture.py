"""What an adapter brings back: the structure, and what was noticed on the way."""

from dataclasses import dataclass

from datalchemy.model.base import FrozenModel, SchemaName
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.schema import DatabaseSchema


class TableEstimate(FrozenModel):
    """A table's size as the planner knows it; `rows` and `pages` are None where it was never analysed.

    `populated` is None but for materialized views: False for one that was never refreshed.
    """

    schema_name: SchemaName
    table: str
    rows: int | None
    pages: int | None
    populated: bool | None = None


class QueryTiming(FrozenModel):
    """One catalog query: its name, the rows it gave, and how long it took until the last of them."""

    query: str
    rows: int
    seconds: float


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
