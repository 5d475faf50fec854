"""Which file says a setting."""

from pathlib import Path

import pytest

from datalchemy.cli.hydra.sources import Sources
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.references import FromEnv, FromFile


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATALCHEMY_CONFIG_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("conf/db").mkdir(parents=True)


def _sources(text: str, *overrides: str) -> Sources:
    Path("conf/db/a.yaml").write_text(text)
    return Sources({"db": "a"}, overrides)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("user: 2024", "db.user (conf/db/a.yaml, line 2): text is expected: put it in quotes"),
        ("dbname: 1.5", "db.dbname (conf/db/a.yaml, line 2): text is expected: put it in quotes"),
        ("port: x", "db.port (conf/db/a.yaml, line 2): a port"),
        ("passwrod: x", "db.passwrod (conf/db/a.yaml, line 2): unknown key; did you mean 'password'?"),
        ("init: [1]", "db.init.0 (conf/db/a.yaml, line 2): text is expected: put it in quotes"),
    ],
)
def test_an_error_names_the_file_and_the_line(line: str, said: str) -> None:
    """What is wrong with a setting is said with the file and the line that say it."""
    import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

    with pytest.raises(ConfigurationError) as caught:
        load_settings({"db": yaml.safe_load(line)}, _sources(f"host: h\n{line}\n").where)
    assert said in caught.value.message


def test_the_command_line_says_more_than_a_file() -> None:
    """A setting that the command line gives is not blamed on the file; one that nobody gives on nothing."""
    sources = _sources("user: 2024\nport: 1\n", "+db=a", "db.user=7")
    assert sources.where("db.port") == "conf/db/a.yaml, line 2"
    assert sources.where("db.user") is None
    assert sources.where("db.host") is None
    assert sources.where("strict") is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "name: a\n", "{}\n"])
def test_a_file_that_says_nothing(text: str) -> None:
    """An empty database file is refused: the run would go to whatever the environment names."""
    with pytest.raises(ConfigurationError, match=r"conf/db/a\.yaml says nothing of the database"):
        _sources(text).check_database({"host": None, "name": "a"}, names_a_server=False)


@pytest.mark.parametrize("text", ["host: ???\n", "port: 1\nhost: '???'\n", "host:  ???  # later\n"])
def test_a_value_that_is_left_open(text: str) -> None:
    """`???` that nothing fills is an error that names the file; one that the command line fills is none."""
    with pytest.raises(ConfigurationError, match=r"db\.host: a value is missing \(\?\?\? in conf/db/a\.yaml, line"):
        _sources(text).check_database({"host": None}, names_a_server=False)
    _sources(text).check_database({"host": "h"}, names_a_server=True)


@pytest.mark.parametrize(
    "text", ["host: null\n", "url: ${oc.env:X,null}\n", "user: u\n", "defaults: [b]\n", "{user: u}\n"]
)
def test_leaving_the_rest_to_the_environment_is_allowed(text: str) -> None:
    """A file that says something on purpose may leave the server to PGHOST and the like."""
    _sources(text).check_database({"host": None, "url": None}, names_a_server=False)


def test_a_secret_file_is_relative_to_the_file_that_says_it(tmp_path: Path) -> None:
    """A relative path starts at its YAML file's folder; one of the command line at the current folder."""
    conf = tmp_path / "conf/db"
    text = (
        "password: ${secret:file,pw}\nurl: 'postgres://u:${secret:file, x/y}@h'\noptions: {sslpassword: '<file:z>'}\n"
    )
    given = {"pw": f"{conf}/pw", "x/y": f"{conf}/x/y", "z": f"{conf}/z", "/run/pw": "/run/pw"}
    for path, absolute in given.items():
        assert _sources(text).absolute(FromFile(path)) == FromFile(absolute)
    assert _sources(text, "db.password=${secret:file,pw}").absolute(FromFile("pw")) == FromFile(f"{tmp_path}/pw")
    assert _sources(text).absolute(FromEnv("pw")) == FromEnv("pw")


def test_a_secret_file_that_a_shared_file_says(tmp_path: Path) -> None:
    """Where the chosen file takes another in, a path starts at the folder of the one that says it."""
    Path("conf/db/base.yaml").write_text("password: ${secret:file,pw}\n")
    sources = _sources("defaults: [base]\nhost: h\n")
    assert sources.absolute(FromFile("pw")) == FromFile(f"{tmp_path}/conf/db/pw")
