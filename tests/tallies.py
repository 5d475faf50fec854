"""How much a suite tried, said at the end of the session, whichever worker tried it."""

import json
import os
import secrets
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "DATALCHEMY_TALLIES"


@contextmanager
def collected() -> Iterator[None]:
    """Make the folder that this process and its workers leave their tallies in; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="datalchemy-tallies-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]


def leave(what: str, counts: Mapping[str, int]) -> None:
    """Add to what is told of `what`: how often each thing was tried."""
    folder = os.environ.get(VARIABLE)
    if folder:
        (Path(folder) / secrets.token_hex(8)).write_text(json.dumps([what, counts]), encoding="utf-8")


def lines() -> list[str]:
    """Return what was left so far, all workers taken together: `faults: down 1, refused 3 (in all 4)`, sorted."""
    folder = os.environ.get(VARIABLE)
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for file in Path(folder).iterdir() if folder else ():
        what, counts = json.loads(file.read_text(encoding="utf-8"))
        sums[what].update(counts)
    return [_line(what, counts) for what, counts in sorted(sums.items())]


def _line(what: str, counts: Counter[str]) -> str:
    parts = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
    return f"{what}: {parts} (in all {counts.total()})"
