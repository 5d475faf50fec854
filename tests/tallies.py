"""How much a suite tried, said at the end of the session, whichever worker tried it."""

import os
import secrets
import tempfile
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
    """Leave a line such as `faults: down 1, refused 3 (in all 4)`."""
    parts = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
    folder = os.environ.get(VARIABLE)
    if folder:
        line = f"{what}: {parts} (in all {sum(counts.values())})"
        (Path(folder) / secrets.token_hex(8)).write_text(line, encoding="utf-8")


def lines() -> list[str]:
    """Return what was left so far, sorted."""
    folder = os.environ.get(VARIABLE)
    return sorted(file.read_text(encoding="utf-8") for file in Path(folder).iterdir()) if folder else []
