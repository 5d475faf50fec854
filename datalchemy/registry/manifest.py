"""manifest.json: whether a run ended, how, and whether anything was changed since."""

import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, ValidationError

from datalchemy.core.base import FrozenModel
from datalchemy.core.errors import RegistryError
from datalchemy.registry.files import guarded
from datalchemy.registry.layout import MANIFEST, is_temporary, run_id_in, started_at_in, time_text
from datalchemy.registry.log import utc_now

_STARTING_SECONDS = 60.0
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


class RunSummary(FrozenModel):
    """One run of the registry. `problem` says why its manifest cannot be taken at its word, when that is so."""

    run_id: str
    path: Path
    status: RunStatus
    exit_code: int | None = None
    error: RunFailure | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    duration_seconds: float | None = None
    captured: Captured | None = None
    problem: str | None = None


class FindingCode(StrEnum):
    """What can be wrong with a run's folder."""

    UNFINISHED = "unfinished"
    MISSING = "missing"
    CHANGED = "changed"
    UNEXPECTED = "unexpected"
    LEFTOVER = "leftover"


class Finding(FrozenModel):
    """One difference between a run's folder and its manifest; `name` is the file's."""

    code: FindingCode
    name: str
    message: str


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a run, given its folder or the file.

    Raises:
        RegistryError: there is none, or it is not one.
    """
    file = path / MANIFEST if path.is_dir() else path
    with guarded("read", file):
        content = file.read_bytes()
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
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Artefact(name=path.name, sha256=digest, size_bytes=file.tell())


def verify(run_dir: Path) -> list[Finding]:
    """Compare a run's folder with its manifest: findings by file name, none when nothing was changed.

    Raises:
        RegistryError: the manifest or a file cannot be read.
    """
    manifest = read_manifest(run_dir)
    if manifest.status is RunStatus.RUNNING:
        message = "the run was cut off" if was_cut_off(manifest) else "the run has not ended"
        return [Finding(code=FindingCode.UNFINISHED, name=MANIFEST, message=message)]
    with guarded("read", run_dir):
        present = {entry.name for entry in run_dir.iterdir() if not entry.is_dir()} - {MANIFEST}
    findings = []
    for artefact in manifest.artefacts:
        if artefact.name not in present:
            findings.append(Finding(code=FindingCode.MISSING, name=artefact.name, message="the file is gone"))
            continue
        with guarded("read", run_dir / artefact.name):
            found = describe(run_dir / artefact.name)
        if found != artefact:
            findings.append(Finding(code=FindingCode.CHANGED, name=artefact.name, message=_change(artefact, found)))
    for name in present - {artefact.name for artefact in manifest.artefacts}:
        if is_temporary(name):
            message = "a write that did not end left this file behind"
            findings.append(Finding(code=FindingCode.LEFTOVER, name=name, message=message))
        elif not name.startswith("."):
            findings.append(Finding(code=FindingCode.UNEXPECTED, name=name, message="the run did not write this file"))
    return sorted(findings, key=lambda finding: finding.name)


def _change(before: Artefact, now: Artefact) -> str:
    if before.size_bytes != now.size_bytes:
        return f"the file has {now.size_bytes} bytes and had {before.size_bytes}"
    return "the content was changed"


def runs(runs_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> Iterator[RunSummary]:
    """Yield the runs of a registry, oldest first. Nothing when the folder is not there yet.

    A run that is `running` by its manifest but whose process is gone counts as interrupted, and so does a folder that
    has no manifest after a minute: a run writes one right after it has made its folder.

    Raises:
        RegistryError: the folder cannot be read.
    """
    if not runs_dir.exists():
        return
    with guarded("read", runs_dir):
        folders = sorted(entry for entry in runs_dir.iterdir() if entry.is_dir())
    for folder in folders:
        run_id = run_id_in(folder.name)
        if (folder / MANIFEST).exists():
            yield _summary(folder, run_id or folder.name)
        elif run_id:
            yield _without_manifest(folder, run_id, clock())


def _without_manifest(folder: Path, run_id: str, now: datetime) -> RunSummary:
    with guarded("read", folder):
        age_seconds = now.timestamp() - folder.stat().st_mtime
    young = age_seconds < _STARTING_SECONDS
    return RunSummary(
        run_id=run_id,
        path=folder,
        status=RunStatus.RUNNING if young else RunStatus.INTERRUPTED,
        started_at=started_at_in(folder.name),
        problem=f"there is no {MANIFEST} yet" if young else f"the run left no {MANIFEST}",
    )


def _summary(folder: Path, run_id: str) -> RunSummary:
    try:
        manifest = read_manifest(folder)
    except RegistryError as error:
        return RunSummary(
            run_id=run_id,
            path=folder,
            status=RunStatus.FAILED,
            started_at=started_at_in(folder.name),
            problem=error.message,
        )
    cut_off = was_cut_off(manifest)
    return RunSummary(
        run_id=manifest.run_id,
        path=folder,
        status=RunStatus.INTERRUPTED if cut_off else manifest.status,
        exit_code=manifest.exit_code,
        error=manifest.error,
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        duration_seconds=manifest.duration_seconds,
        captured=manifest.captured,
        problem="its process ended without a word" if cut_off else None,
    )


def was_cut_off(manifest: Manifest) -> bool:
    """Tell whether a run is marked as running although its process, on this host, is gone."""
    if manifest.status is not RunStatus.RUNNING or manifest.host != platform.node() or os.name != "posix":
        return False
    try:
        os.kill(manifest.pid, 0)  # signal 0 asks whether the process is there, and does nothing to it
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False  # it is there and belongs to somebody else
    return manifest.process is not None and process_mark(manifest.pid) not in {None, manifest.process}


def process_mark(pid: int) -> str | None:
    """Return when a process started, in clock ticks since a boot that is named too; None where that cannot be told.

    Source: proc(5), the 22nd field of /proc/PID/stat; the second, in parentheses, may hold blanks.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return f"{boot}:{fields[19]}"
    except (OSError, IndexError, ValueError):
        return None
