"""How the servers of the tests are named."""

from pathlib import Path

import pytest

from tests import fetch_servers
from tests.servers import MATRIX_VARIABLE, Server, as_url, matrix


@pytest.mark.parametrize("text", ["13=/a b/c 14=/d", "13=/a b/c,14=/d", "13=/a b/c\n14=/d\n"])
def test_the_matrix_is_a_list_of_majors_and_paths(text: str) -> None:
    """Spaces, commas and line ends separate; a path may hold spaces."""
    assert matrix({MATRIX_VARIABLE: text}) == {"13": Path("/a b/c"), "14": Path("/d")}


def test_without_the_variable_there_is_no_matrix() -> None:
    """Absent and empty are the same."""
    assert matrix({}) == matrix({MATRIX_VARIABLE: " "}) == {}


def test_a_keyword_connection_string_becomes_a_url() -> None:
    """The server of the tests may be given in either form."""
    assert as_url("postgres://u@h/d") == "postgres://u@h/d"
    assert as_url("host=h port=1 user=u password='p@ss' dbname=d") == "postgresql://u:p%40ss@/d?host=h&port=1"


def test_another_database_of_a_server_keeps_everything_else() -> None:
    """Only the path of the URL changes."""
    server = Server("default", "dsn", "postgresql://u:p%40ss@/postgres?host=%2Ftmp%2Fs&port=5432", "18.4", 180004)
    assert server.url("a/b") == "postgresql://u:p%40ss@/a%2Fb?host=%2Ftmp%2Fs&port=5432"
    assert server.major == 18


def test_what_is_in_the_cache_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the servers in the cache neither npm nor a network is needed."""
    monkeypatch.setenv("DATALCHEMY_SERVERS", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    packages = {major: tmp_path / fetch_servers.VERSIONS[major] / "package" for major in (13, 18)}
    for package in packages.values():
        package.mkdir(parents=True)
    assert fetch_servers.main(["13", "18"]) == 0
    assert capsys.readouterr().out == f"13={packages[13]} 18={packages[18]}\n"


def test_a_server_that_cannot_be_fetched_fails_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without npm the reason is told, and nothing half-made stays in the cache."""
    monkeypatch.setenv("DATALCHEMY_SERVERS", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    assert fetch_servers.main(["13"]) == 1
    assert "npm" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("arguments", [["11"], ["eighteen"]])
def test_an_unknown_major_is_a_wrong_call(arguments: list[str]) -> None:
    """The majors that can be had are fixed, with their versions."""
    assert fetch_servers.main(arguments) == 2
