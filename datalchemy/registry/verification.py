"""Whether a run's folder is what its manifest says, and a sweep's records what its runs say."""

import errno
from collections.abc import Callable, Container, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pydantic_core import from_json

from datalchemy.errors import RegistryError
from datalchemy.model.base import FrozenModel
from datalchemy.registry.files import read_regular, registry_errors
from datalchemy.registry.layout import LEASE, MANIFEST, SCHEMA, SUMMARY, name_behind, run_id_in
from datalchemy.registry.lease import look_at_lease
from datalchemy.registry.listing import settled, summarise
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import Artefact, RunStatus, describe, read_manifest
from datalchemy.registry.records import SweepJob
from datalchemy.registry.sweep_listing import SweepFound

if TYPE_CHECKING:
    from datalchemy.model.schema import DatabaseSchema

Fingerprint: TypeAlias = "Callable[[DatabaseSchema], str]"


class FindingCode(StrEnum):
    """What can be wrong with a run's folder."""

    UNFINISHED = "unfinished"
    MISSING = "missing"
    CHANGED = "changed"
    REPLACED = "replaced"
    UNREADABLE = "unreadable"
    INCONSISTENT = "inconsistent"
    MISPLACED = "misplaced"
    UNEXPECTED = "unexpected"
    LEFTOVER = "leftover"


class Finding(FrozenModel):
    """One difference between a run's folder and its manifest; `name` is the file's."""

    code: FindingCode
    name: str
    message: str


def verify(run_dir: Path, fingerprint: Fingerprint) -> list[Finding]:
    """Compare a run's folder with its manifest: findings by file name, none when nothing was changed.

    The fingerprint is computed again from schema.json, where this program knows the version of that file.

    Args:
        run_dir: the folder.
        fingerprint: computes the fingerprint of a structure.

    Raises:
        RegistryError: the folder is a link, or the manifest cannot be read.
    """
    if run_dir.is_symlink():
        raise RegistryError(f"{run_dir} is a symbolic link, and links are not followed")
    manifest = settled(run_dir, now=utc_now()) or read_manifest(run_dir)
    if manifest.run_id != run_id_in(run_dir.name):
        message = f"it is the manifest of run {manifest.run_id}"
        return [Finding(code=FindingCode.MISPLACED, name=MANIFEST, message=message)]
    if manifest.finished_at is None:
        cut_off = manifest.status is RunStatus.INTERRUPTED
        message = "the run was cut off" if cut_off else "the run has not ended"
        return [Finding(code=FindingCode.UNFINISHED, name=MANIFEST, message=message)]
    with registry_errors("read", run_dir):
        present = {entry.name for entry in run_dir.iterdir()} - {MANIFEST}
    findings = [
        *(found for artefact in manifest.artefacts for found in _artefact(run_dir, artefact, present)),
        *(found for name in present - {each.name for each in manifest.artefacts} for found in _other(run_dir, name)),
    ]
    if manifest.captured is not None and not any(found.name == SCHEMA for found in findings):
        findings += _structure(run_dir / SCHEMA, manifest.captured.fingerprint, fingerprint)
    return sorted(findings, key=lambda finding: finding.name)


def verify_sweep(sweep: SweepFound) -> list[Finding]:
    """Compare a sweep's records with its runs, in the order of its jobs. A run that was deleted since is no finding.

    Raises:
        RegistryError: the records cannot be read.
    """
    if sweep.seen is None:
        raise RegistryError(sweep.problem or f"{sweep.path} cannot be read")
    if sweep.status is RunStatus.RUNNING:
        return []
    findings = []
    if sweep.seen.summary.finished_at is None and sweep.seen.summary.exit_code is None:
        findings.append(Finding(code=FindingCode.UNFINISHED, name=SUMMARY, message="the sweep was cut off"))
    for job in sweep.jobs:
        if difference := _difference(job, sweep.path.parent.parent):
            findings.append(Finding(code=FindingCode.INCONSISTENT, name=SUMMARY, message=difference))
    return findings


def _difference(job: SweepJob, runs_dir: Path) -> str | None:
    """Return how a job's record differs from the manifest of its run, or None."""
    run = None if job.run_dir is None else summarise(runs_dir / job.run_dir, now=utc_now())
    if run is None:
        return None
    if run.status.value != job.status.value:
        return f"job {job.job} is {job.status}, and its run {run.run_id} is {run.status}"
    if run.captured and job.fingerprint and run.captured.fingerprint != job.fingerprint:
        return f"job {job.job} has another fingerprint than its run {run.run_id}"
    return None


def _artefact(run_dir: Path, artefact: Artefact, present: Container[str]) -> Iterator[Finding]:
    if artefact.name not in present:
        yield Finding(code=FindingCode.MISSING, name=artefact.name, message="the file is gone")
        return
    try:
        found = describe(run_dir / artefact.name)
    except OSError as error:
        link = error.errno == errno.ELOOP
        message = "a symbolic link is in its place" if link else error.strerror or type(error).__name__
        code = FindingCode.REPLACED if link or error.errno == errno.EINVAL else FindingCode.UNREADABLE
        yield Finding(code=code, name=artefact.name, message=message)
        return
    if found != artefact:
        yield Finding(code=FindingCode.CHANGED, name=artefact.name, message=_change(artefact, found))


def _other(run_dir: Path, name: str) -> Iterator[Finding]:
    if name == LEASE and (lease := look_at_lease(run_dir)) is not None:
        if not lease.held:  # held: the run is about to take it away
            yield Finding(code=FindingCode.LEFTOVER, name=name, message="a run that was cut off left its lease behind")
    elif name_behind(name) is not None:
        yield Finding(code=FindingCode.LEFTOVER, name=name, message="a write that did not end left this file behind")
    else:
        what = "folder" if (run_dir / name).is_dir() else "file"
        yield Finding(code=FindingCode.UNEXPECTED, name=name, message=f"the run did not write this {what}")


def _structure(file: Path, captured: str, fingerprint: Fingerprint) -> Iterator[Finding]:
    """Yield what is wrong with the fingerprint: of the structure, in the file, in the manifest."""
    from datalchemy.model.schema import READABLE_VERSIONS, DatabaseSchema

    try:
        content = read_regular(file)
        value = from_json(content)
        if value["schema_version"] in READABLE_VERSIONS:
            schema = DatabaseSchema.model_validate_json(content)
            computed = fingerprint(schema)
        else:
            computed = value["fingerprint"]  # of another version, that only its own program can read
        named = value["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"no structure can be read from it ({type(error).__name__})"
        yield Finding(code=FindingCode.INCONSISTENT, name=file.name, message=message)
        return
    if computed != named:
        message = "its structure has another fingerprint than it names"
        yield Finding(code=FindingCode.INCONSISTENT, name=file.name, message=message)
    elif named != captured:
        message = f"its fingerprint is not the one in {MANIFEST}"
        yield Finding(code=FindingCode.INCONSISTENT, name=file.name, message=message)


def _change(before: Artefact, now: Artefact) -> str:
    if before.size_bytes != now.size_bytes:
        return f"the file has {now.size_bytes} bytes and had {before.size_bytes}"
    return "the content was changed"
