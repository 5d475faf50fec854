"""Copies of schema.json outside the registry."""

import os
import threading
from pathlib import Path

import pytest

from datalchemy.errors import ConfigurationError, RegistryError
from datalchemy.model.schema import DatabaseSchema
from datalchemy.registry.copy import check_copy, write_copy

SCHEMA = DatabaseSchema(
    engine="postgres", engine_version="18.1", database="shop", fingerprint="ab" * 32, schemas=()
).to_json()


@pytest.mark.parametrize(
    "content", [b"", SCHEMA, b"  " + SCHEMA.replace(b"\n", b"")], ids=["empty", "schema", "compact"]
)
def test_what_may_be_replaced(content: bytes, tmp_path: Path) -> None:
    """A copy takes the place of an older schema.json, also in one line, and of an empty file."""
    (tmp_path / "out.json").write_bytes(content)
    write_copy(tmp_path / "out.json", b"new")
    assert (tmp_path / "out.json").read_bytes() == b"new"


@pytest.mark.parametrize(
    "content",
    [
        b"precious",
        b"{}",
        b'{"schema_version": "1.0", "engine": "postgres"}',
        b'[{"schema_version": "1.0", "engine": "postgres", "fingerprint": "' + b"ab" * 32 + b'"}]',
        b"\0" * 5000,
    ],
)
def test_what_stays(content: bytes, tmp_path: Path) -> None:
    """Any other file is refused with the remedy, and stays, unless the copy is forced; links are followed."""
    (tmp_path / "theirs").write_bytes(content)
    (tmp_path / "link").symlink_to("theirs")
    for name in ("theirs", "link"):
        with pytest.raises(ConfigurationError, match=r"not a schema\.json") as caught:
            write_copy(tmp_path / name, b"new")
        assert "--force" in str(caught.value.remedy)
        assert (tmp_path / "theirs").read_bytes() == content
    write_copy(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "theirs").read_bytes() == b"new"


def test_devices_and_pipes(tmp_path: Path) -> None:
    """A device or a pipe is written to as it is; a folder is an error."""
    write_copy(Path("/dev/null"), b"x")
    assert not Path("/dev/null").is_file()
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_copy(tmp_path / "pipe", b"through")
    reader.join(10)
    assert read == [b"through"]
    with pytest.raises(RegistryError, match="it is a directory"):
        write_copy(tmp_path, b"x")


def test_a_check_touches_nothing(tmp_path: Path) -> None:
    """What is not there yet, or cannot be looked at, is left to the write."""
    check_copy(tmp_path / "none" / "out.json", force=False)
    assert not (tmp_path / "none").exists()
