"""The limits of an answer's time and size: from the settings, or from the size of the catalogs."""

import math
from dataclasses import dataclass, replace

from datalchemy.adapters.base import ConnectionTarget

_LEAST_IDLE_SECONDS = 60.0  # while we process a large answer, the server sees an idle transaction
_LEAST_BYTES = 8_000_000
_MOST_BYTES = 4_000_000_000
_BYTES_A_CATALOG_BYTE = 4  # an answer joins catalogs, spells names out, and the server keeps long texts compressed
_LEAST_ROWS = 10_000
_CATALOG_BYTES_A_ROW = 16  # half of the smallest row of a catalog


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The bounds of one capture.

    Attributes:
        server_timeouts: the timeouts for the server, in milliseconds as text.
        answer_seconds: from a query to the end of its answer; infinite where the server has no limit either.
        max_rows: of one answer.
        max_bytes: of one answer, with everything that the server sends meanwhile.
    """

    server_timeouts: dict[str, str]
    answer_seconds: float
    max_rows: int
    max_bytes: int
    foresees_rows: bool
    foresees_bytes: bool

    @classmethod
    def of(cls, target: ConnectionTarget) -> "Bounds":
        """Return the bounds until the size of the catalogs is known."""
        statement = target.statement_timeout_seconds
        return cls(
            server_timeouts={
                "statement_timeout": _milliseconds(statement),
                "lock_timeout": _milliseconds(target.lock_timeout_seconds),
                "idle_timeout": _milliseconds(max(statement, _LEAST_IDLE_SECONDS) if statement else 0),
            },
            answer_seconds=statement + target.read_timeout_seconds if statement else math.inf,
            max_rows=_LEAST_ROWS if target.max_rows is None else target.max_rows,
            max_bytes=_LEAST_BYTES if target.max_bytes is None else target.max_bytes,
            foresees_rows=target.max_rows is None,
            foresees_bytes=target.max_bytes is None,
        )

    def foreseen(self, catalog_bytes: int) -> "Bounds":
        """Return the bounds for a database whose catalogs have that size; the settings have precedence."""
        rows = _LEAST_ROWS + catalog_bytes // _CATALOG_BYTES_A_ROW
        size = min(_LEAST_BYTES + catalog_bytes * _BYTES_A_CATALOG_BYTE, _MOST_BYTES)
        return replace(
            self,
            max_rows=rows if self.foresees_rows else self.max_rows,
            max_bytes=size if self.foresees_bytes else self.max_bytes,
        )


def _milliseconds(seconds: float) -> str:
    # Rounded up: 0 would mean no limit. The server's settings are 32-bit integers.
    return str(math.ceil(min(seconds * 1000, 2**31 - 1)))
