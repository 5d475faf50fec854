"""Which runs of a registry can go, and letting them go."""

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta

from datalchemy.registry.files import guarded
from datalchemy.registry.listing import RunSummary
from datalchemy.registry.manifest import RunStatus


def superfluous(
    summaries: Iterable[RunSummary], *, keep: int | None, older_than: timedelta | None, now: datetime
) -> tuple[RunSummary, ...]:
    """Return the runs that can go, oldest first.

    Args:
        summaries: the registry's runs, oldest first.
        keep: so many of the newest stay, whatever their age; None keeps none for its rank.
        older_than: only runs that started before so long ago go; None lets every age go.
        now: the time, with its time zone.

    A run that is going on always stays, and one whose start is not known is taken for the oldest.
    """
    ordered = list(summaries)
    candidates = ordered[: max(0, len(ordered) - keep)] if keep is not None else ordered
    return tuple(
        each
        for each in candidates
        if each.status is not RunStatus.RUNNING
        and (older_than is None or each.started_at is None or now - each.started_at > older_than)
    )


def remove(summary: RunSummary) -> None:
    """Delete a run's folder with everything in it.

    Raises:
        RegistryError: it could not be deleted.
    """
    with guarded("delete", summary.path):
        shutil.rmtree(summary.path)
