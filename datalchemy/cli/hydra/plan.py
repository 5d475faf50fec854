"""The plan of a command line: one job for each run, with its settings or the error of its configuration."""

import os
from collections.abc import Sequence
from pathlib import Path

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra import settings as hydra_settings
from datalchemy.cli.hydra.compose import Composed, Composer
from datalchemy.cli.hydra.errors import translate
from datalchemy.cli.hydra.expand import Override
from datalchemy.cli.hydra.sweep_settings import SweepSettings
from datalchemy.cli.process import fault_of_ours, trace
from datalchemy.errors import ConfigurationError, DatalchemyError
from datalchemy.introspector.job import PlannedJob
from datalchemy.introspector.settings import Settings


def plan(composer: Composer, jobs: Sequence[tuple[Override, ...]]) -> list[PlannedJob]:
    """Compose every job and return them in their order; a job whose configuration is wrong holds the error.

    Raises:
        ConfigurationError: several jobs would write the file of `output.out`, or stdout.
    """
    planned = [plan_job(composer, overrides, number) for number, overrides in enumerate(jobs)]
    _refuse_shared_copy(planned)
    return _with_distinct_names(planned)


def sweep_settings(composer: Composer, jobs: Sequence[tuple[Override, ...]]) -> SweepSettings:
    """Return how many jobs run side by side, as the configuration without any database's file says.

    Raises:
        DatalchemyError: the configuration cannot be composed.
    """
    common = compose(composer, tuple(each for each in jobs[0] if each.key != "db"))
    return hydra_settings.read_sweep(common.config)


def plan_job(composer: Composer, overrides: tuple[Override, ...], number: int) -> PlannedJob:
    """Compose one job and return it; it holds the error if its configuration is wrong."""
    words = tuple(map(str, overrides))
    chosen = next((each.value for each in overrides if each.chooses and each.key == "db"), None)
    try:
        composed = compose(composer, overrides, number)
        settings = hydra_settings.read(composed.config, composed)
    except DatalchemyError as error:
        return PlannedJob(number=number, database=chosen, overrides=words, settings=error)
    except Exception as fault:  # noqa: BLE001  # the other jobs run
        trace(fault)
        return PlannedJob(number=number, database=chosen, overrides=words, settings=fault_of_ours(fault))
    return PlannedJob(
        number=number,
        database=settings.db.name or chosen,
        overrides=words,
        settings=settings,
        run_dir=composed.run_dir,
    )


def compose(composer: Composer, overrides: tuple[Override, ...], number: int = 0) -> Composed:
    """Return the configuration of one job.

    Raises:
        DatalchemyError: it cannot be composed; the error names the file where one is to blame.
    """
    try:
        return composer.compose(overrides, number)
    except Exception as fault:
        if error := translate(fault):
            raise error from fault
        raise


def _refuse_shared_copy(jobs: Sequence[PlannedJob]) -> None:
    """Raise ConfigurationError if one file would get the copies of several jobs."""
    first: dict[Path, PlannedJob] = {}
    for job in jobs:
        output = job.settings.output if isinstance(job.settings, Settings) else None
        out = output.out if output else None
        if output and output.is_to_stdout:
            raise ConfigurationError(
                "output.out=- does not go with -m: stdout holds one schema.json",
                remedy="leave it out: each run keeps its own; or write output.out='${db.name}.json'",
            )
        if out is not None and (other := first.setdefault(out.absolute(), job)) is not job:
            raise ConfigurationError(
                f"output.out: {other.database} and {job.database} would write the same file {out}",
                remedy="write output.out='${db.name}.json', or leave it out: each run keeps its own schema.json",
            )


def _with_distinct_names(jobs: list[PlannedJob]) -> list[PlannedJob]:
    """Return the jobs; those of two files that give one name are refused: nobody could keep them apart."""
    files: dict[str, set[str]] = {}
    for job in jobs:
        for option in _options(job):
            files.setdefault(job.database or option, set()).add(option)
    return [job if len(files.get(job.database or "", ())) < 2 else _refused(job, files) for job in jobs]


def _refused(job: PlannedJob, files: dict[str, set[str]]) -> PlannedJob:
    places = sorted(str(config_folders.source("db", option, os.environ)) for option in files[job.database or ""])
    error = ConfigurationError(
        f"db.name: {' and '.join(places)} have the same name {job.database!r}", remedy="give each a name of its own"
    )
    return PlannedJob(number=job.number, database=job.database, overrides=job.overrides, settings=error)


def _options(job: PlannedJob) -> list[str]:
    return [word.removeprefix("+db=") for word in job.overrides if word.startswith("+db=")]
