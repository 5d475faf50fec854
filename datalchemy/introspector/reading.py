"""Reads one database and computes its graph, metrics and warnings. It writes nothing."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from datalchemy.adapters import dialect_of
from datalchemy.adapters.base import Adapter, Dialect
from datalchemy.analysis.credentials.search import find_credentials, mask_credentials, mask_text
from datalchemy.analysis.graph import build_graph
from datalchemy.analysis.graph_model import ForeignKeyGraph
from datalchemy.analysis.validation import validate
from datalchemy.deadline import Deadline
from datalchemy.errors import CatalogError, ConnectionFailedError, DatalchemyError
from datalchemy.events import Events
from datalchemy.introspector.connection import ConnectionPlan
from datalchemy.introspector.settings import Provision, RetrySettings, Settings
from datalchemy.introspector.stop import Stop
from datalchemy.metrics import Metrics, Timings, measure
from datalchemy.model.capture import Capture
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.schema import DatabaseSchema
from datalchemy.provision import provisioned


@dataclass(frozen=True, kw_only=True)
class Introspection:
    """A database's structure, its FK graph, and the metrics of both. `metrics` holds the `warnings` too."""

    schema: DatabaseSchema
    graph: ForeignKeyGraph
    metrics: Metrics
    warnings: tuple[Diagnostic, ...]


class _CollectorPause:
    """Pauses Python's cycle collector while any thread is inside: hundreds of thousands of values hold no cycle.

    On ten thousand tables the collector takes as long as the assembly itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_on = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Pause it from the first thread's entry to the last one's leaving."""
        with self._lock:
            if self._inside == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0 and self._was_on:
                    gc.enable()


_collector_paused = _CollectorPause()


@_collector_paused()
def read_database(
    settings: Settings,
    plan: ConnectionPlan,
    *,
    events: Events,
    noticed: tuple[Diagnostic, ...] = (),
    stop: Stop | None = None,
) -> Introspection:
    """Read the database of `plan`; start a throwaway server first if the settings ask for one.

    The warnings begin with `noticed`. `stop` ends a wait between two attempts.

    Raises:
        DatalchemyError: no connection, no catalog, no server, or a filter that names what does not exist.
    """
    deadline = plan.target.deadline
    with _adapter(settings, plan, events) as (adapter, provision_seconds):
        events("engine_detected", engine=plan.engine.name)
        events("introspection_started", filter=settings.filter.model_dump(mode="json"))
        faults: list[DatalchemyError] = []
        capture = _with_retries(
            lambda is_last: adapter.introspect(settings.filter, options=settings.capture, skip_unrenderable=is_last),
            settings.retry,
            events,
            faults,
            deadline,
            stop=stop or Stop(),
        )
    schema = capture.schema
    events(
        "introspection_finished",
        engine_version=schema.engine_version,
        schemas=len(schema.schemas),
        tables=sum(len(each.tables) for each in schema.schemas),
        seconds=round(capture.connect_seconds + capture.read_seconds + capture.assemble_seconds, 6),
    )
    return _measured(settings, dialect_of(plan.engine), capture, provision_seconds, (*noticed, *_repeated(faults)))


@contextmanager
def _adapter(settings: Settings, plan: ConnectionPlan, events: Events) -> Iterator[tuple[Adapter, float | None]]:
    if settings.db.provision is Provision.NONE:
        yield plan.adapter(events), None
        return
    started = time.perf_counter()
    scrub = plan.vault.scrub
    kind, init = settings.db.provision.value, settings.db.init
    with provisioned(kind, init=init, events=events, scrub=scrub, deadline=plan.target.deadline) as server:
        plan.vault.remember(*server.secrets)
        adapter = plan.adapter(events, url=plan.vault.keep(server.url))
        yield adapter, time.perf_counter() - started


def _with_retries(
    introspect: Callable[[bool], Capture],
    retry: RetrySettings,
    events: Events,
    faults: list[DatalchemyError],
    deadline: Deadline,
    *,
    stop: Stop,
) -> Capture:
    """Repeat the whole capture after a transient error, with capped exponential jitter and a deadline.

    The argument of `introspect` says whether it is the last attempt.
    """
    import tenacity

    begun = 0

    def is_transient(error: BaseException) -> bool:
        return isinstance(error, ConnectionFailedError | CatalogError) and error.transient

    def report_attempt(state: tenacity.RetryCallState) -> None:
        nonlocal begun
        begun = state.attempt_number
        events("connection_attempt", attempt=state.attempt_number, of=retry.attempts)

    def report_retry(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        if isinstance(error, DatalchemyError):
            faults.append(error)
            fields = {"attempt": state.attempt_number, "wait_seconds": round(wait, 3), "error": error.message}
            events("capture_retry", level="warning", **fields)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(retry.attempts)
        | tenacity.stop_before_delay(min(retry.deadline_seconds, deadline.left))
        | tenacity.stop_when_event_set(stop.asked),
        sleep=tenacity.sleep_using_event(stop.asked),
        wait=tenacity.wait_exponential_jitter(
            multiplier=retry.initial_wait_seconds, max=retry.max_wait_seconds, jitter=retry.initial_wait_seconds
        ),
        before=report_attempt,
        before_sleep=report_retry,
        reraise=True,
    )
    return retrying(lambda: introspect(begun == retry.attempts))


def _repeated(faults: list[DatalchemyError]) -> Iterator[Diagnostic]:
    if faults:
        causes = "; ".join(dict.fromkeys(fault.message for fault in faults))
        yield Diagnostic(
            code=WarningCode.REPEATED_CAPTURE, message=f"attempt {len(faults) + 1} succeeded; before it: {causes}"
        )


def _measured(
    settings: Settings,
    rules: Dialect,
    capture: Capture,
    provision_seconds: float | None,
    repeated: tuple[Diagnostic, ...],
) -> Introspection:
    schema = capture.schema
    kept = settings.filter.naming_schemas({one.name for one in schema.schemas})
    started = time.perf_counter()
    findings = validate(
        schema, rules=rules, is_outside=lambda s, t: not (kept.keeps_schema(s) and kept.keeps_table(s, t))
    )
    validated = time.perf_counter()
    graph = build_graph(schema)
    graphed = time.perf_counter()
    credentials = find_credentials(schema)
    noticed = tuple(_without_credentials(warning) for warning in (*repeated, *capture.warnings))
    warnings = (*noticed, *_unmatched(settings, schema), *findings, *credentials, *_cycles(graph))
    if credentials and settings.redact.schema_text:
        schema = mask_credentials(schema, rules.generated_names)
    metrics = measure(
        schema,
        graph,
        estimates=capture.estimates,
        timings=Timings(
            provision_seconds=_rounded(provision_seconds),
            connect_seconds=_rounded(capture.connect_seconds),
            read_seconds=_rounded(capture.read_seconds),
            assemble_seconds=_rounded(capture.assemble_seconds),
            validate_seconds=_rounded(validated - started),
            graph_seconds=_rounded(graphed - validated),
            queries=capture.queries,
        ),
        warnings=warnings,
        options=settings.capture,
    )
    return Introspection(schema=schema, graph=graph, metrics=metrics, warnings=warnings)


def _unmatched(settings: Settings, schema: DatabaseSchema) -> Iterator[Diagnostic]:
    """Yield a warning for each pattern of tables that no table matches."""
    tables = [(owner.name, table.name) for owner in schema.schemas for table in owner.tables]
    for pattern in settings.filter.include_tables:
        chosen = ObjectFilter(include_tables=(pattern,))
        if pattern != "*" and not any(chosen.keeps_table(*table) for table in tables):
            yield Diagnostic(
                code=WarningCode.NOTHING_MATCHED,
                message=f"no table matches {pattern!r} (filter.include_tables)",
                where=Place(name=pattern),
            )


def _without_credentials(warning: Diagnostic) -> Diagnostic:
    """Return the warning, with the credentials masked in what it quotes from the database."""
    masked = mask_text(warning.message)
    return warning if masked == warning.message else warning.model_copy(update={"message": masked})


def _rounded(seconds: float | None) -> Any:
    return None if seconds is None else round(seconds, 6)


def _cycles(graph: ForeignKeyGraph) -> Iterator[Diagnostic]:
    for cycle in graph.cycles:
        first = cycle.tables[0]
        names = ", ".join(f"{table.schema_name}.{table.table}" for table in cycle.tables[:10])
        more = f" and {len(cycle.tables) - 10} more" if len(cycle.tables) > 10 else ""
        if cycle.breakers is None:
            way = "no FK in it can be postponed"
        else:
            way = "postponing " + ", ".join(f"{key.table}.{key.name}" for key in cycle.breakers[:5]) + " breaks it"
        yield Diagnostic(
            code=WarningCode.CYCLE,
            message=f"{len(cycle.tables)} tables reference each other in a cycle: {names}{more}; {way}",
            where=Place(schema_name=first.schema_name, table=first.table),
        )
