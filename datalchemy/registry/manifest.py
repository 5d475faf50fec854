"""manifest.json: whether a run ended, how, and whether anything was changed since."""

import hashlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, ValidationError

from datalchemy.core.base import FrozenModel
from datalchemy.core.errors import RegistryError
from datalchemy.registry.files import guarded, open_regular, read_regular
from datalchemy.registry.layout import MANIFEST, time_text

_MANIFEST_BYTES = 16_000_000
Moment = Annotated[AwareDatetime, PlainSerializer(time_text, when_used="json")]


class RunStatus(StrEnum):
    """How a run stands, or ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Artefact(FrozenModel):
    """A file of the run as it was when the run ended; `sha256` is hexadecimal."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]


class RunFailure(FrozenModel):
    """Why a run did not succeed; the texts hold no secret."""

    code: str
    message: str
    remedy: str | None = None


class Captured(FrozenModel):
    """What the run read: enough to find it again in a list of runs."""

    database: str
    engine_version: str
    tables: Annotated[int, Field(ge=0)]
    fingerprint: str


class Manifest(FrozenModel):
    """The whole of manifest.json. While the run is on, what only its end can tell is None and no artefact is listed.

    `process` tells two processes with one `pid` apart; None where the system does not say.
    """

    manifest_version: Literal[1] = 1
    run_id: str
    status: RunStatus
    exit_code: int | None = None
    error: RunFailure | None = None
    started_at: Moment
    finished_at: Moment | None = None
    duration_seconds: Annotated[float, Field(ge=0)] | None = None
    host: str
    pid: int
    process: str | None = None
    captured: Captured | None = None
    artefacts: tuple[Artefact, ...] = ()


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a run, given its folder or the file.

    Raises:
        RegistryError: there is none, or it is not one.
    """
    file = path / MANIFEST if path.is_dir() else path
    with guarded("read", file):
        content = read_regular(file, at_most=_MANIFEST_BYTES)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise RegistryError(
            f"{file} is not a manifest: {where}: {first['msg']}", remedy="it was changed, or is of another version"
        ) from None


def describe(path: Path) -> Artefact:
    """Return the digest and the size of a file as it lies on disk; OSError when it cannot be read."""
    with os.fdopen(open_regular(path), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Artefact(name=path.name, sha256=digest, size_bytes=file.tell())
