"""What is found when a run's folder is no longer what it was."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.errors import RegistryError
from datalchemy.registry.layout import temporary_name
from datalchemy.registry.verification import verify
from tests.unit.registering import change_manifest, first_release, good, schema_of

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json", "manifest.json")


def found(folder: Path) -> dict[str, str]:
    """Return the code of each finding by file name."""
    return {finding.name: str(finding.code) for finding in verify(folder, fingerprint_of)}


def rewrite_with_manifest(folder: Path, content: bytes, **facts: object) -> None:
    """Change schema.json and, to match, what the manifest says of it."""
    (folder / "schema.json").write_bytes(content)
    artefacts = json.loads((folder / "manifest.json").read_text())["artefacts"]
    for each in artefacts:
        if each["name"] == "schema.json":
            each |= {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    change_manifest(folder, artefacts=artefacts, **facts)


def test_untouched(tmp_path: Path) -> None:
    """A run that nobody touched has no findings, be it of this release or the first."""
    run = good(tmp_path)
    assert verify(run.path, fingerprint_of) == []
    first_release(run.path)
    assert verify(run.path, fingerprint_of) == []


@pytest.mark.invented_artefacts("logs.ndjson")
def test_touched(tmp_path: Path) -> None:
    """What is gone, changed, added or left behind is found by name: files, hidden ones, and folders."""
    folder = good(tmp_path).path
    (folder / "schema.json").write_bytes(b"21")
    (folder / "metrics.json").unlink()
    with (folder / "logs.ndjson").open("a") as log:
        log.write("{}\n")
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden").write_text("x")
    (folder / ".lease").write_text("x")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("/dev/zero")
    leftover = temporary_name("schema.json")
    (folder / leftover).write_text("x")
    assert found(folder) == {
        leftover: "leftover",
        ".hidden": "unexpected",
        ".lease": "leftover",
        "link": "unexpected",
        "logs.ndjson": "changed",
        "metrics.json": "missing",
        "notes.txt": "unexpected",
        "schema.json": "changed",
        "sub": "unexpected",
    }


@pytest.mark.parametrize("kind", ["link", "dangling", "fifo", "folder"])
def test_replaced(kind: str, tmp_path: Path) -> None:
    """A link to the very same bytes, a FIFO or a folder in the place of a file is found, and causes no wait."""
    folder = good(tmp_path / "runs").path
    place, elsewhere = folder / "schema.json", tmp_path / "k.json"
    place.rename(elsewhere)
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(elsewhere if kind == "link" else tmp_path / "none")
    assert found(folder) == {"schema.json": "replaced"}


def test_a_structure_that_was_changed_with_the_manifest(tmp_path: Path) -> None:
    """A schema.json that was changed together with its digest no longer has the fingerprint that it names."""
    folder = good(tmp_path).path
    rewrite_with_manifest(folder, (folder / "schema.json").read_bytes().replace(b'"b"', b'"x"'))
    assert found(folder) == {"schema.json": "inconsistent"}


def test_a_whole_other_structure(tmp_path: Path) -> None:
    """A schema.json that is right in itself, and is not the one of the manifest, is found."""
    folder = good(tmp_path).path
    rewrite_with_manifest(folder, schema_of("other").to_json())
    assert found(folder) == {"schema.json": "inconsistent"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"schema_version": "1.0", "fingerprint": 1}'])
def test_no_structure(content: bytes, tmp_path: Path) -> None:
    """A schema.json that holds no structure, with a manifest that agrees, is found."""
    folder = good(tmp_path).path
    rewrite_with_manifest(folder, content)
    assert found(folder) == {"schema.json": "inconsistent"}


def test_a_structure_of_another_version(tmp_path: Path) -> None:
    """Of a version that this program cannot read only the names of the fingerprint are compared."""
    folder = good(tmp_path).path
    content = (folder / "schema.json").read_bytes().replace(b'"1.1"', b'"9.0"')
    rewrite_with_manifest(folder, content)
    assert found(folder) == {}
    rewrite_with_manifest(folder, content.replace(b'"fingerprint": "', b'"fingerprint": "0'))
    assert found(folder) == {"schema.json": "inconsistent"}


def test_a_structure_of_an_older_version(tmp_path: Path) -> None:
    """The fingerprint of a file of contract 1.0 is computed again: the rules since then only add facts."""
    folder = good(tmp_path).path
    content = (folder / "schema.json").read_bytes().replace(b'"1.1"', b'"1.0"')
    content = content.replace(b'  "fingerprint_version": 1,\n', b"")
    rewrite_with_manifest(folder, content)
    assert found(folder) == {}
    rewrite_with_manifest(folder, content.replace(b'"b"', b'"x"'))
    assert found(folder) == {"schema.json": "inconsistent"}


def test_a_structure_that_is_no_longer_listed(tmp_path: Path) -> None:
    """A manifest that tells of a structure and whose folder has none is found."""
    folder = good(tmp_path).path
    (folder / "schema.json").unlink()
    change_manifest(folder, artefacts=[])
    assert found(folder)["schema.json"] == "inconsistent"


def test_a_manifest_of_another_run(tmp_path: Path) -> None:
    """A manifest whose run has not the id of the folder is found."""
    one, other = good(tmp_path), good(tmp_path)
    (one.path / "manifest.json").write_bytes((other.path / "manifest.json").read_bytes())
    assert found(one.path) == {"manifest.json": "misplaced"}


def test_a_run_that_is_made_to_go_on(tmp_path: Path) -> None:
    """A manifest that was set back to `running`, on whatever host, is that of a run that was cut off."""
    folder = good(tmp_path).path
    change_manifest(folder, status="running", host="elsewhere", process="another-boot:1")
    assert [finding.message for finding in verify(folder, fingerprint_of)] == ["the run was cut off"]


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    """A run's folder that is a link is not followed."""
    run = good(tmp_path / "elsewhere")
    (tmp_path / run.path.name).symlink_to(run.path)
    with pytest.raises(RegistryError, match="symbolic link"):
        verify(tmp_path / run.path.name, fingerprint_of)
