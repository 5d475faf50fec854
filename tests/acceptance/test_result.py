"""What stdout gets: with `--json` one document, however a run or a sweep ends; with `--out -` schema.json."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from datalchemy.model.json_schema import shipped_text
from tests.acceptance.program import PROGRAM, Ended, datalchemy, environment, read_json, run_dirs, write_conf

LoadSql = Callable[[str, Path | str], None]
_VALIDATOR = jsonschema.Draft202012Validator(json.loads(shipped_text("result")))


def _document(ended: Ended) -> dict[str, Any]:
    """Return the one document that a command printed, which is valid by its contract and has its exit code."""
    document: dict[str, Any] = json.loads(ended.stdout)
    assert [error.message for error in _VALIDATOR.iter_errors(document)] == []
    assert document["exit_code"] == ended.code
    assert (document["error"] is None) == (document["status"] == "succeeded" or document["kind"] == "datalchemy.sweep")
    return document


@pytest.mark.parametrize("words", [("introspect", "{}"), ("+db=shop",)], ids=["introspect", "+db"])
def test_a_good_run(words: tuple[str, ...], database: str, tmp_path: Path) -> None:
    """The document has what the run's own files and `runs show` have, and stderr is empty."""
    write_conf(tmp_path, shop=f"url: {database!r}\n")
    ended = datalchemy(*(word.format(database) for word in words), "--json", cwd=tmp_path)
    document = _document(ended)
    assert (ended.code, ended.stderr) == (0, "")
    (folder,) = run_dirs(tmp_path)
    shown = json.loads(datalchemy("runs", "show", "latest", "--json", cwd=tmp_path).stdout)
    assert Path(document["path"]) == folder == tmp_path / shown.pop("path")
    shared = document.keys() & shown.keys()
    assert {key: document[key] for key in shared} == {key: shown[key] for key in shared}
    assert shown.keys() - shared == {"config", "problem", "ours"}
    assert document["database"]["name"] == (None if words[0] == "introspect" else "shop")
    metrics = read_json(folder / "metrics.json")
    assert document["counts"] == metrics["counts"]
    assert sum(document["warnings"].values()) == len(metrics["warnings"])
    assert {name: Path(path) for name, path in document["artefacts"].items()} == {
        file.name: file for file in folder.iterdir()
    }


def test_a_run_that_fails(database: str, tmp_path: Path) -> None:
    """A failed run has its folder and its error, as its manifest has them; stderr says the error, too."""
    gone = database.replace("datalchemy_test", "no_such_database")
    for runs, words in enumerate((["introspect", database, "--schema", "nope"], ["introspect", gone])):
        ended = datalchemy(*words, "--json", "--run-dir", str(runs), cwd=tmp_path)
        document = _document(ended)
        (folder,) = run_dirs(tmp_path, str(runs))
        manifest = read_json(folder / "manifest.json")
        assert (document["status"], document["counts"], document["captured"]) == ("failed", None, None)
        assert document["error"] == manifest["error"]
        assert document["error"]["message"] in ended.stderr
        assert (document["run_id"], document["path"]) == (manifest["run_id"], str(folder))
        assert document["artefacts"].keys() == {"config.json", "logs.ndjson", "manifest.json"}


@pytest.mark.parametrize(
    ("words", "name", "code", "said"),
    [
        (["introspect", "--json"], None, "configuration", "CONN is missing"),
        (["introspect", "--json", "postgres://h/d", "--schma"], None, "configuration", "'--schema'"),
        (["introspect", "--json", "foo://h/d"], None, "engine_not_supported", "unknown URL scheme"),
        (["--json"], None, "configuration", "no database is chosen"),
        (["--json", "strict=true"], None, "configuration", "no database is chosen"),
        (["+db=nope", "--json"], "nope", "configuration", "there is no database 'nope'"),
        (["+db=one", "--json", "strct=true"], "one", "configuration", "did you mean 'strict'?"),
        (["+db=unset", "--json"], "unset", "configuration", "environment variable NOT_SET"),
        (["+db=torn", "--json"], "torn", "configuration", "torn.yaml"),
        (["-m", "+db=glob(nope*)", "--json"], None, "configuration", "matches no database of yours"),
        (["-m", "--json", "+db=one", "output.out=x", "strict=true,false"], None, "configuration", "the same file"),
        (["-m", "--json", "+db=one", "output.out=-"], None, "configuration", "output.out=- does not go with -m"),
        (["+db=one", "--json", "--out", "-"], "one", "configuration", "both want stdout"),
        (["introspect", "postgres://h/d", "--json", "--out=-"], None, "configuration", "both want stdout"),
        (["--json", "+db=one", "--cfg", "job"], "one", "configuration", "do not go together"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_failure_before_a_run(words: list[str], name: str | None, code: str, said: str, tmp_path: Path) -> None:
    """What fails before a run exists prints a document without a run, and says on stderr what is wrong."""
    write_conf(tmp_path, one="host: localhost\n", unset="password: ${oc.env:NOT_SET}\nhost: localhost\n", torn="a: [\n")
    ended = datalchemy(*words, cwd=tmp_path)
    document = _document(ended)
    assert (ended.code, document["status"], document["run_id"], document["path"]) == (2, "failed", None, None)
    assert document["error"]["code"] == code
    assert said in document["error"]["message"]
    assert said in ended.stderr
    assert document["database"]["name"] == name
    assert not run_dirs(tmp_path)


def test_a_sweep(database: str, tmp_path: Path) -> None:
    """A sweep's document is its summary.json with its folder; progress and errors are on stderr."""
    write_conf(tmp_path, a=f"url: {database!r}\n", b=f"url: {database!r}\n", c="host: localhost\nport: 1\n")
    ended = datalchemy("-m", "+db=a,b,c", "retry=none", "--json", cwd=tmp_path)
    document = _document(ended)
    (folder,) = (tmp_path / "runs" / "sweeps").iterdir()
    assert (ended.code, document["status"], Path(document["path"])) == (3, "failed", folder)
    summary = read_json(folder / "summary.json")
    assert {key: document[key] for key in summary} == summary
    assert [job["status"] for job in document["jobs"]] == ["succeeded", "succeeded", "failed"]
    assert document.keys() - summary.keys() == {"result_version", "sweep_id", "path", "status", "error"}
    assert "error: 3/3 c" in ended.stderr or "c: cannot connect" in ended.stderr
    repeated = datalchemy("runs", "retry", "--json", cwd=tmp_path)
    assert _document(repeated)["repeats"] == folder.name


def test_an_interrupted_run(tmp_path: Path) -> None:
    """A termination ends a run with a document, too."""
    command = [*PROGRAM, "introspect", "postgresql://localhost:1/d", "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not any("connection_attempt" in log.read_text() for log in tmp_path.glob("runs/*/logs.ndjson")):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=30)
    document = _document(Ended(process.returncode, *said))
    (folder,) = run_dirs(tmp_path)
    assert (document["status"], document["exit_code"], document["path"]) == ("interrupted", 143, str(folder))
    assert document["error"] == read_json(folder / "manifest.json")["error"]


@pytest.mark.parametrize("words", [("introspect", "{}", "--out", "-"), ("+db=shop", "output.out=-")])
def test_the_schema_on_stdout(words: tuple[str, ...], database: str, load_sql: LoadSql, tmp_path: Path) -> None:
    """With `--out -` stdout is schema.json, byte for byte; the summary is on stderr, and with -q nothing is."""
    load_sql(database, 'create table "açã\\o" (id int default 1); comment on table "açã\\o" is \'password=hush\'')
    write_conf(tmp_path, shop=f"url: {database!r}\n")
    given = [word.format(database) for word in words]
    ended = datalchemy(*given, cwd=tmp_path)
    quiet = datalchemy(*given, "-q", cwd=tmp_path)
    first, second = ((folder / "schema.json").read_text(encoding="utf-8") for folder in run_dirs(tmp_path))
    assert (ended.code, ended.stdout, quiet.code, quiet.stdout) == (0, first, 0, second)
    assert "\ntables: 1\n" in ended.stderr
    assert not quiet.stderr
    assert not (tmp_path / "-").exists()
    refused = datalchemy(*given, "db.dbname=nope" if words[0] == "+db=shop" else "--schema=nope", cwd=tmp_path)
    assert (refused.code != 0, refused.stdout) == (True, "")
    assert "error: " in refused.stderr


def test_stdout_holds_one_thing(tmp_path: Path) -> None:
    """`output.out=-` does not go with a sweep."""
    write_conf(tmp_path, one="host: localhost\n")
    ended = datalchemy("-m", "+db=one", "--out", "-", cwd=tmp_path)
    assert (ended.code, ended.stdout) == (2, "")
    assert "  hint: leave it out" in ended.stderr
