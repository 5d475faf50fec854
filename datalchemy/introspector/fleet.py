"""Many runs: planned, in threads, all accounted for."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from datalchemy.deadline import LEFT_BEHIND
from datalchemy.errors import DatalchemyError, ExitCode, InternalError, RegistryError
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.job import PlannedJob, failure, fault_of_ours, place_of, planned_record, run_job
from datalchemy.introspector.job_queue import JobQueue, Server
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import Provision, Settings
from datalchemy.introspector.stop import Stop
from datalchemy.provision import stop_servers
from datalchemy.registry.files import FILE_MODE
from datalchemy.registry.log import utc_now
from datalchemy.registry.provenance import provenance
from datalchemy.registry.records import JobStatus, SweepJob, SweepSummary
from datalchemy.registry.sweeps import SweepRecord, begin_sweep
from datalchemy.secrets.vault import Vault

__all__ = ["Fleet", "FleetEnd", "JobEnd", "PlannedJob", "end_fleet", "plan_fleet", "run_fleet", "run_job"]

MOST_WORKERS = 8
"""So many threads are used by default; on one machine, more have gained nothing."""
_GRACE_SECONDS = 2.0
_CLEAN_UP_SECONDS = 30.0
_TICK_SECONDS = 1.0
_PORT = "5432"
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """How one job ended, and how many have by now.

    Attributes:
        job: the job.
        record: what its record says: status, exit code, run, counts.
        error: why it failed; None otherwise.
        ended: how many jobs have ended, this one included.
        planned: how many there are.
    """

    job: PlannedJob
    record: SweepJob
    error: DatalchemyError | None
    ended: int
    planned: int


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A sweep whose plan is written, and none of whose jobs has begun.

    Attributes:
        jobs: the planned jobs.
        servers: where each connects to; None where that is not known.
        sweep: the records.
    """

    jobs: tuple[PlannedJob, ...]
    servers: tuple[Server | None, ...]
    sweep: SweepRecord


@dataclass(frozen=True, kw_only=True)
class FleetEnd:
    """How a sweep ended.

    Attributes:
        path: the folder of its records.
        summary: its summary, with the exit code.
        faults: errors of the records, which belong to no job.
    """

    path: Path
    summary: SweepSummary
    faults: tuple[DatalchemyError, ...]


def plan_fleet(
    jobs: Sequence[PlannedJob],
    *,
    runs_dir: Path,
    vault: Vault,
    environ: Mapping[str, str],
    mode: int = FILE_MODE,
    clock: Callable[[], datetime] = utc_now,
    repeats: str | None = None,
) -> Fleet:
    """Find out where each job connects to, without a network, and write the plan to the registry.

    Args:
        jobs: in order; the number of each is its place.
        runs_dir: the registry in which the sweep is recorded.
        vault: the secrets of this process.
        environ: where references are looked up.
        mode: that of the sweep's files, before the umask.
        clock: returns the time, in UTC.
        repeats: the name of the folder of the sweep whose jobs these are, if they are run again.

    Raises:
        RegistryError: the plan could not be written.
    """
    places = [place_of(job, vault, environ) for job in jobs]
    sweep = begin_sweep(
        runs_dir,
        [planned_record(job, place) for job, place in zip(jobs, places, strict=True)],
        vault=vault,
        mode=mode,
        clock=clock,
        repeats=repeats,
    )
    servers = (Server(place["host"], place.get("port", _PORT)) if "host" in place else None for place in places)
    return Fleet(jobs=tuple(jobs), servers=tuple(servers), sweep=sweep)


def run_fleet(
    fleet: Fleet,
    *,
    vault: Vault,
    environ: Mapping[str, str],
    workers: int | None = None,
    per_server: int | None = None,
    begun: Callable[[PlannedJob], None] = lambda job: None,
    ended: Callable[[JobEnd], None] = lambda end: None,
    observe: Callable[[PlannedJob], Events] = lambda job: ignore_events,
    work: Callable[..., RunOutcome] = run,
) -> FleetEnd:
    """Run every planned job in threads, record each, and return how the sweep ended.

    Call it in the main thread. An interrupt (Ctrl-C, a termination) lets no other job begin, and asks those that run to
    end. After two seconds, the records of those that did not are ended without them; their threads are left behind
    (`deadline.LEFT_BEHIND`: end the process with `os._exit`). Throwaway servers are removed first.

    Args:
        fleet: the result of `plan_fleet`.
        vault: the secrets of this process.
        environ: where references are looked up.
        workers: how many jobs run at once; by default MOST_WORKERS, or the number of jobs.
        per_server: how many of them on one host and port; None sets no limit.
        begun: is called in this thread as a job begins.
        ended: is called in this thread as a job ends.
        observe: returns what receives the events of a job's run, in the job's thread.
        work: does one run.

    Returns:
        The last summary, whose exit code is the worst; after an interrupt, that of the interrupt.

    Raises:
        RegistryError: the last summary could not be written.
    """
    known: dict[str, Any] = {"vault": vault, "environ": environ, "work": work}
    threads = _Threads(fleet, JobQueue(fleet.servers, per_server=per_server), observe, known)
    code = ExitCode.OK
    try:
        with suppress(OSError):  # the current directory was deleted: each run says so
            known["origin"] = provenance(Path.cwd())
        threads.start(workers or MOST_WORKERS)
        threads.follow(begun, ended)
    except BaseException as why:
        interruption = why if isinstance(why, KeyboardInterrupt) else KeyboardInterrupt()
        _whatever_comes(lambda: threads.stop(interruption))
        code = getattr(interruption, "exit_code", ExitCode.INTERRUPTED)
        if interruption is not why:
            _whatever_comes(lambda: end_fleet(fleet, ExitCode.INTERNAL, threads.faults))
            raise
    return _whatever_comes(lambda: end_fleet(fleet, code, threads.faults))


def end_fleet(fleet: Fleet, ended_by: ExitCode, faults: Sequence[DatalchemyError] = ()) -> FleetEnd:
    """Search the records for secrets, write the last summary, and return how the sweep ended.

    `run_fleet` does it by itself. Call it where other processes have run the jobs.

    Args:
        fleet: the result of `plan_fleet`.
        ended_by: the exit code of what cut the sweep short; OK where it came to its end by itself.
        faults: errors that belong to no job; they count for the exit code.

    Raises:
        RegistryError: the summary could not be written.
    """
    found = list(faults)
    if leaked := fleet.sweep.remove_secrets():
        said = f"a secret was found in {', '.join(leaked)} of the sweep and removed"
        found.append(InternalError(said, remedy="this is a fault of datalchemy: please report it"))
    codes = [ended_by, *(fault.exit_code for fault in found)]
    summary = fleet.sweep.finish(*codes, complete=ended_by is ExitCode.OK)
    return FleetEnd(path=fleet.sweep.path, summary=summary, faults=tuple(found))


def _whatever_comes(action: Callable[[], _Result]) -> _Result:
    """Do what must be done to its end, although a user presses Ctrl-C again."""
    while True:
        with suppress(KeyboardInterrupt):
            return action()


class _Threads:
    """The threads of a sweep, and what they say to the main thread."""

    def __init__(
        self, fleet: Fleet, queue: JobQueue, observe: Callable[[PlannedJob], Events], known: dict[str, Any]
    ) -> None:
        self._fleet = fleet
        self._queue = queue
        self._observe = observe
        self._known = known
        self._said: SimpleQueue[tuple[PlannedJob, SweepJob | None, DatalchemyError | None]] = SimpleQueue()
        self.faults: list[DatalchemyError] = []
        self._threads: list[threading.Thread] = []
        self._is_stopping = False

    def start(self, workers: int) -> None:
        """Start as many threads as there are jobs, but not more than `workers`."""
        for number in range(min(workers, len(self._fleet.jobs))):
            thread = threading.Thread(target=self._work, name=f"datalchemy-job-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def follow(self, begun: Callable[[PlannedJob], None], ended: Callable[[JobEnd], None]) -> None:
        """Pass on that jobs begin and end until all have, and keep the summary up to date."""
        number, planned = 0, len(self._fleet.jobs)
        while number < planned:
            with suppress(RegistryError):  # the last summary says it
                self._fleet.sweep.refresh()
            try:
                job, record, error = self._said.get(timeout=_TICK_SECONDS)
            except Empty:
                continue
            if record is None:
                begun(job)
            else:
                number += 1
                ended(JobEnd(job=job, record=record, error=error, ended=number, planned=planned))

    def stop(self, why: KeyboardInterrupt) -> None:
        """End all jobs that run: ask them, then end the records of those that do not answer.

        Calling it again, because of another interrupt, waits for nothing.
        """
        waits, self._is_stopping = not self._is_stopping, True
        self._queue.close(why)
        if waits:
            self._queue.wait_until_idle(_GRACE_SECONDS)
        for stop in self._queue.running().values():
            stop.abandon()
        until = time.monotonic() + _CLEAN_UP_SECONDS
        while waits and time.monotonic() < until and any(map(self._has_own_server, self._queue.running())):
            stop_servers()
            self._queue.wait_until_idle(_TICK_SECONDS / 4)
        if self._queue.running():
            for thread in self._threads:
                thread.name = LEFT_BEHIND

    def _work(self) -> None:
        while (taken := self._queue.take()) is not None:
            number, stop = taken
            job = self._fleet.jobs[number]
            self._said.put((job, None, None))
            try:
                self._said.put((job, *self._run(job, stop)))
            except KeyboardInterrupt:
                pass  # it is recorded, and the main thread ends the sweep
            finally:
                self._queue.end(number)

    def _run(self, job: PlannedJob, stop: Stop) -> tuple[SweepJob, DatalchemyError | None]:
        try:
            sweep_dir, observer = self._fleet.sweep.path, self._observe(job)
            return run_job(job, sweep_dir=sweep_dir, write=self._write, stop=stop, observer=observer, **self._known)
        except Exception as fault:  # noqa: BLE001  # the main thread waits for the end of every job
            error = fault_of_ours(fault, self._known["vault"])
            record = self._fleet.sweep.jobs[job.number].model_copy(update=failure(error))
            self._write(record)
            return record, error

    def _write(self, record: SweepJob) -> None:
        try:
            self._fleet.sweep.record(record)
        except RegistryError as error:
            if record.status is JobStatus.RUNNING:
                raise  # nothing has begun
            self.faults.append(error)

    def _has_own_server(self, number: int) -> bool:
        settings = self._fleet.jobs[number].settings
        return isinstance(settings, Settings) and settings.db.provision is not Provision.NONE
