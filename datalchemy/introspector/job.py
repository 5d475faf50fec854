"""One job of a sweep: a run, with a record of its own that says when it begins and how it ends."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from datalchemy.errors import DatalchemyError, ExitCode, InternalError
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.connection import plan_connection
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import reject, run
from datalchemy.introspector.settings import Settings
from datalchemy.introspector.stop import Stop
from datalchemy.registry.files import FILE_MODE
from datalchemy.registry.layout import new_id, run_id_in, run_name
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunFailure
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweeps import write_job
from datalchemy.secrets.vault import Json, Vault
from datalchemy.text import shown


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """One run that a sweep will do.

    Attributes:
        number: its place in the sweep, from 0.
        database: the name that its user gave the database; None where there is none.
        overrides: the settings of the command line, for the record; without a secret.
        settings: what to do; the error where the configuration of this job is wrong.
        run_dir: the folder that the settings name as the run's; by default it is named when the run begins.
    """

    number: int
    database: str | None
    overrides: tuple[str, ...] = ()
    settings: Settings | DatalchemyError
    run_dir: Path | None = None


def place_of(job: PlannedJob, vault: Vault, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return host, port, dbname and user, as far as the settings say them. Nothing is contacted; never raises."""
    if isinstance(job.settings, DatalchemyError):
        return {}
    try:
        return plan_connection(job.settings, vault=vault.branch(), environ=environ).place
    except Exception:  # noqa: BLE001  # its run will say it
        return {}


def planned_record(job: PlannedJob, place: Mapping[str, str]) -> SweepJob:
    """Return the record of a job that has not begun; `place` is that of `place_of`."""
    return SweepJob(
        job=job.number,
        database=job.database,
        host=place.get("host"),
        dbname=place.get("dbname"),
        overrides=job.overrides,
    )


def run_job(
    job: PlannedJob,
    *,
    sweep_dir: Path,
    vault: Vault,
    environ: Mapping[str, str],
    mode: int = FILE_MODE,
    write: Callable[[SweepJob], None] | None = None,
    stop: Stop | None = None,
    observer: Events = ignore_events,
    work: Callable[..., RunOutcome] = run,
    clock: Callable[[], datetime] = utc_now,
    origin: Mapping[str, Json] | None = None,
) -> tuple[SweepJob, DatalchemyError | None]:
    """Do one job of a sweep and record when it begins and ends; any process of the sweep may call it.

    Args:
        job: what to do. One without settings is a failed run, with a folder of its own.
        sweep_dir: the folder of the sweep's records.
        vault: the secrets of this process.
        environ: where references are looked up.
        mode: that of the job's record, and of its run where it has no settings.
        write: writes a record; by default to the sweep's folder.
        stop: lets another thread end the job.
        observer: receives the run's events.
        work: does the run.
        clock: returns the time, in UTC.
        origin: the result of `provenance`, which is the same for all jobs of a process.

    Returns:
        The record, and why the job failed.

    Raises:
        RegistryError: how the job ended could not be recorded.
        KeyboardInterrupt: the job was interrupted, and is recorded so; or it has not begun.
    """
    stop = stop or Stop()
    stop.check()
    vault = vault.branch()  # no run is searched for the secrets of another
    write = write or partial(write_job, sweep_dir, vault=vault, mode=mode)
    registry = sweep_dir.parent.parent
    output = job.settings.output if isinstance(job.settings, Settings) else None
    run_dir = job.run_dir or (output.runs_dir if output else registry) / run_name(clock(), new_id())
    begun = _with_run(planned_record(job, place_of(job, vault, environ)), run_dir, registry, status=JobStatus.RUNNING)
    known: dict[str, Any] = {"vault": vault, "environ": environ, "overrides": job.overrides, "observer": observer}
    known |= {"run_dir": run_dir, "clock": clock, "origin": origin}
    try:
        write(begun)
        if isinstance(job.settings, Settings):
            outcome = work(job.settings, stop=stop, records_refusal=True, **known)
        else:
            outcome = reject(job.settings, name=job.database, **known)
    except KeyboardInterrupt as interruption:
        code = getattr(interruption, "exit_code", ExitCode.INTERRUPTED)
        write(_with_run(begun, _left(run_dir), registry, status=JobStatus.INTERRUPTED, exit_code=int(code)))
        raise
    except Exception as fault:  # noqa: BLE001  # every other job still runs
        error = fault if isinstance(fault, DatalchemyError) else fault_of_ours(fault, vault)
        outcome = replace(reject(error, name=job.database, **known), error=error, exit_code=error.exit_code)
    ended = _with_run(begun, _left(outcome.run_dir or run_dir), registry, **_facts(outcome))
    write(ended)
    return ended, outcome.error


def fault_of_ours(fault: Exception, vault: Vault) -> InternalError:
    """Return the error that says what broke."""
    text = " ".join(shown(str(fault), vault.scrub).split())
    return InternalError(
        f"{type(fault).__name__}: {text}".removesuffix(": "), remedy="this is a fault of datalchemy: please report it"
    )


def _left(run_dir: Path) -> Path | None:
    """Return a run's folder, or None where the run has written nothing to it; then it is deleted."""
    with suppress(OSError):
        run_dir.rmdir()
    return run_dir if run_dir.is_dir() else None


def _with_run(record: SweepJob, run_dir: Path | None, registry: Path, **facts: Any) -> SweepJob:
    if run_dir is None:
        return record.model_copy(update={"run_id": None, "run_dir": None, **facts})
    is_beside = os.path.abspath(run_dir.parent) == os.path.abspath(registry)  # noqa: PTH100  # no link is resolved
    shown_as = run_dir.name if is_beside else str(run_dir.absolute())
    return record.model_copy(update={"run_id": run_id_in(run_dir.name), "run_dir": shown_as, **facts})


def failure(error: DatalchemyError) -> dict[str, Any]:
    """Return the facts of a record whose job failed."""
    why = RunFailure(code=error.code, message=error.message, remedy=error.remedy)
    return {"status": JobStatus.FAILED, "exit_code": int(error.exit_code), "error": why}


def _facts(outcome: RunOutcome) -> dict[str, Any]:
    metrics, schema = outcome.metrics, outcome.schema
    facts: dict[str, Any] = {
        **({"status": JobStatus.SUCCEEDED, "exit_code": 0} if outcome.error is None else failure(outcome.error)),
        "duration_seconds": round(outcome.duration_seconds, 3),
        "warnings": len(outcome.warnings),
    }
    if metrics is not None:
        counts = metrics.counts
        facts |= {"tables": counts.tables, "columns": counts.columns, "foreign_keys": counts.constraints.foreign_key}
    if schema is not None:
        facts |= {"fingerprint": schema.fingerprint, "dbname": schema.database}
    return facts
