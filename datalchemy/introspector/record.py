"""Records one run in its folder, from the first file to the manifest, even when the run fails."""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from datalchemy.errors import (
    ConfigurationError,
    DatalchemyError,
    ExitCode,
    InternalError,
    RegistryError,
    StrictError,
)
from datalchemy.events import Events
from datalchemy.introspector.reading import Introspection
from datalchemy.introspector.settings import Settings
from datalchemy.introspector.stop import Stop
from datalchemy.introspector.view import shown_config
from datalchemy.metrics import Metrics
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.schema import DatabaseSchema
from datalchemy.registry.copy import write_copy
from datalchemy.registry.layout import SCHEMA
from datalchemy.registry.manifest import Captured, Database, RunStatus
from datalchemy.registry.provenance import provenance
from datalchemy.registry.run import Registry, Run
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.vault import Json, Vault
from datalchemy.text import escape_controls, shown


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """The result of a run. `run_id` and `run_dir` are None when no folder was made."""

    status: RunStatus
    exit_code: ExitCode
    duration_seconds: float
    run_id: str | None = None
    run_dir: Path | None = None
    schema: DatabaseSchema | None = None
    metrics: Metrics | None = None
    warnings: tuple[Diagnostic, ...] = ()
    error: DatalchemyError | None = None


def _strict_error(result: Introspection) -> StrictError | None:
    reasons = [warning for warning in result.warnings if warning.code.fails_strict]
    if not reasons:
        return None
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return StrictError(
        f"strict: {escape_controls(reasons[0].message)}{more}", remedy="resolve it, or run without strict"
    )


def _remedy(leaked: Sequence[str]) -> str:
    report = "this is a fault of datalchemy: please report it"
    where = "a comment, a default or a definition in the database may hold it, and it should be changed; if none does, "
    return where + report if SCHEMA in leaked else report


def _captured(result: Introspection | None) -> Captured | None:
    if result is None:
        return None
    return Captured(
        database=result.schema.database,
        engine_version=result.schema.engine_version,
        tables=result.metrics.counts.tables,
        fingerprint=result.schema.fingerprint,
    )


class Recorder:
    """Records one run, even when it fails."""

    def __init__(
        self,
        settings: Settings | None,
        *,
        vault: Vault,
        overrides: Sequence[str],
        run_dir: Path | None,
        observer: Events,
        clock: Callable[[], datetime],
        engine: str | None,
        run_id: str | None = None,
        name: str | None = None,
        place: Mapping[str, str] | None = None,
        stop: Stop | None = None,
        origin: Mapping[str, Json] | None = None,
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._overrides = overrides
        self._run_dir = run_dir
        self._observer = observer
        self._clock = clock
        self._engine = engine
        self._run_id = run_id
        self._name = name or (settings.db.name if settings else None)
        self._place = place or {}
        self._stop = stop or Stop()
        self._origin = origin
        self._started = time.perf_counter()

    def record(self, work: Callable[[Run, Events], Introspection]) -> RunOutcome:
        """Start the run, do the work, end the run. A failed run is recorded as completely as possible."""
        output = (self._settings or Settings()).output
        runs_dir = self._run_dir.parent if self._run_dir else output.runs_dir
        config = self._config()
        try:
            run = Registry(runs_dir, clock=self._clock, mode=output.file_mode).start(
                config=config,
                started_at=self._clock(),
                scrub=self._vault.scrub,
                database=self._database(config["connection"]),
                run_dir=self._run_dir,
                run_id=self._run_id,
            )
        except RegistryError as not_started:
            return self._outcome(None, None, not_started)
        events = self._fan_out(run)
        self._stop.recorded(lambda interruption: self._interrupted(run, events, interruption))
        try:
            result, error = self._attempt(work, run, events)
            return self._end(run, events, result, error)
        except KeyboardInterrupt as interruption:
            self._interrupted(run, events, interruption)
            interruption.add_note(str(run.path))
            raise
        finally:
            run.let_go()

    def _attempt(
        self, work: Callable[[Run, Events], Introspection], run: Run, events: Events
    ) -> tuple[Introspection | None, DatalchemyError | None]:
        try:
            events("run_started", engine=self._engine)
            result = work(run, events)
        except DatalchemyError as expected:
            return None, expected
        except Exception as fault:  # noqa: BLE001  # the last gate: our own bugs are recorded
            return None, self._internal(fault, events)
        strict = self._settings is not None and self._settings.strict
        return result, _strict_error(result) if strict else None

    def _internal(self, error: Exception, events: Events) -> InternalError:
        text = shown(str(error), self._vault.scrub)
        places = traceback.extract_tb(error.__traceback__)
        events(
            "internal_error",
            level="error",
            error=type(error).__name__,
            message=text,
            traceback=[f"{Path(place.filename).name}:{place.lineno} {place.name}" for place in places],
        )
        return InternalError(
            f"{type(error).__name__}: {text}",
            remedy="this is a fault of datalchemy: please report it with the run's logs.ndjson",
        )

    def _end(self, run: Run, events: Events, result: Introspection | None, error: DatalchemyError | None) -> RunOutcome:
        try:
            if error is not None:
                events("error", level="error", code=error.code, message=error.message, remedy=error.remedy)
            leaked = run.scan_for_secrets(self._vault)
            if leaked:
                error = InternalError(f"a secret was found in {', '.join(leaked)} and removed", remedy=_remedy(leaked))
            if result is not None:
                error = self._copy(run, events) or error
            status = RunStatus.SUCCEEDED if error is None else RunStatus.FAILED
            events("run_finished", status=status.value, duration_seconds=self._seconds())
            # A rewritten file no longer matches its fingerprint.
            captured = None if SCHEMA in leaked else _captured(result)
            run.finish(status, error=error, captured=captured)
        except RegistryError as registry_error:
            error = error or registry_error
        return self._outcome(run, result, error)

    def _copy(self, run: Run, events: Events) -> DatalchemyError | None:
        """Copy schema.json, already searched for secrets, to `output.out`. Return the error, if any."""
        output = self._settings.output if self._settings else None
        path = output.copy_path if output else None
        if output is None or path is None:
            return None
        try:
            write_copy(path, run.read_artefact(SCHEMA), mode=output.file_mode, force=output.force)
        except (RegistryError, ConfigurationError) as not_copied:
            events("error", level="error", code=not_copied.code, message=not_copied.message, remedy=not_copied.remedy)
            return not_copied
        events("schema_copied", path=str(path))
        return None

    def _interrupted(self, run: Run, events: Events, interruption: KeyboardInterrupt) -> None:
        try:
            events(
                "run_finished", level="warning", status=RunStatus.INTERRUPTED.value, duration_seconds=self._seconds()
            )
            exit_code = getattr(interruption, "exit_code", ExitCode.INTERRUPTED)
            run.finish(RunStatus.INTERRUPTED, error=interruption, exit_code=exit_code)
        except RegistryError:
            return  # the manifest still says `running`, its process is gone: readers show it as interrupted

    def _outcome(self, run: Run | None, result: Introspection | None, error: DatalchemyError | None) -> RunOutcome:
        return RunOutcome(
            status=RunStatus.SUCCEEDED if error is None else RunStatus.FAILED,
            exit_code=ExitCode.OK if error is None else error.exit_code,
            duration_seconds=self._seconds(),
            run_id=run.id if run else None,
            run_dir=run.path if run else None,
            schema=result.schema if result else None,
            metrics=result.metrics if result else None,
            warnings=result.warnings if result else (),
            error=error,
        )

    def _seconds(self) -> float:
        return round(time.perf_counter() - self._started, 6)

    def _fan_out(self, run: Run) -> Events:
        def send(event: str, *, level: str = "info", **fields: Any) -> None:
            if event != "run_finished":  # an interrupted run has to end, too
                self._stop.check()
            run.log(event, level=level, **fields)
            self._observer(event, level=level, **fields)

        return send

    def _database(self, connection: Json) -> Database:
        """Return which database the run is of, with the values that config.json shows."""
        known = connection if isinstance(connection, dict) else {}
        shown = {key: known.get(key) for key in ("host", "port", "dbname")}
        return Database.model_validate({"name": self._name and mask_patterns(self._name), **shown})

    def _config(self) -> dict[str, Json]:
        return shown_config(
            self._settings,
            engine=self._engine,
            place=self._place,
            overrides=self._overrides,
            provenance=provenance() if self._origin is None else self._origin,
        )
