"""Whole runs in a test, with what their log says, and a word on how many were tried."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.vault import Vault
from tests import tallies

Observer = Callable[[str, dict[str, Any]], None]
QUICK = {"attempts": 5, "initial_wait_seconds": 0.05, "max_wait_seconds": 0.2, "deadline_seconds": 60.0}


@dataclass(frozen=True)
class Watched:
    """A run that ended: its outcome, and the lines of its log."""

    outcome: RunOutcome
    lines: list[dict[str, Any]]

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return the log's lines about this event."""
        return [line for line in self.lines if line["event"] == event]

    @property
    def attempts(self) -> int:
        """How many times it was tried."""
        return len(self.told("connection_attempt"))

    @property
    def causes(self) -> str:
        """What was said of the attempts that failed and were repeated."""
        return " | ".join(line["error"] for line in self.told("capture_retry"))

    @property
    def schema_json(self) -> bytes:
        """The artefact."""
        assert self.outcome.run_dir is not None
        return (self.outcome.run_dir / "schema.json").read_bytes()


def watch(
    url: str,
    folder: Path,
    *,
    observer: Observer | None = None,
    top: dict[str, Any] | None = None,
    **sections: dict[str, Any],
) -> Watched:
    """Do a run whose registry is `folder`; `top` and `sections` are those of the settings, and retries are quick.

    The observer is called in the middle of the run, while its connection is idle.
    """

    def tell(event: str, *, level: str = "info", **fields: Any) -> None:
        if observer is not None:
            observer(event, fields)

    settings = load_settings(
        {
            **(top or {}),
            "filter": {"include_schemas": ["*"]},
            **sections,
            "db": {"url": url, **sections.get("db", {})},
            "retry": {**QUICK, **sections.get("retry", {})},
            "output": {"runs_dir": str(folder)},
        }
    )
    outcome = run(settings, vault=Vault(), environ={}, observer=tell)
    assert outcome.run_dir is not None, outcome.error
    lines = (outcome.run_dir / "logs.ndjson").read_text().splitlines()
    return Watched(outcome, [json.loads(line) for line in lines])


@contextmanager
def tally(what: str) -> Iterator[Counter[str]]:
    """Count what is tried; the end of the session says it."""
    counted: Counter[str] = Counter()
    yield counted
    tallies.leave(what, counted)


def once(event: str, action: Callable[[], object]) -> Observer:
    """Return an observer that acts on the first such event."""
    waiting = [action]

    def observe(told: str, _: dict[str, Any]) -> None:
        if told == event and waiting:
            waiting.pop()()

    return observe
