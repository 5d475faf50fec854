"""The result of this command's runs: one outcome, or a sweep's folder of outcomes."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalchemy.cli.terminal import tell
from datalchemy.errors import ExitCode, InternalError, worst
from datalchemy.introspector.connection import ConnectionPlan
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.settings import Settings
from datalchemy.registry import layout
from datalchemy.registry.files import (
    FILE_MODE,
    folder_mode,
    json_bytes,
    make_folders,
    registry_errors,
    write_atomically,
)
from datalchemy.registry.layout import sweep_started_at, time_text
from datalchemy.registry.log import utc_now
from datalchemy.registry.records import SWEEP_KIND, SWEEP_VERSION, SweepJob
from datalchemy.registry.secret_scan import clean_files
from datalchemy.registry.sweeps import fingerprint_groups
from datalchemy.secrets.process import process_vault


@dataclass
class SweepState:
    """Filled while Hydra runs, since Hydra returns nothing.

    `folders_begun` is True once the settings are accepted and folders are being made. `accepted` holds the checked
    settings and the plan of a single run.
    """

    folders_begun: bool = False
    accepted: tuple[Settings, ConnectionPlan] | None = None
    outcome: RunOutcome | None = None
    database: str | None = None
    sweep_dir: Path | None = None

    def begin_sweep(self, sweep_dir: Path) -> None:
        """Make the folder in which the sweep keeps its records.

        Raises:
            RegistryError: it cannot be made, or it exists already.
        """
        with registry_errors("make", sweep_dir):
            make_folders(sweep_dir.parent, FILE_MODE)
            sweep_dir.mkdir(folder_mode(FILE_MODE))
        self.sweep_dir = sweep_dir

    def jobs(self) -> list[dict[str, Any]]:
        """Return the records of the sweep's jobs, in their order."""
        if self.sweep_dir is None:
            return []
        files = sorted((self.sweep_dir / layout.JOBS).glob("*.json"))
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]


CURRENT = SweepState()
_CAPTURED = ("tables", "columns", "foreign_keys", "fingerprint")


@dataclass(frozen=True)
class JobRecord:
    """The record of one of a sweep's jobs, `jobs/<number>.json`; written in the process that ran the job."""

    sweep_dir: Path
    number: int
    database: str | None
    overrides: list[str]

    def ended(self, outcome: RunOutcome) -> None:
        """Write the outcome of the run."""
        error = outcome.error
        self._write(
            run_id=outcome.run_id,
            run_dir=outcome.run_dir and outcome.run_dir.name,
            status=outcome.status,
            exit_code=int(outcome.exit_code),
            error=error and {"code": error.code, "message": error.message, "remedy": error.remedy},
            duration_seconds=round(outcome.duration_seconds, 3),
            tables=outcome.metrics and outcome.metrics.counts.tables,
            columns=outcome.metrics and outcome.metrics.counts.columns,
            foreign_keys=outcome.metrics and outcome.metrics.counts.constraints.foreign_key,
            warnings=len(outcome.warnings),
            fingerprint=outcome.schema and outcome.schema.fingerprint,
        )

    def interrupted(self, run_dir: Path, exit_code: ExitCode) -> None:
        """Write that the run was interrupted."""
        run_id = layout.run_id_in(run_dir.name)
        unknown = dict.fromkeys((*_CAPTURED, "error", "duration_seconds", "warnings"))
        known = {"run_id": run_id, "run_dir": run_dir.name, "status": "interrupted", "exit_code": int(exit_code)}
        self._write(**known, **unknown)

    def _write(self, **facts: Any) -> None:
        known = {"job": self.number, "database": self.database, "overrides": self.overrides}
        known |= {"host": None, "dbname": None}
        _write(self.sweep_dir / layout.JOBS / layout.job_name(self.number), known | facts)


def finish_sweep(sweep_dir: Path, jobs: list[dict[str, Any]], *, ended_by: ExitCode) -> ExitCode:
    """Search the sweep's records for secrets, write `summary.json` and return the worst exit code.

    `ended_by` is one of these codes (OK if the sweep ended by itself).
    """
    leaked = clean_files(sweep_dir, _records(sweep_dir), process_vault())
    if leaked:
        names = ", ".join(leaked)
        tell(InternalError(f"a secret was found in {names} of the sweep and removed", remedy="please report it"))
    codes = [*(job["exit_code"] for job in jobs), ended_by, *((ExitCode.INTERNAL,) if leaked else ())]
    code = worst(codes)
    runs = Counter(job["status"] for job in jobs)
    _write(
        sweep_dir / layout.SUMMARY,
        {
            "kind": SWEEP_KIND,
            "sweep_version": SWEEP_VERSION,
            "sweep": sweep_dir.name,
            "started_at": time_text(sweep_started_at(sweep_dir.name) or utc_now()),
            "finished_at": time_text(utc_now()),
            "exit_code": int(code),
            "complete": ended_by == ExitCode.OK,
            "runs": dict(sorted(runs.items())),
            "jobs": jobs,
            "groups": [group.model_dump() for group in fingerprint_groups(map(SweepJob.model_validate, jobs))],
        },
    )
    return code


def _records(sweep_dir: Path) -> Iterator[str]:
    """Yield the files in the sweep's folder: its own, Hydra's, the launcher's."""
    for folder, _, names in os.walk(sweep_dir):
        files = (Path(folder, name) for name in names)
        yield from (str(file.relative_to(sweep_dir)) for file in files if file.is_file() and not file.is_symlink())


def _write(path: Path, content: dict[str, Any]) -> None:
    with registry_errors("make", path.parent):
        make_folders(path.parent, FILE_MODE)
    write_atomically(path, json_bytes(process_vault().scrub_value(content)))
