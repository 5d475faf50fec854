"""Which runs can go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.core.errors import RegistryError
from datalchemy.registry import RunStatus, RunSummary
from datalchemy.registry.prune import remove, superfluous

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def summary(name: str, *, days: int | None, status: RunStatus = RunStatus.SUCCEEDED) -> RunSummary:
    """Return a run that started so many days ago."""
    started_at = None if days is None else NOW - timedelta(days=days)
    return RunSummary(run_id=name, path=Path(name), status=status, started_at=started_at)


RUNS = (
    summary("unknown", days=None),
    summary("old", days=90),
    summary("going_on", days=60, status=RunStatus.RUNNING),
    summary("failed", days=40, status=RunStatus.FAILED),
    summary("new", days=1),
)


@pytest.mark.parametrize(
    ("keep", "older_than", "going"),
    [
        (1, None, ("unknown", "old", "failed")),
        (2, None, ("unknown", "old")),
        (99, None, ()),
        (0, None, ("unknown", "old", "failed", "new")),
        (None, timedelta(days=30), ("unknown", "old", "failed")),
        (None, timedelta(days=50), ("unknown", "old")),
        (3, timedelta(days=91), ("unknown",)),
    ],
)
def test_superfluous(keep: int | None, older_than: timedelta | None, going: tuple[str, ...]) -> None:
    """Both bounds must let a run go; one that is going on always stays; a start that is not known is the oldest."""
    found = superfluous(RUNS, keep=keep, older_than=older_than, now=NOW)
    assert tuple(each.run_id for each in found) == going


def test_remove(tmp_path: Path) -> None:
    """A run's folder goes with everything in it; one that is gone already is an error of the registry."""
    folder = tmp_path / "r"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("x")
    gone = RunSummary(run_id="r", path=folder, status=RunStatus.FAILED)
    remove(gone)
    assert not folder.exists()
    with pytest.raises(RegistryError):
        remove(gone)
