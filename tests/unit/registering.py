"""Runs for tests of the registry."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.registry.manifest import Captured, Database, RunStatus
from datalchemy.registry.run import Registry, Run

NOON = datetime(2026, 1, 10, 12, 34, 56, tzinfo=UTC)


NO_DATABASE = Database()
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


def schema_of(*names: str) -> DatabaseSchema:
    """Return a structure of empty schemas with these names."""
    schemas = tuple(Schema(name=name) for name in sorted(names))
    return DatabaseSchema(
        engine="postgres",
        engine_version="18.1",
        database="d",
        fingerprint=fingerprint(schemas, PostgresNames()),
        schemas=schemas,
    )


def good(runs_dir: Path, started_at: datetime = NOON, *, database: Database = NO_DATABASE) -> Run:
    """Do a run that succeeds, with a structure."""
    registry = Registry(runs_dir, clock=lambda: started_at)
    run = registry.start(config={}, started_at=started_at, scrub=plain, database=database)
    schema = schema_of("a", "b")
    run.write_artefact("schema.json", schema.to_json())
    run.write_artefact("metrics.json", b"{}")
    captured = Captured(database="d", engine_version="18.1", tables=0, fingerprint=schema.fingerprint)
    run.finish(RunStatus.SUCCEEDED, captured=captured)
    return run


def change_manifest(folder: Path, **facts: object) -> None:
    """Change what a run's manifest says."""
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))


def second_version(folder: Path) -> None:
    """Make a run's manifest one of version 2: no database."""
    file = folder / "manifest.json"
    content = {key: value for key, value in json.loads(file.read_text()).items() if key != "database"}
    file.write_text(json.dumps(content | {"manifest_version": 2}))


def first_release(folder: Path, **facts: object) -> None:
    """Make a run's folder one of the first release: no kind, version 1, no database, no lease."""
    file = folder / "manifest.json"
    later = {"kind", "database"}
    content = {key: value for key, value in json.loads(file.read_text()).items() if key not in later}
    file.write_text(json.dumps(content | {"manifest_version": 1} | facts))
    (folder / ".lease").unlink(missing_ok=True)


def dead_pid() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid
