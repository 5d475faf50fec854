"""The runs of a registry, as their folders tell."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from datalchemy.core.base import FrozenModel
from datalchemy.core.errors import RegistryError
from datalchemy.registry.files import guarded
from datalchemy.registry.layout import MANIFEST, run_id_in, started_at_in
from datalchemy.registry.liveness import was_cut_off
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import Captured, Moment, RunFailure, RunStatus, read_manifest

_STARTING_SECONDS = 60.0


class RunSummary(FrozenModel):
    """One run of the registry. `problem` says why its manifest cannot be taken at its word, when that is so."""

    run_id: str
    path: Path
    status: RunStatus
    exit_code: int | None = None
    error: RunFailure | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    duration_seconds: float | None = None
    captured: Captured | None = None
    problem: str | None = None


def runs(runs_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> Iterator[RunSummary]:
    """Yield the runs of a registry, oldest first. Nothing when the folder is not there yet.

    A run that is `running` by its manifest but whose process is gone counts as interrupted, and so does a folder that
    has no manifest after a minute: a run writes one right after it has made its folder.

    Raises:
        RegistryError: the folder cannot be read.
    """
    if not runs_dir.exists():
        return
    with guarded("read", runs_dir):
        folders = sorted(entry for entry in runs_dir.iterdir() if entry.is_dir())
    for folder in folders:
        run_id = run_id_in(folder.name)
        if (folder / MANIFEST).exists():
            yield _summary(folder, run_id or folder.name)
        elif run_id:
            yield _without_manifest(folder, run_id, clock())


def _without_manifest(folder: Path, run_id: str, now: datetime) -> RunSummary:
    with guarded("read", folder):
        age_seconds = now.timestamp() - folder.stat().st_mtime
    young = age_seconds < _STARTING_SECONDS
    return RunSummary(
        run_id=run_id,
        path=folder,
        status=RunStatus.RUNNING if young else RunStatus.INTERRUPTED,
        started_at=started_at_in(folder.name),
        problem=f"there is no {MANIFEST} yet" if young else f"the run left no {MANIFEST}",
    )


def _summary(folder: Path, run_id: str) -> RunSummary:
    try:
        manifest = read_manifest(folder)
    except RegistryError as error:
        return RunSummary(
            run_id=run_id,
            path=folder,
            status=RunStatus.FAILED,
            started_at=started_at_in(folder.name),
            problem=error.message,
        )
    cut_off = was_cut_off(manifest)
    return RunSummary(
        run_id=manifest.run_id,
        path=folder,
        status=RunStatus.INTERRUPTED if cut_off else manifest.status,
        exit_code=manifest.exit_code,
        error=manifest.error,
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        duration_seconds=manifest.duration_seconds,
        captured=manifest.captured,
        problem="its process ended without a word" if cut_off else None,
    )
