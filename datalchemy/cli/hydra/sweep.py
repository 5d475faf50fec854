"""A sweep: its planned jobs run in threads, or in the processes of a launcher of Hydra's; all are accounted for."""

import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalchemy.cli import progress, summary
from datalchemy.cli.hydra.cluster import launch
from datalchemy.cli.hydra.compose import Composer
from datalchemy.cli.hydra.expand import Override
from datalchemy.cli.hydra.plan import plan_job
from datalchemy.cli.hydra.sweep_settings import SweepSettings
from datalchemy.cli.process import Terminated
from datalchemy.cli.terminal import complain, tell
from datalchemy.errors import ConfigurationError, DatalchemyError, ExitCode
from datalchemy.introspector.fleet import MOST_WORKERS, Fleet, FleetEnd, end_fleet, plan_fleet, run_fleet
from datalchemy.introspector.job import PlannedJob, run_job
from datalchemy.introspector.settings import Settings
from datalchemy.registry.sweep_listing import SweepFound
from datalchemy.secrets.lending import pickled
from datalchemy.secrets.process import process_vault

_MOST_IN_A_CHUNK = 10
"""A launcher's process does so many jobs, one after the other: what it costs to begin one is shared."""


def run_sweep(
    jobs: Sequence[PlannedJob],
    overrides: Sequence[tuple[Override, ...]],
    settings: SweepSettings,
    launcher: Sequence[str] = (),
    repeated: SweepFound | None = None,
    *,
    as_json: bool = False,
) -> int:
    """Run the planned jobs, show how they end, and return the worst exit code.

    Args:
        jobs: in order; the number of each is its place.
        overrides: those of each job.
        settings: how many run side by side.
        launcher: the words that choose a launcher of Hydra's; empty for threads.
        repeated: the sweep whose jobs are run again; the new one is recorded beside it.
        as_json: whether a JSON document is shown instead of a summary.

    Raises:
        ConfigurationError: the launcher has a setting of its own for what `settings` says.
        RegistryError: the sweep cannot be recorded.
    """
    if launcher and settings != SweepSettings():
        raise ConfigurationError(
            "sweep.workers and sweep.per_server do not count for a launcher of Hydra's",
            remedy="set hydra.launcher.n_jobs or the like, or leave hydra/launcher out",
        )
    good = [job.settings for job in jobs if isinstance(job.settings, Settings)]
    output = (good[0] if good else Settings()).output
    known: dict[str, Any] = {"vault": process_vault(), "environ": os.environ}
    fleet = plan_fleet(
        jobs,
        runs_dir=repeated.path.parent.parent if repeated else output.runs_dir,
        mode=output.file_mode,
        repeats=repeated.path.name if repeated else None,
        **known,
    )
    if launcher:
        end = _run_elsewhere(fleet, overrides, launcher)
    else:
        with progress.sweep_observer(len(jobs)) as shown:
            end = run_fleet(
                fleet,
                workers=settings.workers,
                per_server=settings.per_server,
                begun=shown.begun,
                ended=shown.ended,
                observe=shown.observe,
                **known,
            )
    for fault in end.faults:
        tell(fault)
    if not end.summary.complete:
        complain("terminated" if end.summary.exit_code == ExitCode.TERMINATED else "interrupted")
    summary.show_sweep(end.path, end.summary, next(iter(end.faults), None), as_json=as_json)
    return int(end.summary.exit_code or 0)


def _run_elsewhere(fleet: Fleet, overrides: Sequence[tuple[Override, ...]], launcher: Sequence[str]) -> FleetEnd:
    """Let a launcher run the jobs whose configuration is right, and record the others here."""
    here = [job for job in fleet.jobs if isinstance(job.settings, DatalchemyError)]
    numbers = [job.number for job in fleet.jobs if job not in here]
    size = max(1, min(_MOST_IN_A_CHUNK, len(numbers) // MOST_WORKERS))
    chunks = tuple(
        pickled([(number, overrides[number]) for number in numbers[at : at + size]])
        for at in range(0, len(numbers), size)
    )
    code = ExitCode.OK
    try:
        for job in here:
            _run(job, fleet.sweep.path, fleet.sweep.mode)
        if chunks:
            work = _Chunks(chunks, fleet.sweep.path, fleet.sweep.mode)
            launch(launcher, work, numbers=len(chunks), folder=fleet.sweep.path.absolute())
    except KeyboardInterrupt as stopped:
        code = ExitCode.TERMINATED if isinstance(stopped, Terminated) else ExitCode.INTERRUPTED
    return end_fleet(fleet, code)


@dataclass(frozen=True)
class _Chunks:
    """What a launcher's process does. It composes its jobs itself: no value of a file is sent to it.

    Each of `chunks` is pickled apart: the numbers of its jobs with their overrides, without a secret.
    """

    chunks: tuple[bytes, ...]
    sweep_dir: Path
    mode: int

    def __call__(self, number: int) -> None:
        with Composer.started() as composer:
            jobs = [plan_job(composer, overrides, place) for place, overrides in pickle.loads(self.chunks[number])]  # noqa: S301  # our own bytes
        for job in jobs:
            _run(job, self.sweep_dir, self.mode)


def _run(job: PlannedJob, sweep_dir: Path, mode: int) -> None:
    known: dict[str, Any] = {"vault": process_vault(), "environ": os.environ}
    observer = progress.verbose_events(job.database)
    record, error = run_job(job, sweep_dir=sweep_dir, mode=mode, observer=observer, **known)
    summary.tell_job(record, error)
