"""The summary of a run for people: coloured on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple, TextIO

from datalchemy.adapters import engine_title
from datalchemy.cli.terminal import printable, tell, verbosity, write_artefact
from datalchemy.errors import DatalchemyError
from datalchemy.introspector.record import RunOutcome
from datalchemy.metrics import Metrics
from datalchemy.model.schema import DatabaseSchema
from datalchemy.registry import layout
from datalchemy.registry.files import read_regular, registry_errors
from datalchemy.registry.records import JobStatus, SweepJob, SweepSummary

_WARNINGS_SHOWN = 8
_TABLES_SHOWN = 12
_JOBS_SHOWN = 12
_GROUPS_SHOWN = 6
_NAMES_SHOWN = 6
_REASON_LENGTH = 90


class Row(NamedTuple):
    """One fact: its label, its value, a detail, and whether it is a warning."""

    label: str
    value: str
    detail: str = ""
    warns: bool = False


def show_run(
    outcome: RunOutcome, database: str | None, *, as_json: bool = False, schema_on_stdout: bool = False
) -> None:
    """Show a run: its summary on stdout, its error on stderr, and its folder.

    Args:
        outcome: the result of the run.
        database: what its user calls the database.
        as_json: whether stdout gets a JSON document in the summary's place.
        schema_on_stdout: whether stdout gets schema.json; the summary goes to stderr.

    Raises:
        RegistryError: schema.json cannot be read again.
    """
    place = Row("run", printable(relative(outcome.run_dir)))
    if as_json:
        from datalchemy.cli import result

        result.show(result.run_result(outcome, database))
    elif outcome.schema is not None and outcome.metrics is not None and verbosity() >= 0:
        stream = sys.stderr if schema_on_stdout else sys.stdout
        rows = [*facts(outcome.schema, outcome.metrics), *_warnings(outcome)]
        good = outcome.error is None
        _print(_headline(outcome, outcome.schema, database), [*rows, place] if good else rows, good=good, stream=stream)
    if outcome.error is not None:
        tell(outcome.error)
        if outcome.run_dir is not None:
            print(f"  {place.label}: {place.value}", file=sys.stderr)  # noqa: T201  # part of the error
    if schema_on_stdout and outcome.schema is not None and outcome.run_dir is not None:
        file = outcome.run_dir / layout.SCHEMA
        with registry_errors("read", file):
            write_artefact(read_regular(file))


def facts(schema: DatabaseSchema, metrics: Metrics) -> list[Row]:
    """Return the rows of a run's summary."""
    counts, coverage, graph = metrics.counts, metrics.coverage, metrics.fk_graph
    kinds = counts.tables_by_kind
    rows = [
        Row("schemas", str(counts.schemas), ", ".join(printable(one.name) for one in schema.schemas[:6])),
        Row(
            "tables",
            str(counts.tables),
            _listed(
                (kinds.view, "view"),
                (kinds.materialized_view, "materialized view"),
                (kinds.foreign_table, "foreign table"),
                (kinds.partitioned_table, "partitioned"),
                (counts.partitions, "partition"),
            ),
        ),
        Row("columns", str(counts.columns), _percent(coverage.columns_not_null_percent, "NOT NULL")),
        Row(
            "constraints",
            str(sum(counts.constraints.model_dump().values())),
            _listed(
                (counts.constraints.primary_key, "primary key"),
                (counts.constraints.foreign_key, "foreign key"),
                (counts.constraints.unique, "unique"),
                (counts.constraints.check, "check"),
                (counts.constraints.exclude, "exclusion"),
                (counts.constraints.not_null, "not null"),
            ),
        ),
        Row("indexes", str(counts.indexes)),
        Row(
            "types",
            str(sum(counts.types.model_dump().values())),
            _listed(
                (counts.types.enum, "enum"),
                (counts.types.domain, "domain"),
                (counts.types.composite, "composite"),
                (counts.types.range, "range"),
            ),
        ),
        Row("functions", str(counts.functions)),
        Row(
            "coverage",
            _percent(coverage.tables_with_primary_key_percent, "of tables with a primary key"),
            _percent(coverage.tables_with_foreign_key_percent, "with a foreign key"),
        ),
    ]
    if graph.dependency_order:
        levels = max(table.level for table in graph.dependency_order) + 1
        shape = _listed((levels, "level"), (graph.edges, "edge"), (len(graph.cycles), "cycle"))
        rows.append(Row("fill order", _order(metrics), shape))
    return [row for row in rows if row.value and row.value != "0"]


def _headline(outcome: RunOutcome, schema: DatabaseSchema, database: str | None) -> str:
    engine = f"{engine_title(schema.engine)} {schema.engine_version}"
    name = printable(database or schema.database)
    return f"{name}: {printable(engine)}, {outcome.duration_seconds:.2f} s"


def _order(metrics: Metrics) -> str:
    tables = metrics.fk_graph.dependency_order
    shown = [_name(table, metrics) for table in tables[:_TABLES_SHOWN]]
    return ", ".join(shown) + (f", ... ({len(tables)} tables)" if len(tables) > len(shown) else "")


def _name(table: Any, metrics: Metrics) -> str:
    return printable(table.table if metrics.counts.schemas == 1 else f"{table.schema_name}.{table.table}")


def _listed(*parts: tuple[int, str]) -> str:
    return ", ".join(_many(number, what) for number, what in parts if number)


def _many(number: int, what: str) -> str:
    plural = {"index": "indexes", "unique": "unique", "not null": "not null", "partitioned": "partitioned"}
    return f"{number} {what if number == 1 else plural.get(what, what + 's')}"


def _percent(share: float | None, what: str) -> str:
    return "" if share is None else f"{share:.0f} % {what}" if share == round(share) else f"{share:.1f} % {what}"


def _warnings(outcome: RunOutcome) -> list[Row]:
    rows = [
        Row("warning", printable(warning.message), warning.code.value, warns=True)
        for warning in outcome.warnings[:_WARNINGS_SHOWN]
    ]
    more = len(outcome.warnings) - len(rows)
    return [*rows, Row("warning", f"{more} more in {layout.METRICS}", warns=True)] if more else rows


def relative(path: Path | None) -> str:
    """Return `path` relative to the current directory, when it is below it."""
    if path is None:
        return ""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # not below it, or a link to itself
        return str(path)


def _print(headline: str, rows: Sequence[Row], *, good: bool, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    if not stream.isatty():
        lines = [f"{row.label}: {row.value}" + (f" ({row.detail})" if row.detail else "") for row in rows]
        print(headline, *lines, sep="\n", file=stream, flush=True)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text is never parsed as markup: names may hold brackets.
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        value = Text(row.value)
        if row.detail:
            value.append(f"  {row.detail}", style="dim")
        grid.add_row(Text(f"  {row.label}", style="yellow" if row.warns else "cyan"), value)
    console = Console(file=stream, highlight=False)
    mark = Text("✔ ", style="green") if good else Text("✘ ", style="red")
    console.print(mark + Text(headline, style="bold"))
    console.print(grid)


def tell_job(record: SweepJob, error: DatalchemyError | None, *, count: str = "") -> None:
    """Show on stderr that a run of a sweep ended; `count` says how many have."""
    name = f"{count}{_name_of(record)}"
    if error is not None:
        tell(error, about=name)
    elif verbosity() >= 0:
        line = f"{name} ok {_many(record.tables or 0, 'table')} {record.duration_seconds or 0:.1f} s"
        print(line, file=sys.stderr, flush=True)  # noqa: T201  # progress


def show_sweep(
    sweep_dir: Path, summary: SweepSummary, error: DatalchemyError | None = None, *, as_json: bool = False
) -> None:
    """Show how a sweep ended, on one screen: which databases are alike, which failed and why, and where the rest is.

    With `as_json` it is one JSON document, which holds `error`, too: it is one of the sweep's records.
    """
    if as_json:
        from datalchemy.cli import result

        result.show(result.sweep_result(sweep_dir, summary, error))
        return
    if verbosity() < 0:
        return
    good = summary.runs.get(JobStatus.SUCCEEDED.value, 0)
    common = set.intersection(*(set(job.overrides) for job in summary.jobs))
    headline = f"sweep: {good} of {_many(len(summary.jobs), 'run')} succeeded" + (
        "" if summary.complete else ", cut short"
    )
    shown = [job for job in summary.jobs if len(summary.jobs) <= _JOBS_SHOWN or job.status is JobStatus.FAILED]
    rows = [Row(_label(job, common), *_job(job), job.status is not JobStatus.SUCCEEDED) for job in shown[:_JOBS_SHOWN]]
    if len(shown) > _JOBS_SHOWN:
        rows.append(Row("failed", f"{len(shown) - _JOBS_SHOWN} more", warns=True))
    rows += [Row("same structure", _few(group.databases)) for group in summary.groups[:_GROUPS_SHOWN]]
    if len(summary.groups) > _GROUPS_SHOWN:
        rows.append(Row("same structure", f"{len(summary.groups) - _GROUPS_SHOWN} more groups"))
    rows += [
        Row(status.replace("_", " "), str(summary.runs[status]), warns=True)
        for status in (JobStatus.INTERRUPTED.value, JobStatus.NOT_BEGUN.value)
        if status in summary.runs
    ]
    rows.append(Row("summary", printable(relative(sweep_dir / layout.SUMMARY))))
    _print(headline, rows, good=summary.complete and good == len(summary.jobs))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{len(names)}: {', '.join(map(printable, names[:_NAMES_SHOWN]))}{more}"


def _name_of(job: SweepJob) -> str:
    return printable(job.database or job.dbname or f"job {job.job}")


def _label(job: SweepJob, common: set[str]) -> str:
    own = [one for one in job.overrides if one not in common and not one.startswith("+db=")]
    return printable(" ".join([_name_of(job), *own]))


def _job(job: SweepJob) -> tuple[str, str]:
    if job.status is not JobStatus.SUCCEEDED:
        code = "" if job.exit_code is None else f" (exit {job.exit_code})"
        reason = f": {shorten(printable(job.error.message), _REASON_LENGTH)}" if job.error else ""
        return job.status.value.replace("_", " ") + code + reason, job.run_dir or ""
    warned = f", {_many(job.warnings, 'warning')}" if job.warnings else ""
    return f"{_many(job.tables or 0, 'table')}{warned}, {job.duration_seconds or 0:.2f} s", job.run_dir or ""
