"""Which runs and sweeps of a registry can be deleted, and their deletion: only our own files, one by one."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from datalchemy.errors import RegistryError
from datalchemy.registry.files import registry_errors
from datalchemy.registry.layout import (
    ARTEFACTS,
    CONFIG,
    JOBS,
    LEASE,
    MANIFEST,
    OWN,
    OWN_OF_SWEEP,
    SUMMARY,
    SWEEPS,
    is_job_name,
    name_behind,
    run_id_in,
    sweep_id_in,
)
from datalchemy.registry.listing import RunSummary, age, settled, summarise
from datalchemy.registry.liveness import SILENT_SECONDS, is_held
from datalchemy.registry.manifest import Manifest, RunStatus
from datalchemy.registry.sweep_listing import SweepFound, find_sweep_in


def superfluous(
    summaries: Iterable[RunSummary], *, keep: int | None, older_than: timedelta | None, now: datetime
) -> tuple[RunSummary, ...]:
    """Return the runs that can go, oldest first.

    Args:
        summaries: the registry's runs.
        keep: of each database, this many of the newest runs stay, and this many of the newest that succeeded; None
            sets no limit. Only 0 lets the last run of a database go that succeeded.
        older_than: only runs that started longer ago can be deleted; None sets no limit.
        now: the time, with its time zone.

    A run that is going on always stays, and so does what is not proved to be ours or has no date that can be believed.
    Runs that were cut off push out each other alone: they do not count for those that ended.
    """
    going = []
    seen: Counter[tuple[object, ...]] = Counter()
    ended: Counter[tuple[object, ...]] = Counter()
    succeeded: Counter[tuple[object, ...]] = Counter()
    for each in sorted(summaries, key=age, reverse=True):
        if not each.ours or each.started_at is None or each.status is RunStatus.RUNNING:
            continue
        database, good = each.database.identity, each.status is RunStatus.SUCCEEDED
        stays = good and keep != 0 and not succeeded[database]
        if keep is not None:
            newer = seen[database] if each.finished_at is None else ended[database]
            stays = stays or newer < keep or (good and succeeded[database] < keep)
        seen[database] += 1
        ended[database] += each.finished_at is not None
        succeeded[database] += good
        if not stays and (older_than is None or now - each.started_at > older_than):
            going.append(each)
    return tuple(reversed(going))


def superfluous_sweeps(
    found: Iterable[SweepFound],
    gone: Container[Path],
    *,
    keep: int | None,
    older_than: timedelta | None,
    now: datetime,
) -> tuple[SweepFound, ...]:
    """Return the sweeps that can go: those of which no run is left. Their order stays.

    Args:
        found: the registry's sweeps.
        gone: the folders of runs that were deleted, or would be.
        keep: as for runs. A sweep that never had a run goes only with 0, or by its age.
        older_than: only sweeps that started longer ago can go; None sets no limit.
        now: the time, with its time zone.
    """
    return tuple(
        each
        for each in found
        if each.status not in (RunStatus.RUNNING, RunStatus.UNREADABLE)
        and (older_than is None or now - each.started_at > older_than)
        and (keep == 0 or older_than is not None or any(job.run_dir for job in each.jobs))
        and not any(_is_left(path, gone, now) for path in _runs_of(each))
    )


def _runs_of(sweep: SweepFound) -> Iterator[Path]:
    for job in sweep.jobs:
        if job.run_dir is not None:
            yield sweep.path.parent.parent / job.run_dir


def _is_left(path: Path, gone: Container[Path], now: datetime) -> bool:
    return path not in gone and summarise(path, now=now) is not None


def left_alone(summaries: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    """Return the runs that no limit deletes: nothing proves that they are ours, or how old they are."""
    return tuple(each for each in summaries if not each.ours or each.started_at is None)


class Removal(NamedTuple):
    """The result for one run or sweep: whether its files were deleted; `note` says in one line what stays and why."""

    deleted: bool
    note: str | None = None


def remove(path: Path, *, now: datetime, really: bool = True) -> Removal:
    """Delete a run's own files, the manifest last, and its folder when that is empty then.

    Its own are: the files that its manifest names, config.json, logs.ndjson, the lease, what a cut-off write left of
    any of these, and, of a run that was cut off, the artefacts that every run has. Deleting again goes on where it
    ended; what another process deletes meanwhile is no error.

    Args:
        path: the run's folder, which is looked at again.
        now: the time, with its time zone.
        really: False only says what would be done.

    Returns:
        Whether it was deleted. It is left alone as a whole where it is not ours, goes on, or has a link or another
        thing that is not a regular file in the place of one of its files. Other people's files stay, with the folder.

    Raises:
        RegistryError: it could not be deleted.
    """
    found = summarise(path, now=now)
    if found is None:
        return Removal(deleted=True)  # another process was quicker
    if not found.ours or found.status is RunStatus.RUNNING:
        return Removal(deleted=False, note=f"left alone: {path}: {found.problem or 'the run is going on'}")
    cut_off = found.finished_at is None
    return _delete(path, lambda names: _own(names, settled(path, now=now), cut_off=cut_off), "run", really=really)


def remove_sweep(path: Path, *, really: bool = True) -> Removal:
    """Delete a sweep's own records, the summary last, and its folder when that is empty then.

    Args:
        path: the sweep's folder, which is looked at again.
        really: False only says what would be done.

    Returns:
        As `remove`. A sweep that goes on, or whose summary cannot be read, is left alone.

    Raises:
        RegistryError: it could not be deleted.
    """
    if not path.exists():
        return Removal(deleted=True)  # another process was quicker
    found = find_sweep_in(path)
    if found.status in (RunStatus.RUNNING, RunStatus.UNREADABLE):
        return Removal(deleted=False, note=f"left alone: {path}: {found.problem or 'the sweep is going on'}")
    jobs, place = Removal(deleted=True), path / JOBS
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        return Removal(deleted=False, note=f"left alone: {path}: {JOBS} is not a folder, and links are not followed")
    if place.exists():
        jobs = _delete(place, lambda names: sorted(filter(_is_job, names)), "sweep", really=really)
        if not jobs.deleted:
            return jobs
    empty = frozenset({JOBS}) if jobs.note is None else frozenset()
    removal = _delete(path, _own_of_sweep, "sweep", expected=empty, really=really)
    return Removal(deleted=removal.deleted, note=jobs.note or removal.note)


def without_a_name(runs_dir: Path, *, now: datetime) -> tuple[Path, ...]:
    """Return the hidden folders of runs and sweeps whose process was killed before they had their names.

    Args:
        runs_dir: the registry.
        now: the time, with its time zone.

    Raises:
        RegistryError: the registry cannot be read.
    """
    found = []
    for place in (runs_dir, runs_dir / SWEEPS):
        if place.is_dir():
            with registry_errors("read", place):
                found += [entry for entry in place.iterdir() if _was_left_without_a_name(entry, now)]
    return tuple(sorted(found))


def remove_without_a_name(path: Path, *, now: datetime, really: bool = True) -> Removal:
    """Delete one of the folders that `without_a_name` returned; arguments and result are those of `remove`.

    Raises:
        RegistryError: it could not be deleted.
    """
    if not os.path.lexists(path):
        return Removal(deleted=True)  # another process was quicker
    if not _was_left_without_a_name(path, now):
        return Removal(deleted=False)
    return _delete(path, lambda names: sorted(filter(_is_lease, names)), "run", really=really)


def _was_left_without_a_name(path: Path, now: datetime) -> bool:
    """Return whether a folder holds at most a lease, is named as ours are, and its process is gone.

    Without a lease, its process is gone where nothing was touched for as long as a heartbeat may be missing.
    """
    name = name_behind(path.name) or ""
    if not (run_id_in(name) or sweep_id_in(name)) or path.is_symlink() or not path.is_dir():
        return False
    try:
        if not all(_is_lease(entry.name) for entry in path.iterdir()):
            return False
        held = is_held(path, now=now)
        return now.timestamp() - path.stat().st_mtime > SILENT_SECONDS if held is None else not held
    except OSError:
        return False  # another process was quicker, or nothing there can be read


def _is_lease(name: str) -> bool:
    return (name_behind(name) or name) == LEASE


def _delete(
    path: Path,
    own_of: Callable[[list[str]], list[str]],
    writer: str,
    *,
    expected: frozenset[str] = frozenset(),
    really: bool,
) -> Removal:
    """Delete the files of a folder that are ours, and the folder when it is empty then.

    Args:
        path: the folder.
        own_of: returns those of the given names that are ours, in the order in which they go.
        writer: what wrote them, a run or a sweep.
        expected: other names that prevent nothing: they are gone already, or would be.
        really: False only says what would be done.
    """
    try:
        with registry_errors("delete", path), _opened(path) as folder:
            own = own_of(os.listdir(folder))  # noqa: PTH208  # a descriptor
            if odd := [name for name in own if not _is_regular(folder, name)]:
                note = f"left alone: {path}: not a regular file, and links are not followed: {', '.join(odd)}"
                return Removal(deleted=False, note=note)
            for name in own if really else ():
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            others = sorted(set(os.listdir(folder)) - set(own) - expected)  # noqa: PTH208  # a descriptor
            if really and not others:
                path.rmdir()
    except RegistryError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return Removal(deleted=True)  # another process was quicker
        raise
    stays = f"the folder stays: {path}: the {writer} did not write {', '.join(others)}" if others else None
    return Removal(deleted=True, note=stays)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield folder
    finally:
        os.close(folder)


def _own(names: Sequence[str], manifest: Manifest | None, *, cut_off: bool) -> list[str]:
    """Return the run's own files among the names in its folder, in the order in which they go."""
    own = {*OWN, *(each.name for each in (manifest.artefacts if manifest else ()))}
    if cut_off and CONFIG in names:  # it had no time to list what it wrote
        own |= set(ARTEFACTS)
    present = [name for name in names if name in own or name_behind(name) in own]
    last = {CONFIG: 1, MANIFEST: 2}
    return sorted(present, key=lambda name: (last.get(name, 0), name))


def _own_of_sweep(names: Sequence[str]) -> list[str]:
    present = [name for name in names if (name_behind(name) or name) in OWN_OF_SWEEP]
    return sorted(present, key=lambda name: (name == SUMMARY, name))


def _is_job(name: str) -> bool:
    return is_job_name(name_behind(name) or name)


def _is_regular(folder: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return True  # another process was quicker
