"""The models of config.json, of a line of logs.ndjson and of a sweep's files: what their contracts are made from.

Their writers make plain values, because masking may change any text in them. Tests check every file against these.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from datalchemy.model.base import FrozenModel
from datalchemy.registry.manifest import Moment, RunFailure

SWEEP_KIND: Literal["datalchemy.sweep"] = "datalchemy.sweep"
"""What says in a summary that the folder is a sweep of ours."""
SWEEP_VERSION: Literal[2] = 2
"""The version that is written; version 1 can be read, too."""

_Setting = bool | int | float | str | None
_Group = dict[str, _Setting | tuple[str, ...] | dict[str, str]]
_Count = Annotated[int, Field(ge=0)]


class ShownConnection(FrozenModel):
    """The connection in redacted form; null is what was not given."""

    engine: str | None = Field(description="The engine, such as `postgres`.")
    url: str | None = Field(description="The URL, with `***` in place of its password.")
    host: str | None = Field(description="The server's name or address.")
    port: int | str | None = Field(description="The server's port; a text where several are given.")
    dbname: str | None = Field(description="The name of the database on the server.")
    user: str | None = Field(description="The role that connects.")
    sslmode: str | None = Field(description="libpq's sslmode.")
    password: str | None = Field(description="`***`, or a reference that says where the password comes from.")


class RunFlags(FrozenModel):
    """The settings that change what a run may do."""

    strict: bool = Field(description="Whether a warning that strict does not allow fails the run.")
    redact: bool = Field(description="Whether only the values of settings that cannot hold a secret are shown.")


class RunConfig(FrozenModel):
    """The whole of config.json."""

    run_id: str = Field(description="The run's id.")
    started_at: Moment = Field(description="When the run started.")
    schema_version: str = Field(description="The version of this file's contract, and of schema.json's.")
    engine: str | None = Field(description="The engine, such as `postgres`; null when it is not known.")
    connection: ShownConnection = Field(description="Which database was read, and as whom.")
    settings: dict[str, _Setting | _Group] = Field(
        description="The resolved settings by group and key; datalchemy.yaml explains each. Keys that end in `_seconds`"
        " are in seconds, in `_bytes` in bytes. Empty when the settings were not valid."
    )
    flags: RunFlags = Field(description="Settings that readers often ask for, once more.")
    overrides: tuple[str, ...] = Field(description="The settings of the command line, in their order.")
    git_commit: str | None = Field(description="The commit of the working directory; null outside a repository.")
    git_dirty: bool | None = Field(description="Whether files differ from the commit; null when it is not known.")
    python_version: str = Field(description="The version of Python.")
    tool_version: str = Field(description="The version of Datalchemy.")


class LogLine(FrozenModel):
    """One line of logs.ndjson; the event's own fields follow."""

    model_config = ConfigDict(extra="allow")

    timestamp: Moment = Field(description="When it happened.")
    level: Literal["debug", "info", "warning", "error"] = Field(description="How much it matters.")
    event: str = Field(description="What happened, such as `run_started`.")
    run_id: str = Field(description="The run's id; the same on every line.")


class JobStatus(StrEnum):
    """The state of a job of a sweep."""

    NOT_BEGUN = "not_begun"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class SweepJob(FrozenModel):
    """One job of a sweep: the whole of jobs/NNNNN.json, which is written when the job begins and when it ends."""

    job: _Count = Field(description="The job's number, from 0, in planned order.")
    database: str | None = Field(None, description="The database's name, as its user gave it.")
    host: str | None = Field(None, description="The server's name or address; null when it is not known.")
    dbname: str | None = Field(None, description="The name of the database on the server; null when it is not known.")
    overrides: tuple[str, ...] = Field((), description="The job's settings of the command line.")
    status: JobStatus = Field(
        JobStatus.NOT_BEGUN,
        description="The job's state: `running` is in jobs/NNNNN.json alone, until the job ends; a reader asks the"
        " run's lease whether it goes on. In summary.json, a job that has not ended is `not_begun`.",
    )
    exit_code: _Count | None = Field(
        None, description="What the run alone would have exited with; null before its end."
    )
    error: RunFailure | None = Field(None, description="Why the run failed.")
    run_id: str | None = Field(None, description="The run's id; null when no folder was made.")
    run_dir: str | None = Field(
        None, description="The run's folder: its name when it is beside `sweeps`, else its path; null without a folder."
    )
    duration_seconds: Annotated[float, Field(ge=0)] | None = Field(
        None, description="From the job's start to its end, in seconds; null before its end, and when interrupted."
    )
    tables: _Count | None = Field(None, description="Tables in schema.json; null when none was made.")
    columns: _Count | None = Field(None, description="Columns in schema.json; null when none was made.")
    foreign_keys: _Count | None = Field(None, description="Foreign keys in schema.json; null when none was made.")
    warnings: _Count | None = Field(None, description="Warnings of the run; null before its end, and when interrupted.")
    fingerprint: str | None = Field(None, description="The fingerprint in schema.json; null when none was made.")


class FingerprintGroup(FrozenModel):
    """The databases of a sweep that have the same structure."""

    fingerprint: str = Field(description="The fingerprint that they share.")
    databases: tuple[str, ...] = Field(description="Their names, in planned order.")


class SweepSummary(FrozenModel):
    """The whole of summary.json. It is written as a plan before the first job begins, and again as jobs end."""

    kind: Literal["datalchemy.sweep"] = Field(SWEEP_KIND, description="Says that the folder is a sweep.")
    sweep_version: Annotated[Literal[1, 2], WithJsonSchema({"const": SWEEP_VERSION, "type": "integer"})] = Field(
        SWEEP_VERSION, description="The version of this file's contract."
    )
    sweep: str = Field(description="The name of the sweep's folder.")
    repeats: str | None = Field(
        None, description="The name of the folder of the sweep whose jobs it runs again; null for any other sweep."
    )
    started_at: Moment = Field(description="When the sweep started.")
    finished_at: Moment | None = Field(None, description="When the sweep ended; null before.")
    exit_code: _Count | None = Field(None, description="The worst of the exit codes; null before the end.")
    complete: bool = Field(False, description="Whether the sweep came to its end by itself.")
    runs: dict[str, _Count] = Field(description="The number of jobs by status; statuses without a job are absent.")
    jobs: tuple[SweepJob, ...] = Field(description="Every planned job, by number.")
    groups: tuple[FingerprintGroup, ...] = Field(
        (), description="The databases by their structure: the largest group first, then in planned order."
    )
