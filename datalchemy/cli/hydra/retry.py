"""Runs the jobs of a sweep again that did not succeed, as a new sweep."""

import os
from collections.abc import Sequence

from datalchemy.cli.hydra import config_folders, expand
from datalchemy.cli.hydra.compose import Composer
from datalchemy.cli.hydra.expand import Override
from datalchemy.cli.hydra.plan import plan, sweep_settings
from datalchemy.cli.hydra.sweep import run_sweep
from datalchemy.errors import DatalchemyError
from datalchemy.registry.records import SweepJob
from datalchemy.registry.sweep_listing import SweepFound


def retry(sweep: SweepFound, jobs: Sequence[SweepJob], *, as_json: bool = False) -> int:
    """Run jobs of a sweep again, with their overrides and the configuration of today; return the worst exit code.

    Args:
        sweep: the sweep; the new one is recorded beside it, and names it.
        jobs: those of `jobs_to_repeat`, at least one.
        as_json: whether a JSON document is shown instead of a summary.

    Raises:
        DatalchemyError: an override of a job means nothing any more, or the new sweep cannot be recorded.
    """
    config_folders.check_variable(os.environ)
    overrides = [_overrides(job, sweep) for job in jobs]
    with Composer.started() as composer:
        settings = sweep_settings(composer, overrides)
        return run_sweep(plan(composer, overrides), overrides, settings, repeated=sweep, as_json=as_json)


def _overrides(job: SweepJob, sweep: SweepFound) -> tuple[Override, ...]:
    try:
        (overrides,) = expand.jobs(job.overrides, multirun=False)
    except DatalchemyError as error:
        raise type(error)(
            f"job {job.job} of sweep {sweep.sweep_id} cannot be repeated: {error.message}", remedy=error.remedy
        ) from None
    return overrides
