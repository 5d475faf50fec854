"""Which runs of a registry can be deleted, and their deletion: only our own files, one by one."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from datalchemy.errors import RegistryError
from datalchemy.registry.files import registry_errors
from datalchemy.registry.layout import ARTEFACTS, CONFIG, MANIFEST, OWN, name_behind
from datalchemy.registry.listing import RunSummary, age, settled, summarise
from datalchemy.registry.manifest import Manifest, RunStatus


def superfluous(
    summaries: Iterable[RunSummary], *, keep: int | None, older_than: timedelta | None, now: datetime
) -> tuple[RunSummary, ...]:
    """Return the runs that can go, oldest first.

    Args:
        summaries: the registry's runs.
        keep: this many of the newest runs stay, and this many of the newest that succeeded; None sets no limit.
        older_than: only runs that started longer ago can be deleted; None sets no limit.
        now: the time, with its time zone.

    A run that is going on always stays, and so does what is not proved to be ours or has no date that can be believed.
    Only runs that ended and have a manifest count for `keep`.
    """
    going, ended, succeeded = [], 0, 0
    for each in sorted(summaries, key=age, reverse=True):
        if not each.ours or each.started_at is None or each.status is RunStatus.RUNNING:
            continue
        good = each.status is RunStatus.SUCCEEDED
        stays = keep is not None and (ended < keep or (good and succeeded < keep))
        ended += each.finished_at is not None
        succeeded += good
        if not stays and (older_than is None or now - each.started_at > older_than):
            going.append(each)
    return tuple(reversed(going))


def left_alone(summaries: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    """Return the runs that no limit deletes: nothing proves that they are ours, or how old they are."""
    return tuple(each for each in summaries if not each.ours or each.started_at is None)


class Removal(NamedTuple):
    """The result for one run: whether its files were deleted; `note` says in one line what stays and why."""

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
    try:
        with registry_errors("delete", path), _opened(path) as folder:
            own = _own(folder, settled(path, now=now), cut_off=found.finished_at is None)
            if odd := [name for name in own if not _is_regular(folder, name)]:
                note = f"left alone: {path}: not a regular file, and links are not followed: {', '.join(odd)}"
                return Removal(deleted=False, note=note)
            for name in own if really else ():
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            others = sorted(set(os.listdir(folder)) - set(own))  # noqa: PTH208  # a descriptor
            if really and not others:
                path.rmdir()
    except RegistryError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return Removal(deleted=True)  # another process was quicker
        raise
    stays = f"the folder stays: {path}: the run did not write {', '.join(others)}" if others else None
    return Removal(deleted=True, note=stays)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield folder
    finally:
        os.close(folder)


def _own(folder: int, manifest: Manifest | None, *, cut_off: bool) -> list[str]:
    """Return the names of the run's own files that are in a folder, in the order in which they go."""
    names = os.listdir(folder)  # a descriptor
    own = {*OWN, *(each.name for each in (manifest.artefacts if manifest else ()))}
    if cut_off and CONFIG in names:  # it had no time to list what it wrote
        own |= set(ARTEFACTS)
    present = [name for name in names if name in own or name_behind(name) in own]
    last = {CONFIG: 1, MANIFEST: 2}
    return sorted(present, key=lambda name: (last.get(name, 0), name))


def _is_regular(folder: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return True  # another process was quicker
