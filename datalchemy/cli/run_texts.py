"""Runs and sweeps of a registry as lines for people, and as values for programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from datalchemy.cli.columns import facts, table
from datalchemy.registry.layout import CONFIG
from datalchemy.registry.listing import RunSummary
from datalchemy.registry.manifest import Database, read_manifest
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweep_listing import SweepFound

_NOTHING = "-"
_RUN_COLUMNS = ("run", "started", "status", "database", "dbname@host", "tables", "fingerprint", "seconds")
_SWEEP_COLUMNS = ("sweep", "started", "status", "jobs", "of these")
_JOB_COLUMNS = ("database", "status", "run", "tables", "error")


def run_lines(runs: Sequence[RunSummary]) -> Iterator[str]:
    """Yield a table of runs, in their order."""
    return table([_RUN_COLUMNS, *(_run_row(each) for each in runs)], optional=(7, 6, 5), flexible=(4, 3))


def sweep_lines(sweeps: Sequence[SweepFound]) -> Iterator[str]:
    """Yield a table of sweeps, in their order."""
    rows = [
        (each.sweep_id, _moment(each.started_at), each.status.value, _number(len(each.jobs) or None), _counts(each))
        for each in sweeps
    ]
    return table([_SWEEP_COLUMNS, *rows], flexible=(4,))


def run_facts(run: RunSummary) -> Iterator[str]:
    """Yield what is known of a run, a fact a line; then its files."""
    captured, database = run.captured, run.database
    rows = [
        ("run", run.run_id),
        ("folder", str(run.path)),
        ("status", run.status.value),
        ("problem", run.problem),
        ("error", run.error and run.error.message),
        ("hint", run.error and run.error.remedy),
        ("started", run.started_at and run.started_at.isoformat()),
        ("seconds", _seconds(run.duration_seconds)),
        ("database", database.name),
        ("host", database.host),
        ("port", None if database.port is None else str(database.port)),
        ("dbname", database.dbname),
        ("server", captured and captured.engine_version),
        ("tables", captured and str(captured.tables)),
        ("fingerprint", captured and captured.fingerprint),
    ]
    if run.started_at and run.problem is None:
        rows += [("file", f"{each.name}  {each.size_bytes} bytes") for each in read_manifest(run.path).artefacts]
    return facts([(label, value) for label, value in rows if value])


def sweep_facts(sweep: SweepFound) -> Iterator[str]:
    """Yield what is known of a sweep, a fact a line; then a table of its jobs."""
    summary = sweep.seen and sweep.seen.summary
    finished_at = summary and summary.finished_at
    rows = [
        ("sweep", sweep.sweep_id),
        ("folder", str(sweep.path)),
        ("status", sweep.status.value),
        ("problem", sweep.problem),
        ("started", sweep.started_at.isoformat()),
        ("finished", finished_at and finished_at.isoformat()),
        ("jobs", f"{len(sweep.jobs)}: {_counts(sweep)}" if sweep.jobs else None),
    ]
    for group in summary.groups if summary else ():
        if len(group.databases) > 1:
            rows.append(("same", f"{group.fingerprint[:12]}: {', '.join(group.databases)}"))
    yield from facts([(label, value) for label, value in rows if value])
    if sweep.jobs:
        yield ""
        yield from table([_JOB_COLUMNS, *(_job_row(job) for job in sweep.jobs)], optional=(3,), flexible=(4, 0))


def run_value(run: RunSummary) -> dict[str, Any]:
    """Return what is known of a run, as JSON data."""
    return {**run.model_dump(mode="json"), "config": str(run.path / CONFIG)}


def sweep_line_value(sweep: SweepFound) -> dict[str, Any]:
    """Return what a list says of a sweep, as JSON data: its summary without the jobs."""
    return {key: value for key, value in sweep_value(sweep).items() if key not in ("jobs", "groups")}


def sweep_value(sweep: SweepFound) -> dict[str, Any]:
    """Return what is known of a sweep, as JSON data: its summary, with the true status of every job."""
    known = {"sweep_id": sweep.sweep_id, "path": str(sweep.path), "status": sweep.status.value}
    summary = sweep.seen.summary.model_dump(mode="json") if sweep.seen else {}
    return {**known, "problem": sweep.problem, **summary}


def _run_row(run: RunSummary) -> tuple[str, ...]:
    captured = run.captured
    return (
        run.run_id,
        _moment(run.started_at),
        run.status.value,
        run.database.name or _NOTHING,
        _place(run.database),
        _number(captured.tables if captured else None),
        captured.fingerprint[:12] if captured else _NOTHING,
        _seconds(run.duration_seconds) or _NOTHING,
    )


def _job_row(job: SweepJob) -> tuple[str, ...]:
    name = job.database or job.dbname or f"job {job.job}"
    return (name, job.status.value, job.run_id or _NOTHING, _number(job.tables), job.error.message if job.error else "")


def _counts(sweep: SweepFound) -> str:
    # Alphabetical: what failed comes first, and what succeeded last.
    counted = {status: sum(job.status is status for job in sweep.jobs) for status in sorted(JobStatus)}
    return ", ".join(f"{number} {status}" for status, number in counted.items() if number) or _NOTHING


def _place(database: Database) -> str:
    """Return where a database is: `dbname@host:port`, as far as it is known."""
    host = None if database.host is None else f"@{database.host}"
    port = f":{database.port}" if host and database.port is not None else None
    return "".join(part for part in (database.dbname, host, port) if part) or _NOTHING


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "?"


def _number(number: int | None) -> str:
    return _NOTHING if number is None else str(number)


def _seconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.2f}"
