"""Every artefact that a test leaves behind is checked against its shipped contract: a plugin of pytest.

After each test, the folders that `tmp_path_factory` made are searched for runs and sweeps, whoever wrote them: this
process, a child, another worker. A test that invents what stands in an artefact says in which:
`@pytest.mark.invented_artefacts("config.json")`.
"""

import hashlib
import json
import os
from collections.abc import Generator, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from datalchemy.model.json_schema import shipped_text
from datalchemy.registry import layout

_CONTRACTS = {
    layout.SCHEMA: "schema",
    layout.METRICS: "metrics",
    layout.CONFIG: "config",
    layout.MANIFEST: "manifest",
    layout.SUMMARY: "sweep",
    layout.LOGS: "log",
}
_NOT_SEARCHED = {"PG_VERSION", "pyvenv.cfg"}  # a cluster, an environment: thousands of files, none of ours
_MOST_ENTRIES = 300
"""So many entries of one list are checked: those of a ring of thousands of tables are all alike, and take a minute."""
_KEPT: set[bytes] = set()
"""The digests of contents that were found to keep their contract."""
_CHECKED = pytest.StashKey["_Checked"]()


class _Checked:
    """The folders that tests made, and the files in them that were looked at: path, size, time of change."""

    def __init__(self, config: pytest.Config) -> None:
        self.folders: list[Path] = []
        self.seen: set[tuple[str, int, int]] = set()
        factory = config._tmp_path_factory  # type: ignore[attr-defined]  # no hook is called when it makes a folder
        make = factory.mktemp

        def mktemp(*args: Any, **options: Any) -> Path:
            made: Path = make(*args, **options)
            self.folders.append(made)
            return made

        factory.mktemp = mktemp


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and follow which folders are made."""
    config.addinivalue_line("markers", "invented_artefacts(names): files that the test fills with what no run writes")
    config.stash[_CHECKED] = _Checked(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Fail a test that leaves an artefact which breaks its contract."""
    checked = item.config.stash[_CHECKED]
    invented = {name for marker in item.iter_markers("invented_artefacts") for name in marker.args}
    found = _new_faults(checked, invented)
    own = getattr(item, "funcargs", {}).get("tmp_path")
    checked.folders = [folder for folder in checked.folders if folder != own]
    yield
    if found:
        pytest.fail("artefacts that break their contract:\n" + "\n".join(found), pytrace=False)


def _new_faults(checked: _Checked, invented: set[str]) -> list[str]:
    found = []
    for file in artefacts(checked.folders):
        stat = file.stat()
        state = (str(file), stat.st_size, stat.st_mtime_ns)
        if state not in checked.seen and file.name not in invented:
            found += [f"{file}: {fault}" for fault in breaches(file)]
        checked.seen.add(state)
    return found


def artefacts(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the artefacts of runs and sweeps below the folders: regular files, no links."""
    for top in folders:
        for folder, below, names in os.walk(top):
            if _NOT_SEARCHED.intersection(names):
                below.clear()
            elif layout.MANIFEST in names or layout.SUMMARY in names:
                files = (Path(folder, name) for name in names if name in _CONTRACTS)
                yield from (file for file in files if file.is_file() and not file.is_symlink())
            elif Path(folder).name == layout.JOBS:
                yield from (Path(folder, name) for name in names if name.endswith(".json") and name[0] != ".")


def breaches(file: Path) -> list[str]:
    """Return how an artefact breaks its contract, at most three ways; its name says which contract that is."""
    content = file.read_bytes()
    contract = _CONTRACTS.get(file.name, "job")
    try:
        # A killed process may leave half a line at the end of its log, which has no line end.
        values = [json.loads(line) for line in (content.split(b"\n")[:-1] if contract == "log" else [content])]
    except (ValueError, RecursionError) as error:
        return [f"no JSON: {error}"]
    # Runs of one database leave the same bytes again and again, and its structure is the largest of them.
    digest = hashlib.sha256(contract.encode() + b"\0" + content).digest()
    if digest in _KEPT:
        return []
    errors = [error for value in values for error in _validator(contract).iter_errors(thinned(value))]
    if not errors:
        _KEPT.add(digest)
    return [f"{error.json_path}: {error.message:.200}" for error in errors[:3]]


def thinned(value: Any) -> Any:
    """Return a JSON value with the first and the last entries of each list that is too long."""
    if isinstance(value, dict):
        return {key: thinned(one) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    half = _MOST_ENTRIES // 2
    return [thinned(one) for one in (value if len(value) <= _MOST_ENTRIES else value[:half] + value[-half:])]


@cache
def _validator(contract: str) -> jsonschema.Draft202012Validator:
    if contract != "job":
        return jsonschema.Draft202012Validator(json.loads(shipped_text(contract)))
    sweep = json.loads(shipped_text("sweep"))
    return jsonschema.Draft202012Validator({"$defs": sweep["$defs"], "$ref": "#/$defs/SweepJob"})
