"""Where the tests' own temporary files lie."""

import sys
import tempfile
from pathlib import Path

import pytest

from tests import memory


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the file system in memory, and no TMPDIR."""
    monkeypatch.setattr(memory, "_MEMORY", tmp_path)
    monkeypatch.setattr(memory, "_NEEDED_BYTES", 1)
    monkeypatch.setattr(tempfile, "tempdir", "before")
    monkeypatch.setenv("TMPDIR", "")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has such a file system")
def test_memory_with_room_is_used(place: Path) -> None:
    """Where memory has room, temporary files lie there."""
    memory.lay_temporary_files_in_memory()
    assert tempfile.gettempdir() == str(place)


def test_a_machine_without_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such file system, or little room in it, temporary files lie where they do otherwise."""
    monkeypatch.setattr(memory, "_NEEDED_BYTES", 2**62)
    memory.lay_temporary_files_in_memory()
    monkeypatch.setattr(memory, "_NEEDED_BYTES", 1)
    monkeypatch.setattr(memory, "_MEMORY", place / "absent")
    memory.lay_temporary_files_in_memory()
    assert tempfile.gettempdir() == "before"


def test_a_folder_of_the_users_choice_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A TMPDIR that the user has set is not replaced."""
    monkeypatch.setenv("TMPDIR", str(place / "mine"))
    memory.lay_temporary_files_in_memory()
    assert tempfile.gettempdir() == "before"
