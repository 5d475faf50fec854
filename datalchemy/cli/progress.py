"""The progress of a run: on stderr, and only on a terminal or with -v."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datalchemy.cli.terminal import printable, verbosity
from datalchemy.events import Events, ignore_events
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
_HIDDEN = ("run_id", "timestamp")


@contextmanager
def observer(label: str | None, *, spins: bool = True) -> Iterator[Events]:
    """Yield the receiver of a run's events.

    A terminal shows the current phase, and each retry, since it explains a wait. With -v every event is a line. Else
    nothing is printed.

    Args:
        label: the name of the database in the output, where it is known.
        spins: False where several runs share the terminal.
    """
    if verbosity() > 0:
        yield _print_event
    elif verbosity() < 0 or not spins or not sys.stderr.isatty():
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
                console.print(Text(prefix + _retry(fields), style="yellow"))

        yield show


def _retry(fields: dict[str, Any]) -> str:
    wait, attempt = fields.get("wait_seconds", 0.0), fields.get("attempt")
    return printable(f"attempt {attempt} failed, the next in {wait:.1f} s: {fields.get('error')}")


def _print_event(event: str, *, level: str = "info", **fields: Any) -> None:
    print(f"{level:7} {_line(event, fields)}", file=sys.stderr, flush=True)  # noqa: T201  # -v asks for it


def _line(event: str, fields: dict[str, Any]) -> str:
    pairs = (f"{key}={_short(value)}" for key, value in fields.items() if key not in _HIDDEN and value is not None)
    return printable(" ".join([event, *pairs]))


def _short(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else shown(str(value), process_vault().scrub, limit=_LONGEST)
