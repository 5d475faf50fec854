"""Schemas of real applications, where they are at hand: measuring sticks that nobody here wrote.

The folder is the one that DATALCHEMY_CORPUS names, else `shared/corpus` beside the checkout: `schemas/NAME.sql` are
dumps, `oracle.py` counts by plain SQL on the catalogs, `oracle/MAJOR/NAME.json` are its committed counts.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from datalchemy.environment import child_environment
from tests.servers import Server, tools

VARIABLE = "DATALCHEMY_CORPUS"
_BESIDE = Path(__file__).parents[3] / "shared" / "corpus"
_BIG = frozenset({"chado", "nodrop15", "nodrop18", "postgraphile", "regression15", "regression18"})
_COUNTED_MAJORS = (15, 18)


def corpus_folder() -> Path | None:
    """Return where the corpus lies; None when there is none. A variable that names nothing is an error."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else _BESIDE
    if (folder / "schemas").is_dir():
        return folder
    if named:
        raise FileNotFoundError(f"{VARIABLE} names {named}, which holds no schemas")
    return None


def each_corpus_schema() -> pytest.MarkDecorator:
    """Parametrize the fixture `structure` with the path of each dump; without the corpus the test is skipped."""
    folder = corpus_folder()
    if folder is None:
        absent = pytest.mark.skip(reason=f"the corpus is not here: set {VARIABLE}")
        return pytest.mark.parametrize("structure", [pytest.param(Path(), id="absent", marks=absent)], indirect=True)
    # The big ones first: the workers then end together.
    paths = sorted((folder / "schemas").glob("*.sql"), key=lambda path: (path.stem not in _BIG, path.stem))
    params = [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in _BIG else []) for path in paths]
    return pytest.mark.parametrize("structure", params, indirect=True)


def skip_the_biggest(name: str, server: Server) -> None:
    """Skip the test where the schema is one of the biggest, on a major that the oracle did not count."""
    if name in _BIG and server.kind == "matrix" and server.major not in _COUNTED_MAJORS:
        pytest.skip("the biggest are tried on the default server, and on the majors that the oracle counted")


def load_what_loads(url: str, source: Path | str) -> str:
    """Load a dump's file, or text, without stopping at errors; return what psql complained about."""
    file = ["-f", str(source)] if isinstance(source, Path) else ["-f", "-"]
    done = subprocess.run(
        [str(tools().psql), "-Xq", "-d", url, "-o", os.devnull, *file],
        input="" if isinstance(source, Path) else source,
        env={**child_environment(os.environ), "PGCLIENTENCODING": "UTF8", "PGOPTIONS": "-c client_min_messages=error"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode in (0, 3), f"psql failed:\n{done.stderr.strip()}"
    return done.stderr


def committed_counts(name: str, server: Server) -> dict[str, Any] | None:
    """Return the oracle's committed counts, where they were taken on a server like this one: with contrib."""
    path = (corpus_folder() or _BESIDE) / "oracle" / str(server.major) / f"{name}.json"
    if server.kind != "matrix" or not path.is_file():
        return None
    counts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return counts


def live_counts(url: str) -> dict[str, Any]:
    """Let the oracle count in the database at `url`, with its own SQL; it gets our driver under the name of its own."""

    def connect(**_: object) -> psycopg.Connection[Any]:
        return psycopg.connect(url)

    driver = ModuleType("psycopg2")
    driver.connect = connect  # type: ignore[attr-defined]  # a stand-in with the one name that is used
    depth = sys.getrecursionlimit()
    with (
        patch.dict(sys.modules, psycopg2=driver),
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, ORACLE_OUT=folder),
        warnings.catch_warnings(action="ignore", category=ResourceWarning),  # it leaves a file open
    ):
        oracle = runpy.run_path(str((corpus_folder() or _BESIDE) / "oracle.py"), run_name="oracle")
        counts: dict[str, Any] = oracle["run"](None, None, "counts")
    sys.setrecursionlimit(depth)
    return counts
