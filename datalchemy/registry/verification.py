"""Whether a run's folder is what its manifest says."""

from enum import StrEnum
from pathlib import Path

from datalchemy.core.base import FrozenModel
from datalchemy.registry.files import guarded
from datalchemy.registry.layout import MANIFEST, is_temporary
from datalchemy.registry.liveness import was_cut_off
from datalchemy.registry.manifest import Artefact, RunStatus, describe, read_manifest


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
