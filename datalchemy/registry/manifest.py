"""manifest.json: the run of the folder, its status, and the files at its end."""

import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, ValidationError, WithJsonSchema
from pydantic_core import from_json

from datalchemy.errors import RegistryError
from datalchemy.model.base import FrozenModel
from datalchemy.registry.files import open_regular, read_regular, registry_errors
from datalchemy.registry.layout import MANIFEST, time_text
from datalchemy.secrets.references import MASK

KIND: Literal["datalchemy.run"] = "datalchemy.run"
"""The value of `kind` in the manifest of a run."""

MANIFEST_VERSION: Literal[3] = 3
"""The version that is written; versions 1 and 2 can be read, too."""

_FIRST_RELEASE = {
    *("manifest_version", "run_id", "status", "exit_code", "error", "started_at", "finished_at", "duration_seconds"),
    *("host", "pid", "process", "captured", "artefacts"),
}
_MANIFEST_BYTES = 16_000_000
Moment = Annotated[
    AwareDatetime,
    PlainSerializer(time_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}),
]
"""A moment; in JSON, UTC with microseconds."""


class RunStatus(StrEnum):
    """How a run stands, or ended. UNREADABLE is no run's own word: nothing that can be believed says how it ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    UNREADABLE = "unreadable"


class Artefact(FrozenModel):
    """A file of the run as it was when the run ended, by its plain name; `sha256` is hexadecimal."""

    name: str = Field(pattern=r"^[^/\x00.][^/\x00]*$", description="The file's name in the run's folder.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of its bytes, hexadecimal.")
    size_bytes: int = Field(ge=0, description="Its size in bytes.")


class RunFailure(FrozenModel):
    """Why a run did not succeed; the texts hold no secret."""

    code: str = Field(description="The kind of failure, for programs.")
    message: str = Field(description="What is wrong, for people.")
    remedy: str | None = Field(None, description="What to do about it.")


class Database(FrozenModel):
    """Which database a run is of, as far as it was known at the start; the texts hold no secret."""

    name: str | None = Field(None, description="What its user calls it: `db.name`, or the file's name in conf/db.")
    host: str | None = Field(None, description="The server's name or address.")
    port: int | str | None = Field(None, description="The server's port; a text where several are given.")
    dbname: str | None = Field(None, description="The name of the database on the server.")

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from other databases: the user's name for it, or its place. A masked name is none."""
        return (self.name,) if self.name and MASK not in self.name else (self.host, self.port, self.dbname)

    @property
    def called(self) -> str | None:
        """What people call it: the user's name, or the name on the server where the user gave none."""
        return self.name or self.dbname


class Captured(FrozenModel):
    """What the run read: enough to find it again in a list of runs."""

    database: str = Field(description="The name of the database on the server.")
    engine_version: str = Field(description="The server's version.")
    tables: int = Field(ge=0, description="Tables in schema.json, of every kind.")
    fingerprint: str = Field(description="The fingerprint in schema.json.")


_STATUSES = [status.value for status in RunStatus if status is not RunStatus.UNREADABLE]


def _of_a_run(status: RunStatus) -> RunStatus:
    if status is RunStatus.UNREADABLE:
        raise ValueError("a run cannot say that it is unreadable")
    return status


class Manifest(FrozenModel):
    """The whole of manifest.json. While the run is on, what only its end can tell is None and no artefact is listed.

    `process` tells two processes with one `pid` apart; None where the system does not say. Version 1, of the first
    release, has no `kind`, and its run no lease. Versions 1 and 2 have no `database`.
    """

    kind: Literal["datalchemy.run"] = Field(KIND, description="Says that the folder is a run.")
    manifest_version: Annotated[Literal[1, 2, 3], WithJsonSchema({"const": MANIFEST_VERSION, "type": "integer"})] = (
        Field(MANIFEST_VERSION, description="The version of this file's contract.")
    )
    run_id: str = Field(description="The run's id.")
    database: Database = Field(Database(), description="Which database the run is of, also when it failed.")
    status: Annotated[RunStatus, AfterValidator(_of_a_run), WithJsonSchema({"enum": _STATUSES, "type": "string"})] = (
        Field(description="How the run stands, or ended.")
    )
    exit_code: int | None = Field(None, description="What the process exited with.")
    error: RunFailure | None = Field(None, description="Why the run did not succeed.")
    started_at: Moment = Field(description="When the run started.")
    finished_at: Moment | None = Field(None, description="When the run ended.")
    duration_seconds: Annotated[float, Field(ge=0)] | None = Field(None, description="From start to end, in seconds.")
    host: str = Field(description="The name of the machine that the run is on.")
    pid: int = Field(description="The number of its process there.")
    process: str | None = Field(None, description="Tells two processes with one `pid` apart; null if not known.")
    captured: Captured | None = Field(None, description="What the run read; null when it did not get that far.")
    artefacts: tuple[Artefact, ...] = Field((), description="The files of the run, by name.")


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a run, given its folder or the file.

    Raises:
        RegistryError: there is none, it is not one, or it is of a version that this program does not know.
    """
    file = path / MANIFEST if path.is_dir() else path
    with registry_errors("read", file):
        content = read_regular(file, at_most=_MANIFEST_BYTES)
    try:
        return parse_manifest(content)
    except ValueError as error:
        raise RegistryError(f"{file} is not a manifest: {error}") from None


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest that a file holds. Raises ValueError with the cause if it is none of ours."""
    value = from_json(content)
    if not isinstance(value, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004  # one error for any wrong content
    kind, version = value.get("kind"), value.get("manifest_version")
    if kind is None and version == 1:
        if value.keys() != _FIRST_RELEASE:
            raise ValueError("it has not the fields of version 1")
    elif kind != KIND:
        raise ValueError("nothing in it says that it is a run's")
    elif version not in (2, MANIFEST_VERSION):
        raise ValueError(f"it is of version {version!r:.20}, and this program knows 1 to {MANIFEST_VERSION}")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ValueError(f"{where}: {first['msg']}") from None


def describe(path: Path) -> Artefact:
    """Return the digest and the size of a file on disk. Raises OSError if it cannot be read."""
    with os.fdopen(open_regular(path), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Artefact(name=path.name, sha256=digest, size_bytes=file.tell())
