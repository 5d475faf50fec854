"""The records of a sweep: the plan before the first job, a file a job, the summary; and how they are read.

Whoever reads them sees what is true also when the sweep's process was killed: a job that began has a record that names
its run's folder, and that run has a lease.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from datalchemy.errors import RegistryError, worst
from datalchemy.registry import layout
from datalchemy.registry.files import (
    FILE_MODE,
    json_bytes,
    make_folders,
    read_regular,
    registry_errors,
    write_atomically,
)
from datalchemy.registry.lease import Lease
from datalchemy.registry.listing import settled
from datalchemy.registry.liveness import is_held, process_mark
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.records import SWEEP_KIND, SWEEP_VERSION, FingerprintGroup, JobStatus, SweepJob, SweepSummary
from datalchemy.registry.secret_scan import clean_files
from datalchemy.secrets.vault import Vault

_Record = TypeVar("_Record", SweepJob, SweepSummary)
_SUMMARY_SECONDS = 1.0
_RECORD_BYTES = 64_000_000
_ENDED = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.INTERRUPTED})
_OUR_WORDS = frozenset({"status", "run_id", "fingerprint"})


def fingerprint_groups(jobs: Iterable[SweepJob]) -> tuple[FingerprintGroup, ...]:
    """Return the databases that share a fingerprint, the largest group first, then in planned order."""
    found: dict[str, dict[str, None]] = {}
    for job in jobs:
        if job.fingerprint is not None:
            found.setdefault(job.fingerprint, {})[job.database or job.dbname or f"job {job.job}"] = None
    groups = (FingerprintGroup(fingerprint=key, databases=tuple(names)) for key, names in found.items())
    return tuple(sorted(groups, key=lambda group: -len(group.databases)))


def write_job(sweep_dir: Path, job: SweepJob, vault: Vault, *, mode: int = FILE_MODE) -> None:
    """Write a job's record, scrubbed, in place of an earlier one; any process of the sweep may do it.

    Raises:
        RegistryError: it could not be written.
    """
    folder = sweep_dir / layout.JOBS
    with registry_errors("make", folder):
        make_folders(folder, mode)
    write_atomically(folder / layout.job_name(job.job), json_bytes(_scrubbed(job, vault)), mode=mode)


def begin_sweep(
    runs_dir: Path,
    planned: Sequence[SweepJob],
    *,
    vault: Vault,
    mode: int = FILE_MODE,
    clock: Callable[[], datetime] = utc_now,
    repeats: str | None = None,
) -> "SweepRecord":
    """Make a sweep's folder, take its lease, and write the plan as its first summary.

    Args:
        runs_dir: the registry; made where it is missing.
        planned: every job, `not_begun`; their numbers are their places.
        vault: the secrets; all texts that are written are scrubbed.
        mode: that of the files, before the umask.
        clock: returns the time, with its time zone.
        repeats: the name of the folder of the sweep whose jobs are run again, if they are.

    Raises:
        RegistryError: the folder or the plan could not be written.
    """
    started_at = clock()
    path = runs_dir / layout.SWEEPS / layout.sweep_name(started_at, layout.new_id())
    with registry_errors("make", path):
        make_folders(path.parent, mode)
    lease = Lease(path, mode=mode, mark=process_mark(os.getpid()), make=True)
    record = SweepRecord(
        path, planned, lease, started_at=started_at, vault=vault, mode=mode, clock=clock, repeats=repeats
    )
    try:
        record.write_summary()
    except BaseException:
        record.let_go()
        raise
    return record


class SweepRecord:
    """The records of a sweep that is going on. Safe between threads.

    Attributes:
        path: the sweep's folder.
        mode: that of its files, before the umask.
    """

    def __init__(
        self,
        path: Path,
        planned: Sequence[SweepJob],
        lease: Lease,
        *,
        started_at: datetime,
        vault: Vault,
        mode: int,
        clock: Callable[[], datetime],
        repeats: str | None = None,
    ) -> None:
        self.path = path
        self.mode = mode
        self._started_at = started_at
        self._vault = vault
        self._clock = clock
        self._repeats = repeats
        self._planned = tuple(planned)
        self._ended: dict[int, SweepJob] = {}
        self._contents = {job.job: _scrubbed(job, vault) for job in planned}
        self._written_at = time.monotonic()
        self._is_written = False
        self._is_finished = False
        self._lock = threading.Lock()
        self._lease = lease

    @property
    def jobs(self) -> tuple[SweepJob, ...]:
        """Every planned job in order: with its end, if that was recorded here; the others are `not_begun`."""
        return tuple(self._ended.get(job.job, job) for job in self._planned)

    def record(self, job: SweepJob) -> None:
        """Write a job's record: that it runs, with the folder that its run will have, or how it ended.

        Its first end counts; once the sweep is finished, nothing is recorded.

        Raises:
            RegistryError: it could not be written. How a job ended is in the summary all the same.
        """
        with self._lock:
            if self._is_finished or job.job in self._ended:
                return
            if job.status in _ENDED:
                self._end(job)
        write_job(self.path, job, self._vault, mode=self.mode)

    def _end(self, job: SweepJob) -> None:
        self._ended[job.job] = job
        self._contents[job.job] = _scrubbed(job, self._vault)
        self._is_written = False

    def refresh(self) -> None:
        """Write the summary again if a job ended since, and the last one is a second old.

        Raises:
            RegistryError: it could not be written.
        """
        if not self._is_written and time.monotonic() - self._written_at >= _SUMMARY_SECONDS:
            self.write_summary()

    def write_summary(self, **end: Any) -> SweepSummary:
        """Write the summary of what is known now, and return it. `end` holds the facts of the sweep's end.

        Raises:
            RegistryError: it could not be written.
        """
        self._written_at, self._is_written = time.monotonic(), True
        jobs = self.jobs
        summary = SweepSummary(
            sweep=self.path.name,
            repeats=self._repeats,
            started_at=self._started_at,
            runs=_count(jobs),
            jobs=jobs,
            groups=fingerprint_groups(jobs),
            **end,
        )
        content = summary.model_dump(mode="json", exclude={"jobs", "groups"})
        content["jobs"] = [self._contents[job.job] for job in jobs]
        content["groups"] = [_scrubbed(group, self._vault) for group in summary.groups]
        write_atomically(self.path / layout.SUMMARY, json_bytes(content), mode=self.mode)
        return summary

    def finish(self, *codes: int, complete: bool) -> SweepSummary:
        """Take in what other processes wrote of their jobs, write the last summary, and let the lease go.

        A job that began and has no end is asked of its run; one that still runs is interrupted: nobody waits for it.

        Args:
            codes: exit codes beside those of the jobs; the worst of all is the sweep's.
            complete: whether the sweep came to its end by itself.

        Raises:
            RegistryError: the summary could not be written.
        """
        with self._lock:
            self._is_finished = True
        try:
            for job in self.jobs:
                seen = job if job.status in _ENDED else self._found(job)
                if seen.status in _ENDED:
                    self._end(seen)  # scrubbed once more: other secrets may have become known
            ended = [job.exit_code for job in self.jobs if job.exit_code is not None]
            exit_code = int(worst([*ended, *codes]))
            return self.write_summary(finished_at=self._clock(), exit_code=exit_code, complete=complete)
        finally:
            self.let_go()

    def _found(self, job: SweepJob) -> SweepJob:
        """Return a job whose end was not recorded here as its own record and its run show it, and record that."""
        try:
            seen = _as_recorded(self.path, job, going_on=False, now=self._clock())
        except RegistryError:
            seen = job.model_copy(update={"status": JobStatus.RUNNING})  # it had begun: a record of it is there
        if seen.status is JobStatus.RUNNING:
            seen = seen.model_copy(update={"status": JobStatus.INTERRUPTED})
        if seen is not job:
            with suppress(RegistryError):  # the summary says it, too
                write_job(self.path, seen, self._vault, mode=self.mode)
        return seen

    def remove_secrets(self) -> tuple[str, ...]:
        """Search the jobs' records for secrets that became known since, and remove them; return the files' names.

        The summary needs no search: `finish` writes it when every secret is known.

        Raises:
            RegistryError: a record could not be read or written.
        """
        written = [f"{layout.JOBS}/{layout.job_name(job.job)}" for job in self._planned]
        present = [name for name in written if (self.path / name).exists()]
        return clean_files(self.path, present, self._vault, mode=self.mode)

    def let_go(self) -> None:
        """Release the lease: from now on a sweep without an end counts as cut off. Idempotent."""
        self._lease.end(remove=True)


@dataclass(frozen=True, kw_only=True)
class SweepSeen:
    """A sweep as its records show it now.

    Attributes:
        path: its folder.
        summary: its summary, with the true status of every job. A job is `running` only while it runs.
        going_on: whether its process, or a run of it, is still there.
    """

    path: Path
    summary: SweepSummary
    going_on: bool

    @property
    def status(self) -> RunStatus:
        """The sweep's status: running, interrupted (cut short), failed (a job did), or succeeded."""
        if self.going_on:
            return RunStatus.RUNNING
        if not self.summary.complete:
            return RunStatus.INTERRUPTED
        return RunStatus.FAILED if self.summary.exit_code else RunStatus.SUCCEEDED


def sweep_folders(runs_dir: Path) -> tuple[Path, ...]:
    """Return the folders of a registry's sweeps, oldest first by their names; links are left out.

    Raises:
        RegistryError: the registry's folder cannot be read.
    """
    folder = runs_dir / layout.SWEEPS
    if not folder.is_dir():
        return ()
    with registry_errors("read", folder):
        entries = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    return tuple(sorted((entry for entry in entries if layout.sweep_started_at(entry.name)), key=lambda one: one.name))


def read_sweep(sweep_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> SweepSeen:
    """Return a sweep with the true status of every planned job, whatever its process had time to write.

    A job that began and did not end is asked of its run's manifest and lease; of a process that is gone, it is
    interrupted at once. Nothing is changed.

    Raises:
        RegistryError: the folder holds no summary of a sweep, or a record in it cannot be read.
    """
    going_on = bool(is_held(sweep_dir, now=clock()))  # asked first: what a dead process wrote is on disk by now
    summary = _read(sweep_dir / layout.SUMMARY, _parse_summary)
    jobs = summary.jobs
    if not summary.complete:
        jobs = tuple(_as_recorded(sweep_dir, job, going_on=going_on, now=clock()) for job in jobs)
    merged = summary.model_copy(update={"jobs": jobs, "runs": _count(jobs), "groups": fingerprint_groups(jobs)})
    runs_on = any(job.status is JobStatus.RUNNING for job in jobs)
    return SweepSeen(path=sweep_dir, summary=merged, going_on=going_on or runs_on)


def _as_recorded(sweep_dir: Path, planned: SweepJob, *, going_on: bool, now: datetime) -> SweepJob:
    """Return a planned job as its own record and its run show it."""
    file = sweep_dir / layout.JOBS / layout.job_name(planned.job)
    if not file.exists():
        return planned
    job = _read(file, SweepJob.model_validate_json)
    if job.status is not JobStatus.RUNNING:
        return job
    run_dir = None if job.run_dir is None else sweep_dir.parent.parent / job.run_dir
    if run_dir is None or not run_dir.is_dir():
        # Killed between its record and its folder; or its folder was deleted.
        status = JobStatus.RUNNING if going_on else JobStatus.INTERRUPTED
        return job.model_copy(update={"status": status, "run_id": None, "run_dir": None})
    try:
        manifest = settled(run_dir, now=now)
    except RegistryError:
        manifest = None  # it was changed, or deleted meanwhile: nothing there can be believed
    if manifest is None:
        return job.model_copy(update={"status": JobStatus.RUNNING if going_on else JobStatus.INTERRUPTED})
    captured = manifest.captured
    return job.model_copy(
        update={
            "status": JobStatus(manifest.status),
            "exit_code": manifest.exit_code,
            "error": manifest.error if manifest.status is RunStatus.FAILED else None,
            "duration_seconds": manifest.duration_seconds,
            "tables": captured and captured.tables,
            "fingerprint": captured and captured.fingerprint,
        }
    )


def _count(jobs: Iterable[SweepJob]) -> dict[str, int]:
    return dict(sorted(Counter(job.status.value for job in jobs).items()))


def _scrubbed(value: BaseModel, vault: Vault) -> dict[str, Any]:
    """Return a record as JSON data with its texts scrubbed. A number that equals a secret is no trace of it."""

    def scrub(key: str, entry: Any) -> Any:
        return entry if key in _OUR_WORDS or isinstance(entry, int | float) else vault.scrub_value(entry)

    return {key: scrub(key, entry) for key, entry in value.model_dump(mode="json").items()}


def _read(file: Path, parse: Callable[[bytes], _Record]) -> _Record:
    with registry_errors("read", file):
        content = read_regular(file, at_most=_RECORD_BYTES)
    try:
        return parse(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise RegistryError(f"{file} is not a sweep's record: {where}: {first['msg']}") from None
    except ValueError as error:
        raise RegistryError(f"{file} is not a sweep's record: {error}") from None


def _parse_summary(content: bytes) -> SweepSummary:
    value = from_json(content)
    if not isinstance(value, dict) or value.get("kind") != SWEEP_KIND:
        raise ValueError("nothing in it says that it is a sweep's")
    version = value.get("sweep_version")
    if version == 1 and isinstance(value.get("sweep"), str):
        value |= {"started_at": layout.sweep_started_at(value["sweep"])}
    elif version != SWEEP_VERSION:
        raise ValueError(f"it is of version {version!r:.20}, and this program knows 1 and {SWEEP_VERSION}")
    return SweepSummary.model_validate(value)
