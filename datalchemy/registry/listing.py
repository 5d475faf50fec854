"""The runs of a registry, as far as their folders can be believed, and the one order in which they come."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import from_json

from datalchemy.errors import RegistryError
from datalchemy.model.base import FrozenModel
from datalchemy.registry.files import read_regular, registry_errors
from datalchemy.registry.layout import CONFIG, MANIFEST, OWN, name_behind, run_id_in, started_at_in
from datalchemy.registry.liveness import is_going_on, is_held
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import (
    MANIFEST_VERSION,
    Captured,
    Database,
    Manifest,
    Moment,
    RunFailure,
    RunStatus,
    read_manifest,
)

_STARTING_SECONDS = 60.0
_LOOKS = 5
_CONFIG_BYTES = 16_000_000
_AHEAD = timedelta(minutes=5)
_APART = timedelta(days=1)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class RunSummary(FrozenModel):
    """One run of the registry.

    Attributes:
        database: which database it is of, as far as that is known.
        started_at: when it started, None when no date is known that can be believed.
        problem: why its folder cannot be taken at its word, when that is so.
        ours: whether the folder proves to be a run of this registry; no other is ever deleted.
    """

    run_id: str
    path: Path
    database: Database = Database()
    status: RunStatus
    exit_code: int | None = None
    error: RunFailure | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    duration_seconds: float | None = None
    captured: Captured | None = None
    problem: str | None = None
    ours: bool = True


def age(summary: RunSummary) -> tuple[datetime, datetime, str, str]:
    """Return the key by which runs sort, oldest first: `list`, `latest` and `prune` share it.

    By start, to the microsecond; of runs with one start that which ended later is the newer. A run without a date that
    can be believed is the oldest, so that it is never the newest of anything.
    """
    never = datetime.min.replace(tzinfo=UTC)
    last = datetime.max.replace(tzinfo=UTC)
    ended = summary.finished_at or (last if summary.status is RunStatus.RUNNING else never)
    return (summary.started_at or never, ended, summary.run_id, summary.path.name)


def runs(runs_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> Iterator[RunSummary]:
    """Yield the runs of a registry, oldest first (see `age`). Nothing when the folder is not there yet.

    A run that is `running` by its manifest but does not go on counts as interrupted, and so does a folder that has no
    manifest after a minute: a run writes one right after it has made its folder. A folder with the name of a run that
    is a link, or whose manifest is broken, newer or another run's, is listed as unreadable. What has no such name and
    no manifest of ours is passed over.

    Raises:
        RegistryError: the registry's folder cannot be read.
    """
    if not runs_dir.exists():
        return
    with registry_errors("read", runs_dir):
        entries = list(runs_dir.iterdir())
    now = clock()
    found = (summarise(entry, now=now) for entry in entries)
    yield from sorted((each for each in found if each is not None), key=age)


def summarise(folder: Path, *, now: datetime) -> RunSummary | None:
    """Return the summary of a folder of the registry; None when it is no run, or no longer exists."""
    run_id = run_id_in(folder.name)
    if folder.is_symlink():
        return _unreadable(folder, run_id, "it is a symbolic link, and links are not followed") if run_id else None
    if not folder.is_dir():
        return None
    for _ in range(_LOOKS):
        try:
            manifest = settled(folder, now=now)
            if manifest is not None:
                return _summary(folder, manifest, now)
            return _without_manifest(folder, run_id, now) if run_id else None
        except (RegistryError, OSError) as error:
            if isinstance(error, FileNotFoundError) or isinstance(error.__cause__, FileNotFoundError):
                continue  # a file was deleted between two looks: look again
            problem = error.message if isinstance(error, RegistryError) else error.strerror or str(error)
            return _unreadable(folder, run_id, problem) if run_id else None
    return None


def settled(folder: Path, *, now: datetime) -> Manifest | None:
    """Return a run's manifest, or None when there is none; one that was cut off is interrupted, and has no end.

    Raises:
        RegistryError: it cannot be read, or is not one.
    """
    if not os.path.lexists(folder / MANIFEST):
        return None
    manifest = read_manifest(folder)
    if manifest.status is RunStatus.RUNNING and not is_going_on(folder, manifest, now=now):
        manifest = read_manifest(folder)  # it may have ended between the two looks
        if manifest.status is RunStatus.RUNNING:
            return manifest.model_copy(update={"status": RunStatus.INTERRUPTED, "finished_at": None})
    return manifest


def _summary(folder: Path, manifest: Manifest, now: datetime) -> RunSummary:
    if manifest.run_id != run_id_in(folder.name):
        return _unreadable(folder, run_id_in(folder.name), f"its {MANIFEST} is that of run {manifest.run_id}")
    cut_off = manifest.status is RunStatus.INTERRUPTED and manifest.finished_at is None
    doubt = _doubt(manifest.started_at, folder, now)
    return RunSummary(
        run_id=manifest.run_id,
        path=folder,
        database=_database(folder, manifest),
        status=manifest.status,
        exit_code=manifest.exit_code,
        error=manifest.error,
        started_at=None if doubt else manifest.started_at,
        finished_at=manifest.finished_at,
        duration_seconds=manifest.duration_seconds,
        captured=manifest.captured,
        problem=doubt or ("its process ended before the run did" if cut_off else None),
    )


def _database(folder: Path, manifest: Manifest) -> Database:
    """Return which database a run is of. Of older versions, config.json says it."""
    database = manifest.database
    if manifest.manifest_version != MANIFEST_VERSION:
        with suppress(RegistryError):
            database = _configured(folder)[2]
    if database.dbname is None and manifest.captured is not None:
        return database.model_copy(update={"dbname": manifest.captured.database})
    return database


def _without_manifest(folder: Path, run_id: str, now: datetime) -> RunSummary | None:
    names = {entry.name for entry in folder.iterdir()}
    if names and not any((name_behind(name) or name) in OWN for name in names):
        return None  # what is left of a run that was deleted: other people's files
    lives = is_held(folder, now=now)
    if lives is None:
        lives = abs(now.timestamp() - folder.stat().st_mtime) < _STARTING_SECONDS
    if lives:
        status, problem = RunStatus.RUNNING, f"there is no {MANIFEST} yet"
    else:
        status, problem = RunStatus.INTERRUPTED, f"the run left no {MANIFEST}"
    started_at, database = started_at_in(folder.name), Database()
    if CONFIG in names:
        named, started_at, database = _configured(folder)
        if named != run_id:
            return _unreadable(folder, run_id, f"it has no {MANIFEST}, and its {CONFIG} is not that of its run")
    doubt = "its name holds no date" if started_at is None else _doubt(started_at, folder, now)
    return RunSummary(
        run_id=run_id,
        path=folder,
        database=database,
        status=status,
        started_at=None if doubt else started_at,
        problem=f"{problem}, and {doubt}" if doubt else problem,
    )


def _configured(folder: Path) -> tuple[str | None, datetime | None, Database]:
    """Return run id, start and database from config.json; None for each that is missing there."""
    with registry_errors("read", folder / CONFIG):
        content = read_regular(folder / CONFIG, at_most=_CONFIG_BYTES)
    try:
        value = from_json(content)
        run_id, started_at = value["run_id"], _MOMENT.validate_python(value["started_at"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None, None, Database()
    try:
        known = {key: value["connection"][key] for key in ("host", "port", "dbname")}
        return run_id, started_at, Database(name=value["settings"]["db"]["name"], **known)
    except (KeyError, TypeError, ValidationError):
        return run_id, started_at, Database()


def _doubt(started_at: datetime, folder: Path, now: datetime) -> str | None:
    """Return why a start cannot be believed, or None."""
    named = started_at_in(folder.name)
    if started_at - now > _AHEAD:
        return f"it is dated in the future ({started_at:%Y-%m-%d %H:%M})"
    if named is None or abs(started_at - named) > _APART:
        return f"its folder's name has another date than its start ({started_at:%Y-%m-%d %H:%M})"
    return None


def _unreadable(folder: Path, run_id: str | None, problem: str) -> RunSummary:
    return RunSummary(
        run_id=run_id or folder.name, path=folder, status=RunStatus.UNREADABLE, problem=problem, ours=False
    )
