import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from datalchemy.model.json_schema import shipped_text
from tests.acceptance.program import (
    CANARY,
    PROGRAM,
    datalchemy,
    environment,
    fresh_datalchemy,
    leaks,
    run_dirs,
    write_conf,
)

HYDRA = ("hydra", "omegaconf", "pydantic", "psycopg", "networkx", "structlog", "rich")


def test_bare_says_how_to_choose_a_database(tmp_path: Path) -> None:
    """Bare `datalchemy` says that +db=NAME is needed, lists the shipped databases and one's own, and exits 2."""
    write_conf(tmp_path, prod="host: h\n")
    ended = fresh_datalchemy(cwd=tmp_path)
    assert ended.code == 2
    assert "+db=NAME" in ended.stderr
    for name in ("demo", "docker", "env", "example", "prod"):
        assert f"  {name} " in ended.stderr


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["+db=demo", "--help"]])
def test_help_says_what_there_is(words: list[str], tmp_path: Path) -> None:
    """Help, asked for in any way, names commands, databases, groups and exit codes, and exits 0."""
    ended = fresh_datalchemy(*words, cwd=tmp_path)
    assert ended.code == 0
    assert not ended.stderr
    for said in ("introspect", "+db=NAME", "demo", "filter=all|default", "exit codes"):
        assert said in ended.stdout


def test_version(tmp_path: Path) -> None:
    """`version`, `--version` and `-V` print the version of the installed package."""
    for word in ("version", "--version", "-V"):
        printed = fresh_datalchemy(word, cwd=tmp_path)
        assert (printed.code, printed.stdout, printed.stderr) == (0, f"datalchemy {version('datalchemy')}\n", "")
    assert fresh_datalchemy("version", "x", cwd=tmp_path).code == 2


@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 1), (">&-", 0), ("| true", 0)])
def test_version_where_stdout_cannot_be_written(redirection: str, code: int, tmp_path: Path) -> None:
    """The version that nobody can read is an error of one line where the disk is full, and no traceback ever."""
    command = f"{' '.join(PROGRAM)} version {redirection}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert done.returncode == code
    assert done.stderr.count(b"\n") == (1 if code else 0)


def test_contract_prints_a_json_schema(tmp_path: Path) -> None:
    """`contract` prints the JSON Schema that ships, and nothing else."""
    for words, name in (([], "schema"), (["sweep"], "sweep")):
        ended = fresh_datalchemy("contract", *words, cwd=tmp_path)
        assert (ended.code, ended.stderr) == (0, "")
        assert ended.stdout == shipped_text(name)


def _imported(words: list[str], cwd: Path, **variables: str) -> set[str]:
    """Return the packages that the command line imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "datalchemy", *words],
        cwd=cwd,
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "datalchemy" in imported
    return imported


@pytest.mark.parametrize(
    "words",
    [
        *([], ["version"], ["--version"], ["help"], ["--help"], ["contract", "metrics"], ["introspct"]),
        *(["introspect", "--help"], ["ddl", "--help"]),
    ],
    ids=" ".join,
)
def test_verbs_do_not_wait_for_hydra(words: list[str], tmp_path: Path) -> None:
    """What needs no configuration imports neither Hydra nor a driver."""
    assert not _imported(words, tmp_path).intersection(HYDRA)


@pytest.mark.parametrize(
    "words",
    [
        *(["introspect", "mysql://h/d"], ["runs", "list"], ["runs", "verify", "x"], ["runs", "--help"], ["ddl", "x"]),
        *(["-m"], ["--strict=x"]),
    ],
    ids=" ".join,
)
def test_what_needs_no_configuration_does_not_wait_for_hydra(words: list[str], tmp_path: Path) -> None:
    """The one-shot command, and what reads the registry, need no Hydra, and off a terminal no rich."""
    assert not _imported(words, tmp_path).intersection({"hydra", "omegaconf", "rich", "docker"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["introspct"], "did you mean 'introspect'?"),
        (["postgres://u:s3cr3t-hunter2@h/d"], "datalchemy introspect URL"),
        (["+db=prdo"], "no database 'prdo'; did you mean 'prod'?"),
        (["db=prod"], "write +db=prod"),
        (["+db=demo,env"], "datalchemy -m +db=demo,env"),
        (["+db=prod", "db.hots=x"], "did you mean 'db.host'?"),
        (["+db=prod", "strict=maybe"], "strict: input should be a valid boolean"),
        (["+db=prod", "db.port=70000"], "db.port: a port from 1 to 65535 is expected"),
        (["+db=prod", "db.port=abc"], "db.port: a port from 1 to 65535 is expected"),
        (["+db=prod", "retry.attempts=0"], "retry.attempts"),
        (["+db=prod", "strict=[a"], "strict: input should be a valid boolean"),
        (["+db=prod", "filter.include_schemas=[a"], "filter.include_schemas cannot be read"),
        (["+db=typo"], "db.hots (conf/db/typo.yaml, line 1): unknown key; did you mean 'host'?"),
        (["+db=broken"], "broken.yaml, line 2"),
        (["+db=latin"], "conf/db/latin.yaml is not UTF-8"),
        (["+db=prod", "strict=true,false"], "add -m to sweep"),
        (["prod"], "datalchemy +db=prod"),
        (["+db=prod", "-q", "-v"], "do not go together"),
        (["-m", "+db=prod,other", "output.out=x.json"], "prod and other would write the same file x.json"),
        (["+db=loop"], "names a key that does not exist"),
        (["+db=example"], "environment variable EXAMPLE_PASSWORD (db.password) is not set"),
        (["+db=prod", "db.url=mysql://u:s3cr3t-hunter2@h/d"], "MySQL is planned"),
        (["+db=prod", "db.engine=sqlite"], "SQLite is planned"),
        (["+db=prod", "db.url=foo://u:s3cr3t-hunter2@h/d"], "unknown URL scheme 'foo'"),
        (["strict=true"], "no database is chosen; there are: broken, demo"),
        (["-m", "strict=true,false"], "no database is chosen"),
        (["-m", "+db=prod,nope"], "no database 'nope'"),
        (["-m", "+db=glob(zz*)"], "matches no database of yours"),
        (["-m", "+db=prod", "hydra/launcher=ray"], "datalchemy[ray]"),
        (["-m", "+db=prod", "hydra/launcher=joblib", "hydra.launcher.x=1"], "Could not override 'hydra.launcher.x'"),
        (["-m", "+db=prod", "hydra/launcher=joblib", "hydra.launcher.n_jobs=(("], "n_jobs cannot be read"),
        (["+db=prod", "hydra.job.env_copy=[PGPASSWORD]"], "environment variables to disk"),
        (["+db=prod", "--cfg", "jb"], "did you mean 'job'?"),
        (["introspect"], "CONN is missing"),
        (["introspect", ""], "CONN is empty"),
        (["introspect", "prod"], "+db=NAME"),
        (["introspect", "postgres://h/d", "--conn", "postgres://h/d"], "not both"),
        (["introspect", "postgres://h/d", "x"], "one CONN is expected"),
        (["introspect", "postgres://h/d", "--schma", "x"], "did you mean '--schema'?"),
        (["introspect", "postgres://h/d", "--schema"], "expected one argument"),
        (["introspect", "postgres://h/d", "--password", "s3cr3t-hunter2"], "unknown option --password"),
        (["introspect", "mysql://u:s3cr3t-hunter2@h/d"], "MySQL is planned"),
        (["introspect", "sqlite:///x.db"], "SQLite is planned"),
        (["introspect", "foo://u:s3cr3t-hunter2@h/d"], "unknown URL scheme 'foo'"),
        (["introspect", "host=h 's3cr3t-hunter2"], "keyword=value"),
        (["contract", "metrcs"], "there is no contract 'metrcs'; did you mean 'metrics'?"),
    ],
)
def test_a_mistake_is_one_message_and_no_folder(words: list[str], said: str, tmp_path: Path) -> None:
    """A mistake of usage or configuration exits 2 with its cause and what to do, and leaves no run behind."""
    write_conf(
        tmp_path,
        prod="host: localhost\nport: 1\n",
        other="host: localhost\nport: 1\n",
        typo=f"hots: localhost\npasswd: {CANARY}\n",
        broken=f"host: localhost\n  password: {CANARY}: x\n",
        loop="host: ${nothing.here}\n",
    )
    (tmp_path / "conf" / "db" / "latin.yaml").write_bytes(b"host: caf\xe9\n")
    ended = datalchemy(*words, cwd=tmp_path)
    assert ended.code == 2, ended.text
    assert said in ended.stderr
    assert ended.stderr.count("datalchemy: error: ") == 1
    assert "Traceback" not in ended.text
    assert CANARY not in ended.text
    assert not run_dirs(tmp_path)


@pytest.mark.parametrize(
    "words", [["introspect", "postgres://h/d", "--no-redact"], ["+db=demo", "redact.enabled=false"]]
)
def test_redaction_cannot_be_turned_off_in_ci(words: list[str], tmp_path: Path) -> None:
    """With CI set, turning redaction off is refused, both ways in."""
    ended = datalchemy(*words, cwd=tmp_path, CI="true")
    assert ended.code == 2
    assert "redaction cannot be turned off when CI is set" in ended.stderr
    assert not run_dirs(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["+db=local", "output.runs_dir=file/runs"],
        ["-m", "+db=local,other", "output.runs_dir=file/runs"],
        ["introspect", "postgres://localhost:1/d", "--run-dir", "file/runs"],
    ],
)
def test_a_registry_that_cannot_be_written_is_said_so(words: list[str], tmp_path: Path) -> None:
    """Runs that have nowhere to go exit 6, and say where they would have gone."""
    write_conf(tmp_path, local="host: localhost\nport: 1\n", other="host: localhost\nport: 1\n")
    (tmp_path / "file").write_text("not a folder")
    ended = datalchemy(*words, cwd=tmp_path)
    assert ended.code == 6, ended.text
    assert "file/runs" in ended.stderr
    assert "output.runs_dir" in ended.stderr
    assert "Traceback" not in ended.text


def test_nobody_at_home_is_exit_3_with_a_run(tmp_path: Path) -> None:
    """A refused connection exits 3; the failed run keeps its folder, and the message says where."""
    write_conf(tmp_path, local="host: localhost\nport: 1\n")
    ended = datalchemy("+db=local", "retry=none", cwd=tmp_path)
    assert ended.code == 3
    (folder,) = run_dirs(tmp_path)
    assert f"run: runs/{folder.name}" in ended.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "logs.ndjson", "manifest.json"]
    assert not leaks(tmp_path)


def test_ones_own_folder_comes_before_the_shipped_one(tmp_path: Path) -> None:
    """./conf is found beside the shipped files and wins over them, and --config-dir wins over ./conf."""
    write_conf(tmp_path, demo="host: mine\n", prod="host: also-mine\n")
    write_conf(tmp_path / "other", prod="host: the-other\n")
    shown = datalchemy("+db=demo", "--cfg", "job", "-p", "db.host", cwd=tmp_path)
    assert shown.stdout == "mine\n"
    shown = datalchemy("+db=prod", "--cfg", "job", "-p", "db.host", "--config-dir", "other/conf", cwd=tmp_path)
    assert shown.stdout == "the-other\n"
    shown = datalchemy("+db=prod", "--cfg", "job", "-p", "db.host", cwd=tmp_path, DATALCHEMY_CONFIG_PATH="other/conf")
    assert shown.stdout == "the-other\n"
