"""The newest runs and sweeps of a registry, by the names of their folders: quick where there are thousands."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from datalchemy.cli.hydra import config_folders
from datalchemy.registry.files import read_regular
from datalchemy.registry.layout import MANIFEST, SWEEPS, run_id_in, sweep_id_in

_NEWEST = 50
_MANIFEST_BYTES = 64_000
_USUAL = Path("runs")


class Run(NamedTuple):
    """A run: its id, and what its manifest says of it, as far as that can be read."""

    run_id: str
    database: str
    status: str


def runs_dir(environ: Mapping[str, str]) -> Path | None:
    """Return the folder that the user's files say in plain words; None where they say it by a reference."""
    for folder in config_folders.users(environ):
        for file in (folder / "output" / "default.yaml", folder / f"{config_folders.PRIMARY}.yaml"):
            if not file.is_file():
                continue
            for line in file.read_text(encoding="utf-8").splitlines():
                key, colon, value = line.split(" #")[0].partition(":")
                if colon and key.strip() == "runs_dir":
                    said = value.strip().strip("'\"")
                    return None if "$" in said or not said else Path(said).expanduser()
    return _USUAL


def runs(folder: Path, beginning: str = "") -> list[Run]:
    """Return the newest runs whose ids begin so, newest first."""
    return [_run(folder / name, run_id) for name, run_id in _newest(folder, run_id_in, beginning)]


def sweeps(folder: Path, beginning: str = "") -> list[str]:
    """Return the ids of the newest sweeps that begin so, newest first."""
    return [sweep_id for _, sweep_id in _newest(folder / SWEEPS, sweep_id_in, beginning)]


def _newest(folder: Path, id_in: Callable[[str], str | None], beginning: str) -> Iterator[tuple[str, str]]:
    left = _NEWEST
    for name in sorted(os.listdir(folder) if folder.is_dir() else (), reverse=True):  # noqa: PTH208  # names are enough
        found = id_in(name)
        if found and found.startswith(beginning):
            yield name, found
            left -= 1
        if not left:
            return


def _run(folder: Path, run_id: str) -> Run:
    try:
        manifest: dict[str, Any] = json.loads(read_regular(folder / MANIFEST, at_most=_MANIFEST_BYTES))
        database = manifest.get("database") or {}
        return Run(run_id, str(database.get("name") or database.get("dbname") or ""), str(manifest["status"]))
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return Run(run_id, "", "")
