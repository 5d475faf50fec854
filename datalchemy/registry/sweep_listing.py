"""The sweeps of a registry, those that cannot be read too, and the jobs of one that are to be run again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datalchemy.errors import RegistryError
from datalchemy.registry.layout import JOBS, OWN_OF_SWEEP, SUMMARY, name_behind, sweep_id_in, sweep_started_at
from datalchemy.registry.liveness import is_held
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweeps import SweepSeen, read_sweep, sweep_folders
from datalchemy.secrets.references import MASK

_STARTING_SECONDS = 60.0
_TO_REPEAT = frozenset({JobStatus.FAILED, JobStatus.INTERRUPTED, JobStatus.NOT_BEGUN})


@dataclass(frozen=True, kw_only=True)
class SweepFound:
    """A sweep's folder.

    Attributes:
        path: the folder.
        status: the sweep's status; UNREADABLE where its records cannot be read.
        seen: its records; None where there are none that can be read.
        problem: why there are none, or None.
    """

    path: Path
    status: RunStatus
    seen: SweepSeen | None = None
    problem: str | None = None

    @property
    def sweep_id(self) -> str:
        """The id in the folder's name."""
        return sweep_id_in(self.path.name) or self.path.name

    @property
    def started_at(self) -> datetime:
        """When it started: as its records say, else to the second, as the folder's name says."""
        named = sweep_started_at(self.path.name) or datetime.min.replace(tzinfo=UTC)
        return self.seen.summary.started_at if self.seen else named

    @property
    def jobs(self) -> tuple[SweepJob, ...]:
        """Its planned jobs in order; none where they are not known."""
        return self.seen.summary.jobs if self.seen else ()


def sweeps(runs_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> tuple[SweepFound, ...]:
    """Return the sweeps of a registry, oldest first by their start, to the microsecond.

    Raises:
        RegistryError: the registry's folder cannot be read.
    """
    found = (find_sweep_in(folder, clock=clock) for folder in sweep_folders(runs_dir))
    return tuple(sorted(found, key=lambda each: (each.started_at, each.path.name)))


def find_sweep_in(folder: Path, *, clock: Callable[[], datetime] = utc_now) -> SweepFound:
    """Return the sweep of a folder. One that was killed before it wrote its plan is interrupted, a minute later."""
    try:
        seen = read_sweep(folder, clock=clock)
    except RegistryError as error:
        if not _is_without_plan(folder):
            return SweepFound(path=folder, status=RunStatus.UNREADABLE, problem=error.message)
        lives = is_held(folder, now=clock())
        if lives is None:
            lives = abs(clock().timestamp() - folder.stat().st_mtime) < _STARTING_SECONDS
        status = RunStatus.RUNNING if lives else RunStatus.INTERRUPTED
        return SweepFound(path=folder, status=status, problem=f"there is no {SUMMARY}")
    return SweepFound(path=folder, status=seen.status, seen=seen)


def _is_without_plan(folder: Path) -> bool:
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError:
        return False
    return SUMMARY not in names and {name_behind(name) or name for name in names} <= OWN_OF_SWEEP | {JOBS}


def jobs_to_repeat(sweep: SweepFound) -> tuple[SweepJob, ...]:
    """Return the jobs of a sweep that failed, were interrupted or never began, in planned order.

    Raises:
        RegistryError: the sweep goes on, its records cannot be read, or a job had a secret among its overrides, which
            no record keeps.
    """
    if sweep.status is RunStatus.RUNNING:
        raise RegistryError(f"sweep {sweep.sweep_id} goes on", remedy="wait for its end, or stop it")
    if sweep.seen is None:
        raise RegistryError(f"sweep {sweep.sweep_id} cannot be read: {sweep.problem}")
    found = tuple(job for job in sweep.jobs if job.status in _TO_REPEAT)
    for job in found:
        if masked := next((override for override in job.overrides if MASK in override), None):
            raise RegistryError(
                f"job {job.job} of sweep {sweep.sweep_id} had a secret on its command line: {masked}",
                remedy="give it by a reference such as ${oc.env:NAME}, and start a new sweep",
            )
    return found
