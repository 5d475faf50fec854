"""Runs for tests of the registry."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from datalchemy.registry import (
    Registry,
    Run,
)

NOON = datetime(2026, 1, 10, 12, 34, 56, tzinfo=UTC)


CANARY = "s3cr3t-hunter2"


def plain(text: str) -> str:
    """Stand in for a scrubber where no secret is known."""
    return text


def start(runs_dir: Path, *, scrub: Callable[[str], str] = plain, run_dir: Path | None = None, **config: Any) -> Run:
    """Start a run at noon that lasts a second and a half."""
    registry = Registry(runs_dir, clock=lambda: NOON + timedelta(seconds=1.5))
    return registry.start(config=config, started_at=NOON, scrub=scrub, run_dir=run_dir)


def files(folder: Path) -> list[str]:
    """Return the names in a folder, sorted, hidden ones too."""
    return sorted(entry.name for entry in folder.iterdir())
