"""One run from start to end: from settings to a complete folder and an exit code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from datalchemy.errors import DatalchemyError
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.connection import ConnectionPlan, plan_connection
from datalchemy.introspector.reading import Introspection, read_database
from datalchemy.introspector.record import Recorder, RunOutcome
from datalchemy.introspector.settings import Settings
from datalchemy.introspector.stop import Stop
from datalchemy.model.diagnostics import Diagnostic, WarningCode
from datalchemy.registry.copy import check_copy
from datalchemy.registry.layout import METRICS, SCHEMA, new_id, run_id_in
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.run import Run
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.vault import Json, Vault


def run(
    settings: Settings,
    *,
    vault: Vault,
    environ: Mapping[str, str],
    overrides: Sequence[str] = (),
    run_dir: Path | None = None,
    plan: ConnectionPlan | None = None,
    observer: Events = ignore_events,
    clock: Callable[[], datetime] = utc_now,
    stop: Stop | None = None,
    origin: Mapping[str, Json] | None = None,
    records_refusal: bool = False,
) -> RunOutcome:
    """Do one run and return its outcome.

    Args:
        settings: what to do.
        vault: the secrets of this process; what the settings refer to is added.
        environ: where `<env:NAME>` is looked up.
        overrides: what was changed on the command line, for the record.
        run_dir: the folder of this run, empty or missing; None makes one.
        plan: the result of `foresee`, if it was called before.
        observer: receives the run's events, as its log does.
        clock: returns the time, in UTC.
        stop: lets another thread end the run.
        origin: the result of `provenance`, where it was called before.
        records_refusal: whether a run that is refused before it begins is recorded in `run_dir`, too.

    Returns:
        The outcome, which holds any error.

    Raises:
        BaseException: KeyboardInterrupt and the like, once the run is marked, with the run's folder as a note.
    """
    run_id = (run_id_in(run_dir.name) if run_dir else None) or new_id()
    stop = stop or Stop()
    known: dict[str, Any] = {"vault": vault, "overrides": overrides, "run_dir": run_dir, "clock": clock}
    known |= {"stop": stop, "origin": origin}
    try:
        plan = plan or foresee(settings, vault=vault, environ=environ, run_id=run_id)
    except DatalchemyError as error:
        known["run_dir"] = run_dir if records_refusal or (run_dir and run_dir.is_dir()) else None
        return _reject(error, settings, observer=observer, **known)
    stop.ends(plan.target.deadline)
    return Recorder(
        settings, observer=observer, engine=plan.engine.name, place=plan.place, run_id=run_id, **known
    ).record(lambda run, events: _work(settings, plan, run, events, stop))


def foresee(settings: Settings, *, vault: Vault, environ: Mapping[str, str], run_id: str) -> ConnectionPlan:
    """Return the plan of a run, without making a folder or contacting a server.

    Raises:
        DatalchemyError: see `plan_connection`; or the copy of schema.json would replace another file.
    """
    if settings.output.copy_path is not None:
        check_copy(settings.output.copy_path, force=settings.output.force)
    return plan_connection(settings, vault=vault, environ=environ, run_id=run_id)


def reject(
    error: DatalchemyError,
    *,
    vault: Vault,
    environ: Mapping[str, str],
    name: str | None = None,
    overrides: Sequence[str] = (),
    run_dir: Path | None = None,
    observer: Events = ignore_events,
    clock: Callable[[], datetime] = utc_now,
    origin: Mapping[str, Json] | None = None,
) -> RunOutcome:
    """Return the outcome of a run whose settings were refused, and record it in the run's folder, if any.

    `name` is what the user calls the database.
    """
    known: dict[str, Any] = {"vault": vault, "name": name, "overrides": overrides, "run_dir": run_dir, "clock": clock}
    return _reject(error, None, observer=observer, origin=origin, **known)


def _reject(error: DatalchemyError, settings: Settings | None, *, run_dir: Path | None, **known: Any) -> RunOutcome:
    if run_dir is None:
        return RunOutcome(status=RunStatus.FAILED, exit_code=error.exit_code, duration_seconds=0.0, error=error)

    def refuse(run: Run, events: Events) -> Introspection:
        raise error

    return Recorder(settings, run_dir=run_dir, engine=None, **known).record(refuse)


def _work(settings: Settings, plan: ConnectionPlan, run: Run, events: Events, stop: Stop) -> Introspection:
    result = read_database(settings, plan, events=events, noticed=tuple(plain_secrets(settings)), stop=stop)
    schema_json = result.schema.to_json()
    run.write_artefact(SCHEMA, schema_json)
    events("schema_written", size_bytes=len(schema_json), fingerprint=result.schema.fingerprint)
    run.write_artefact(METRICS, result.metrics.to_json())
    events("metrics_written", warnings=len(result.warnings))
    for warning in result.warnings:
        events("warning", level="warning", **warning.model_dump(mode="json", exclude_none=True))
    return result


def plain_secrets(settings: Settings) -> Iterator[Diagnostic]:
    """Yield a warning for each setting that holds a secret in clear instead of a reference."""
    db = settings.db
    texts = {"db.password": db.password, **{f"db.options.{key}": text for key, text in db.options.items()}}
    clear = [key for key, text in texts.items() if text and looks_secret_key(key) and text.clear()]
    if db.url and db.url.has_clear_secret():
        clear.append("db.url")
    for key in clear:
        yield Diagnostic(
            code=WarningCode.PLAIN_SECRET,
            message=f"{key} holds a secret in clear; write ${{oc.env:NAME}} and set the environment variable NAME",
        )
