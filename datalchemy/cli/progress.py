"""The progress of a run: on stderr, and only on a terminal or with -v."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from datalchemy.cli import summary
from datalchemy.cli.terminal import printable, verbosity
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.fleet import JobEnd, PlannedJob
from datalchemy.secrets.process import process_vault
from datalchemy.text import shown

_PHASES = {
    "run_started": "starting",
    "provision_started": "starting a throwaway server",
    "provision_init_loaded": "loading its SQL files",
    "provision_ready": "connecting",
    "engine_detected": "connecting",
    "connection_attempt": "connecting",
    "connected": "reading the catalog",
    "introspection_started": "reading the catalog",
    "introspection_finished": "putting it together",
    "schema_written": "writing",
    "metrics_written": "writing",
}
_LONGEST = 200
_NAMES_SHOWN = 3
_HIDDEN = ("run_id", "timestamp")


@contextmanager
def observer(label: str | None) -> Iterator[Events]:
    """Yield the receiver of a run's events.

    A terminal shows the current phase, and each retry, since it explains a wait. With -v every event is a line. Else
    nothing is printed.

    Args:
        label: the name of the database in the output, where it is known.
    """
    if verbosity() > 0:
        yield verbose_events(None)
    elif verbosity() < 0 or not sys.stderr.isatty():
        yield ignore_events
    else:
        yield from _spinning(label)


def _spinning(label: str | None) -> Iterator[Events]:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    prefix = f"{printable(label)}: " if label else ""
    with console.status(Text(f"{prefix}starting")) as status:

        def show(event: str, *, level: str = "info", **fields: Any) -> None:
            if phase := _PHASES.get(event):
                status.update(Text(prefix + phase))
            if event == "capture_retry":
                console.print(Text(prefix + _retry(fields), style="yellow"), no_wrap=True, overflow="ellipsis")

        yield show


def _retry(fields: dict[str, Any]) -> str:
    wait, attempt = fields.get("wait_seconds", 0.0), fields.get("attempt")
    return printable(f"attempt {attempt} failed, the next in {wait:.1f} s: {fields.get('error')}")


def verbose_events(label: str | None) -> Events:
    """Return what prints every event with -v, each line after the name of its database, and nothing otherwise."""
    prefix = f"{printable(label)}: " if label else ""

    def print_event(event: str, *, level: str = "info", **fields: Any) -> None:
        # One write: other runs print at the same time.
        print(f"{level:7} {prefix}{_line(event, fields)}\n", end="", file=sys.stderr, flush=True)  # noqa: T201

    return print_event if verbosity() > 0 else ignore_events


class SweepProgress:
    """Shows how far a sweep is: a line for each run that ends, and on a terminal what runs now.

    Args:
        planned: the number of jobs.
        update: shows a text in place of the last one.
    """

    def __init__(self, planned: int, update: Callable[[str], None]) -> None:
        self._planned = planned
        self._update = update
        self._ended = 0
        self._running: dict[int, str] = {}

    def begun(self, job: PlannedJob) -> None:
        """Show that a job runs."""
        self._running[job.number] = printable(job.database or f"job {job.number}")
        self._show()

    def ended(self, end: JobEnd) -> None:
        """Show how a job ended."""
        self._running.pop(end.job.number, None)
        self._ended = end.ended
        summary.tell_job(end.record, end.error, count=f"{end.ended}/{end.planned} ")
        self._show()

    def observe(self, job: PlannedJob) -> Events:
        """Return the receiver of the events of a job's run."""
        return verbose_events(job.database)

    def _show(self) -> None:
        names = list(self._running.values())
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        self._update(f"{self._ended}/{self._planned}  {', '.join(names[:_NAMES_SHOWN])}{more}")


@contextmanager
def sweep_observer(planned: int) -> Iterator[SweepProgress]:
    """Yield what shows the progress of a sweep of so many jobs."""
    if verbosity() != 0 or not sys.stderr.isatty():
        yield SweepProgress(planned, lambda text: None)
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status(Text(f"0/{planned}")) as status:
        yield SweepProgress(planned, lambda text: status.update(Text(text)))


def _line(event: str, fields: dict[str, Any]) -> str:
    pairs = (f"{key}={_short(value)}" for key, value in fields.items() if key not in _HIDDEN and value is not None)
    return printable(" ".join([event, *pairs]))


def _short(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else shown(str(value), process_vault().scrub, limit=_LONGEST)
