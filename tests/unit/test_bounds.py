"""How long a capture waits and how much it takes in."""

import math
from typing import Any, NamedTuple

import pytest

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.bounds import Bounds
from datalchemy.adapters.postgres.rows.fit import misfit
from datalchemy.deadline import NO_DEADLINE, Deadline


class _Row(NamedTuple):
    oid: int
    name: str
    size: float
    flag: bool
    note: str | None
    keys: list[int]
    options: list[str | None] | None


_GOOD = _Row(1, "a", 1.0, True, None, [1, 2], None)


def test_rows_that_fit() -> None:
    """Rows whose values are of their fields' types, nulls where they may be, have no misfit."""
    assert misfit([_GOOD, _GOOD._replace(note="n", options=["a", None], keys=[])], _Row) is None
    assert misfit([("anything",)], tuple) is None
    assert misfit([], _Row) is None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"oid": None}, "the column oid is null where int is expected"),
        ({"oid": "1"}, "the column oid is str where int is expected"),
        ({"oid": True}, "the column oid is bool where int is expected"),
        ({"name": 1}, "the column name is int where str is expected"),
        ({"size": 1}, "the column size is int where float is expected"),
        ({"flag": None}, "the column flag is null where bool is expected"),
        ({"note": b"n"}, "the column note is bytes where str is expected"),
        ({"keys": None}, "the column keys is null where list is expected"),
        ({"keys": [1, "2"]}, "the column keys has an element of a wrong type"),
        ({"options": "{a}"}, "the column options is str where list is expected"),
    ],
)
def test_rows_that_do_not(change: dict[str, Any], found: str) -> None:
    """The first value of another type, or a null where none may be, is named by its column and never shown."""
    assert misfit([_GOOD, _GOOD._replace(**change)], _Row) == found


def test_an_answer_may_take_what_the_server_may_take_and_a_little() -> None:
    """A query is waited for as long as the server may run it, and read_timeout_seconds more."""
    bounds = Bounds.of(ConnectionTarget(statement_timeout_seconds=5, read_timeout_seconds=2))
    assert bounds.answer_seconds == 7
    assert bounds.server_timeouts["statement_timeout"] == "5000"
    unlimited = Bounds.of(ConnectionTarget(statement_timeout_seconds=0))
    assert unlimited.answer_seconds == math.inf
    assert unlimited.server_timeouts["statement_timeout"] == "0"


def test_amounts_grow_with_the_catalogs() -> None:
    """What is foreseen grows with the size of the catalogs, up to a bound that no server can talk us out of."""
    small = Bounds.of(ConnectionTarget())
    large = small.foreseen(500_000_000)
    assert small.max_rows < large.max_rows
    assert small.max_bytes < large.max_bytes < 4_000_000_001
    assert small.foreseen(10**18).max_bytes == 4_000_000_000


def test_what_the_settings_say_stays() -> None:
    """db.max_rows and db.max_bytes hold, whatever the server says of its size."""
    bounds = Bounds.of(ConnectionTarget(max_rows=7, max_bytes=70)).foreseen(10**9)
    assert (bounds.max_rows, bounds.max_bytes) == (7, 70)
    half = Bounds.of(ConnectionTarget(max_rows=7)).foreseen(10**9)
    assert half.max_rows == 7
    assert half.max_bytes > 70


def test_a_deadline_passes() -> None:
    """A deadline counts down on its clock to 0, and no further; 0 seconds mean that there is none."""
    now = [100.0]
    deadline = Deadline.after(5, clock=lambda: now[0])
    assert deadline.left == 5
    now[0] = 104.0
    assert deadline.left == 1
    now[0] = 200.0
    assert deadline.left == 0
    assert Deadline.after(0).left == NO_DEADLINE.left == math.inf
