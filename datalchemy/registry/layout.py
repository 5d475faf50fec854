"""The only place that spells the names of files and folders in the registry.

runs/
  2026-01-10T12-34-56Z__run_f71ad2bf6e40/   one run
    config.json logs.ndjson schema.json metrics.json manifest.json; .lease while the run runs
  sweeps/
    2026-01-10T12-34-56Z__sweep_0c2b41d89a7e/   one sweep; its runs are beside all others
      summary.json jobs/00003.json
"""

import os
import re
from datetime import UTC, datetime

CONFIG = "config.json"
LOGS = "logs.ndjson"
SCHEMA = "schema.json"
METRICS = "metrics.json"
MANIFEST = "manifest.json"
LEASE = ".lease"
ARTEFACTS = (CONFIG, LOGS, SCHEMA, METRICS, MANIFEST)
OWN = frozenset({CONFIG, LOGS, MANIFEST, LEASE})
"""The files that every run's folder has or had, whatever its status."""

SWEEPS = "sweeps"
JOBS = "jobs"
SUMMARY = "summary.json"
OWN_OF_SWEEP = frozenset({SUMMARY, LEASE, "multirun.yaml"})
"""The files in a sweep's folder, beside those of its jobs. Hydra wrote multirun.yaml in earlier releases."""

_STAMP = "%Y-%m-%dT%H-%M-%SZ"
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.tmp-\d+-[0-9a-f]+")
_STAMPED = r"(?P<stamp>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)__"
_RUN_NAME = re.compile(_STAMPED + r"run_(?P<id>[0-9A-Za-z-]+)")
_SWEEP_NAME = re.compile(_STAMPED + r"sweep_(?P<id>[0-9A-Za-z-]+)")


def new_id() -> str:
    """Return twelve random hexadecimal digits, unique across processes and hosts."""
    return os.urandom(6).hex()


def run_name(started_at: datetime, run_id: str) -> str:
    """Return the name of a run's folder; `started_at` carries its time zone."""
    return f"{_stamp(started_at)}__run_{run_id}"


def sweep_name(started_at: datetime, sweep_id: str) -> str:
    """Return the name of a sweep's folder; `started_at` carries its time zone."""
    return f"{_stamp(started_at)}__sweep_{sweep_id}"


def run_id_in(name: str) -> str | None:
    """Return the run id in a folder's name, or None if the folder is not a run's."""
    match = _RUN_NAME.fullmatch(name)
    return match["id"] if match else None


def started_at_in(name: str) -> datetime | None:
    """Return the start of the run with this folder name, to the second; None if the folder is not a run's."""
    return _moment_in(_RUN_NAME.fullmatch(name))


def sweep_id_in(name: str) -> str | None:
    """Return the sweep's id in a folder's name, or None if the folder is not a sweep's."""
    match = _SWEEP_NAME.fullmatch(name)
    return match["id"] if match else None


def sweep_started_at(name: str) -> datetime | None:
    """Return the start of the sweep with this folder name, to the second; None if the folder is not a sweep's."""
    return _moment_in(_SWEEP_NAME.fullmatch(name))


def _moment_in(match: re.Match[str] | None) -> datetime | None:
    try:
        return datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC) if match else None
    except ValueError:  # digits, but no date
        return None


def job_name(number: int) -> str:
    """Return the file name of a sweep's job, counted from 0."""
    return f"{number:05d}.json"


def is_job_name(name: str) -> bool:
    """Return whether a file has the name of a sweep's job."""
    return re.fullmatch(r"\d{5,}\.json", name) is not None


def temporary_name(name: str) -> str:
    """Return the name under which `name` is written before it is renamed."""
    return f".{name}.tmp-{os.getpid()}-{os.urandom(4).hex()}"


def name_behind(name: str) -> str | None:
    """Return the final name of a temporary file that an interrupted write left; None for any other file."""
    match = _TEMPORARY.fullmatch(name)
    return match["name"] if match else None


def time_text(moment: datetime) -> str:
    """Return a moment as JSON text: UTC, microseconds, `Z`. `moment` carries its time zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)
