"""The registry as a tool: `datalchemy runs`, and `datalchemy ddl`."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import datalchemy, fresh_datalchemy, read_json, run_dirs, write_conf
from tests.servers import Server

LoadSql = Callable[[str, Path | str], None]


@pytest.fixture
def registry(database: str, load_sql: LoadSql, tmp_path: Path) -> Path:
    """A folder with two runs: one that succeeded, and one that was refused."""
    load_sql(
        database,
        "create table placeholders (id int primary key); create table book (placeholders int references placeholders)",
    )
    assert datalchemy("introspect", database, cwd=tmp_path).code == 0
    assert datalchemy("introspect", database, "--schema", "nope", cwd=tmp_path).code == 2
    return tmp_path


def test_list_shows_the_newest_first(registry: Path) -> None:
    """Every run has a line with its status, database, tables and fingerprint; --json has the same."""
    listed = datalchemy("runs", "list", cwd=registry)
    assert listed.code == 0
    header, newest, oldest = listed.stdout.splitlines()
    assert header.split() == ["run", "started", "status", "database", "tables", "fingerprint", "seconds"]
    assert " failed " in newest
    assert " succeeded " in oldest
    assert " 2 " in oldest
    facts = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)
    assert [each["status"] for each in facts] == ["failed", "succeeded"]
    assert facts[1]["captured"]["tables"] == 2


@pytest.mark.parametrize(
    ("more", "known"),
    [
        ("", {"name": "prod", "host": "127.0.0.1", "port": 1, "dbname": "shop"}),
        ("name: Prod\n", {"name": "Prod", "host": "127.0.0.1", "port": 1, "dbname": "shop"}),
        ("password: ${oc.env:NOT_SET}\n", {"name": "prod", "host": "127.0.0.1", "port": 1, "dbname": "shop"}),
        ("sslmode: wrong\n", {"name": "prod", "host": None, "port": None, "dbname": None}),
    ],
)
def test_a_failed_run_names_its_database(more: str, known: dict[str, object], tmp_path: Path) -> None:
    """A run that was refused, or whose settings are wrong, says which database it was of."""
    write_conf(tmp_path, prod=f"host: 127.0.0.1\nport: 1\ndbname: shop\n{more}")
    assert datalchemy("-m", "+db=prod", "retry=none", cwd=tmp_path).code in {2, 3}
    (folder,) = run_dirs(tmp_path)
    manifest = read_json(folder / "manifest.json")
    assert (manifest["status"], manifest["database"]) == ("failed", known)


def test_show_takes_an_id_or_its_beginning_or_latest(registry: Path) -> None:
    """A run is found by its id, by the beginning of it, by its folder, and as the latest."""
    newest, oldest = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)
    for name in (oldest["run_id"], oldest["run_id"][:6], oldest["path"]):
        assert json.loads(datalchemy("runs", "show", name, "--json", cwd=registry).stdout) == oldest
    assert json.loads(datalchemy("runs", "show", "latest", "--json", cwd=registry).stdout) == newest
    assert "schema.json" in datalchemy("runs", "show", oldest["run_id"], cwd=registry).stdout
    missing = datalchemy("runs", "show", "zzz", cwd=registry)
    assert missing.code == 2
    assert "no run in runs called 'zzz'" in missing.stderr


@pytest.mark.invented_artefacts("schema.json")
def test_verify_says_what_was_changed(registry: Path) -> None:
    """An untouched registry verifies; a changed, a missing and a foreign file are told by name, with exit 6."""
    assert datalchemy("runs", "verify", cwd=registry).code == 0
    oldest = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]
    folder = registry / oldest["path"]
    (folder / "schema.json").write_text("{}")
    (folder / "metrics.json").unlink()
    (folder / "notes.txt").write_text("mine")
    found = datalchemy("runs", "verify", oldest["run_id"], cwd=registry)
    assert found.code == 6
    for said in ("metrics.json: the file is gone", "schema.json: the file has 2 bytes", "notes.txt: the run did not"):
        assert said in found.stdout


def test_an_interrupted_run_is_recognised(registry: Path) -> None:
    """A run whose process is gone without a word is listed as interrupted, and verify says that it never ended."""
    oldest = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]
    manifest = registry / oldest["path"] / "manifest.json"
    content = json.loads(manifest.read_text())
    content.update(
        status="running", pid=2**22 + 1, exit_code=None, finished_at=None, duration_seconds=None, artefacts=[]
    )
    manifest.write_text(json.dumps(content))
    assert json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]["status"] == "interrupted"
    verified = datalchemy("runs", "verify", cwd=registry)
    assert verified.code == 6
    assert "the run was cut off" in verified.stdout


def test_prune_deletes_only_when_told_to(registry: Path, database: str) -> None:
    """Without --yes nothing goes; with it the oldest go, but for the newest good run; without a bound it is refused."""
    rehearsal = fresh_datalchemy("runs", "prune", "--keep", "0", cwd=registry)
    assert "2 run(s) would be deleted" in rehearsal.stdout
    assert len(list((registry / "runs").iterdir())) == 2
    assert fresh_datalchemy("runs", "prune", "--keep", "1", "--older-than", "30d", "--yes", cwd=registry).code == 0
    assert len(list((registry / "runs").iterdir())) == 2
    assert fresh_datalchemy("introspect", database, "--schema", "nope", cwd=registry).code == 2
    assert fresh_datalchemy("runs", "prune", "--keep", "1", "--yes", cwd=registry).code == 0
    left = json.loads(fresh_datalchemy("runs", "list", "--json", cwd=registry).stdout)
    assert [(each["status"], each["exit_code"]) for each in left] == [("failed", 2), ("succeeded", 0)]
    for words in ([], ["--keep", "some"], ["--older-than", "a while"]):
        refused = fresh_datalchemy("runs", "prune", *words, cwd=registry)
        assert refused.code == 2
        assert "Traceback" not in refused.stderr


def test_ddl_builds_the_structure_anew(registry: Path, database: str, load_sql: LoadSql, server: Server) -> None:
    """What `ddl` prints loads into an empty database and gives the same fingerprint."""
    oldest = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]
    printed = datalchemy("ddl", oldest["path"], cwd=registry)
    assert printed.code == 0
    other = server.new_database()
    try:
        load_sql(other, printed.stdout)
        assert datalchemy("introspect", other, cwd=registry).code == 0
        newest = json.loads(datalchemy("runs", "show", "latest", "--json", cwd=registry).stdout)
        assert newest["captured"]["fingerprint"] == oldest["captured"]["fingerprint"]
    finally:
        server.drop_database(other)


def test_ddl_of_an_edited_file(registry: Path) -> None:
    """A fingerprint that does not fit is told; a text that could end its statement leaves it out, with exit 2."""
    oldest = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]
    content = json.loads((registry / oldest["path"] / "schema.json").read_text())
    book = content["schemas"][0]["tables"][0]
    book["columns"][0]["default"] = "1"
    (registry / "edited.json").write_text(json.dumps(content))
    edited = datalchemy("ddl", "edited.json", cwd=registry)
    assert edited.code == 0
    assert "does not fit its structure" in edited.stderr
    book["columns"][0]["default"] = "1\n\\! touch PWNED\n"
    (registry / "edited.json").write_text(json.dumps(content))
    refused = datalchemy("ddl", "edited.json", cwd=registry)
    assert refused.code == 2
    assert "1 statement(s) left out" in refused.stderr
    assert '-- not rendered: CREATE TABLE "public"."book" (' in refused.stdout
    assert 'CREATE TABLE "public"."placeholders"' in refused.stdout
    assert "touch" not in refused.stdout


def test_ddl_restricts_psql_where_asked_to(registry: Path) -> None:
    """The same run prints the same bytes; with --restrict they stand between two lines with a key nobody can guess."""
    folder = json.loads(fresh_datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]["path"]
    plain = fresh_datalchemy("ddl", folder, cwd=registry)
    assert plain.stderr == ""
    assert fresh_datalchemy("ddl", folder, cwd=registry).stdout == plain.stdout
    keys = set()
    for _ in range(2):
        first, script = fresh_datalchemy("ddl", folder, "--restrict", cwd=registry).stdout.split("\n\n", 1)
        key = first.removeprefix("\\restrict ")
        assert re.fullmatch("[0-9a-f]{64}", key)
        assert script == f"{plain.stdout}\n\\unrestrict {key}\n"
        keys.add(key)
    assert len(keys) == 2


def test_ddl_refuses_what_is_no_schema(tmp_path: Path) -> None:
    """A file that is missing, or no schema.json, is one message and exit 2."""
    (tmp_path / "x.json").write_text("[1]")
    (tmp_path / "old.json").write_text('{"schema_version": "0.1"}')
    for name, said in (
        ("y.json", "cannot be read"),
        ("x.json", "is not a schema.json"),
        ("old.json", "schema_version 0.1"),
    ):
        refused = datalchemy("ddl", name, cwd=tmp_path)
        assert refused.code == 2
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
