"""What `--json` prints: the result of a run or of a sweep as one JSON document, and the models of its contract."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from datalchemy.cli.process import Terminated, fault_of_ours
from datalchemy.cli.terminal import print_json
from datalchemy.errors import DatalchemyError, ExitCode, RegistryError
from datalchemy.introspector.record import RunOutcome
from datalchemy.metrics.model import Counts
from datalchemy.model.base import FrozenModel
from datalchemy.registry.layout import MANIFEST, sweep_id_in
from datalchemy.registry.manifest import KIND, Captured, Database, Moment, RunFailure, RunStatus, read_manifest
from datalchemy.registry.records import SweepSummary
from datalchemy.registry.sweeps import SweepSeen
from datalchemy.secrets.process import process_vault
from datalchemy.text import shown

RESULT_VERSION: Literal[1] = 1
"""The version of the document."""
_Count = Annotated[int, Field(ge=0)]
_KEPT = ("run_id", "database", "error", "started_at", "finished_at", "duration_seconds", "captured")
_Status = Literal[RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.INTERRUPTED]


class RunResult(FrozenModel):
    """The result of one run, or of a command that failed before a run or a sweep began: its `run_id` is null.

    The keys that `runs show --json` has, too, have the same values there.
    """

    kind: Literal["datalchemy.run"] = Field(KIND, description="Says that it is the result of a run.")
    result_version: Literal[1] = Field(RESULT_VERSION, description="The version of this document's contract.")
    run_id: str | None = Field(None, description="The run's id; null when no run began.")
    path: str | None = Field(None, description="The run's folder; null when there is none.")
    database: Database = Field(Database(), description="Which database the run is of, as far as it is known.")
    status: _Status = Field(description="How the run ended.")
    exit_code: _Count = Field(description="How the run ended, as the exit code says it.")
    error: RunFailure | None = Field(None, description="Why the run did not succeed.")
    started_at: Moment | None = Field(None, description="When the run started.")
    finished_at: Moment | None = Field(None, description="When the run ended.")
    duration_seconds: Annotated[float, Field(ge=0)] | None = Field(None, description="From start to end, in seconds.")
    captured: Captured | None = Field(None, description="What the run read; null when it did not get that far.")
    counts: Counts | None = Field(None, description="How much there is in schema.json, as in metrics.json.")
    warnings: dict[str, _Count] = Field({}, description="The number of warnings by code.")
    artefacts: dict[str, str] = Field({}, description="The path of each file of the run, by its name.")


class SweepResult(SweepSummary):
    """The result of a sweep: its summary.json, with the folder that this lies in."""

    result_version: Literal[1] = Field(RESULT_VERSION, description="The version of this document's contract.")
    sweep_id: str = Field(description="The sweep's id.")
    path: str = Field(description="The sweep's folder.")
    status: _Status = Field(description="`failed` when a job failed, `interrupted` when the sweep was cut short.")
    error: RunFailure | None = Field(None, description="What went wrong with the sweep's own records.")


class Result(RootModel[Annotated[RunResult | SweepResult, Field(discriminator="kind")]]):
    """The whole document."""


def show(result: RunResult | SweepResult) -> None:
    """Print a result on stdout."""
    print_json(result.model_dump(mode="json"))


def run_result(outcome: RunOutcome, name: str | None) -> RunResult:
    """Return the result of a run that ended; `name` is what its user calls the database."""
    facts: dict[str, Any] = {"database": Database(name=name), **_of_folder(outcome.run_dir)}
    facts |= {"status": outcome.status, "exit_code": int(outcome.exit_code), "error": _failure(outcome.error)}
    facts.setdefault("duration_seconds", outcome.duration_seconds)
    return RunResult(
        **facts,
        counts=outcome.metrics and outcome.metrics.counts,
        warnings=dict(sorted(Counter(warning.code.value for warning in outcome.warnings).items())),
    )


def sweep_result(sweep_dir: Path, summary: SweepSummary, error: DatalchemyError | None = None) -> SweepResult:
    """Return the result of a sweep that ended; `error` is one of its records, which belongs to no job."""
    status = SweepSeen(path=sweep_dir, summary=summary, going_on=False).status
    facts = {name: getattr(summary, name) for name in SweepSummary.model_fields}
    known = {"sweep_id": sweep_id_in(sweep_dir.name) or sweep_dir.name, "path": str(sweep_dir.absolute())}
    return SweepResult(**facts, **known, status=status, error=_failure(error))


@contextmanager
def reporting(name: str | None) -> Iterator[None]:
    """Print what ends the block, an error or an interrupt, as a result, and let it pass on.

    Args:
        name: what the user calls the database, where the command line says it.
    """
    try:
        yield
    except DatalchemyError as error:
        show(_refused(error, name))
        raise
    except KeyboardInterrupt as stopped:
        code = ExitCode.TERMINATED if isinstance(stopped, Terminated) else ExitCode.INTERRUPTED
        noted = getattr(stopped, "__notes__", [])
        known = {"database": Database(name=name), **_of_folder(Path(noted[0]) if noted else None)}
        show(RunResult(**{**known, "status": RunStatus.INTERRUPTED, "exit_code": int(code)}))
        raise
    except Exception as fault:
        show(_refused(fault_of_ours(fault), name))
        raise


def _refused(error: DatalchemyError, name: str | None) -> RunResult:
    return RunResult(
        database=Database(name=name), status=RunStatus.FAILED, exit_code=int(error.exit_code), error=_failure(error)
    )


def _failure(error: DatalchemyError | None) -> RunFailure | None:
    if error is None:
        return None
    scrub = process_vault().scrub
    remedy = error.remedy and scrub(error.remedy)
    return RunFailure(code=error.code, message=shown(error.message, scrub), remedy=remedy)


def _of_folder(run_dir: Path | None) -> dict[str, Any]:
    """Return the facts that a run's manifest has; without one, only where the folder is."""
    if run_dir is None:
        return {}
    folder = run_dir.absolute()
    with suppress(RegistryError):
        manifest = read_manifest(folder)
        facts = {key: getattr(manifest, key) for key in _KEPT if getattr(manifest, key) is not None}
        names = [*(each.name for each in manifest.artefacts), MANIFEST]
        return {"path": str(folder), **facts, "artefacts": {name: str(folder / name) for name in names}}
    return {"path": str(folder)}
