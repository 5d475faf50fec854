"""The registry as a tool: `datalchemy runs`, and `datalchemy ddl`."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.registry.manifest import Database, RunStatus
from datalchemy.registry.run import Registry
from tests.acceptance.program import datalchemy, fresh_datalchemy, read_json, run_dirs, write_conf
from tests.servers import Server
from tests.unit.registering import NOON, change_manifest, good, plain

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
    """Every run has a line of 80 columns with its status and database; a wide terminal and --json have more."""
    listed = datalchemy("runs", "list", cwd=registry)
    assert listed.code == 0
    header, newest, oldest = listed.stdout.splitlines()
    assert header.split()[:5] == ["run", "started", "status", "database", "dbname@host"]
    assert max(map(len, (header, newest, oldest))) <= 80
    assert " failed " in newest
    assert " succeeded " in oldest
    wide = datalchemy("runs", "list", cwd=registry, COLUMNS="200").stdout.splitlines()
    assert wide[0].split()[5:] == ["tables", "fingerprint", "seconds"]
    assert wide[2].split()[-3] == "2"
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
    (listed,) = json.loads(datalchemy("runs", "list", "--json", cwd=tmp_path).stdout)
    assert listed["database"] == known
    line = datalchemy("runs", "list", cwd=tmp_path).stdout.splitlines()[1]
    assert line.split()[4] == known["name"]
    assert f"\ndatabase  {known['name']}\n" in datalchemy("runs", "show", "latest", cwd=tmp_path).stdout


def names(cwd: Path, *words: str) -> list[str | None]:
    """Return the databases of the listed runs, newest first."""
    listed = datalchemy("runs", "list", "--json", *words, cwd=cwd)
    assert listed.code == 0, listed.text
    return [each["database"]["name"] for each in json.loads(listed.stdout)]


@pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")
def test_list_shows_what_is_asked_for(tmp_path: Path) -> None:
    """Runs are chosen by database, status, age and number; the newest of one second is the first."""
    runs_dir, now = tmp_path / "runs", datetime.now(UTC).replace(microsecond=0)
    for number, name in enumerate(("eu/prod", "eu/stage", None, "a"), start=1):
        good(runs_dir, now - timedelta(days=1, microseconds=number), database=Database(name=name, dbname="shop"))
    old = Registry(runs_dir).start(
        config={}, started_at=now - timedelta(days=9), scrub=plain, database=Database(name="a")
    )
    old.finish(RunStatus.FAILED)
    assert names(tmp_path) == ["eu/prod", "eu/stage", None, "a", "a"]
    assert names(tmp_path, "--db", "a") == ["a", "a"]
    assert names(tmp_path, "--db", "shop") == [None]
    assert names(tmp_path, "--db", "eu/*", "--limit", "1") == ["eu/prod"]
    assert names(tmp_path, "--status", "failed") == ["a"]
    assert len(names(tmp_path, "--status", "failed", "--status", "succeeded")) == 5
    assert names(tmp_path, "--db", "none") == []
    for since in ("2d", "36h", f"{now - timedelta(days=3):%Y-%m-%d}", f"{now - timedelta(days=3):%Y-%m-%dT%H:%M}"):
        assert len(names(tmp_path, "--since", since)) == 4
    for words in (["--since", "soon"], ["--since", "9999999d"], ["--status", "good"], ["--limit", "-1"]):
        refused = datalchemy("runs", "list", *words, cwd=tmp_path)
        assert refused.code == 2
        assert "Traceback" not in refused.stderr


@pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")
def test_lines_fit_80_columns(tmp_path: Path) -> None:
    """With long names, and an interrupted run, no line of a list or of a run is longer than 80 columns."""
    long = Database(name="eu/" + "warehouse_" * 5, host="db-" + "x" * 40 + ".example.org", port=5432, dbname="d" * 63)
    run = Registry(tmp_path / "runs").start(config={}, started_at=NOON, scrub=plain, database=long)
    run.finish(RunStatus.INTERRUPTED)
    good(tmp_path / "runs", database=Database(name="prod", host="h", port=5432, dbname="shop"))
    for words in (["list"], ["show", run.id], ["show", "prod"]):
        shown = datalchemy("runs", *words, cwd=tmp_path)
        assert shown.code == 0
        assert max(map(len, shown.stdout.splitlines())) <= 80, shown.stdout
    assert "eu/warehouse_ware..." in datalchemy("runs", "list", cwd=tmp_path).stdout


@pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")
def test_a_run_of_any_kind_is_found_by_every_verb(tmp_path: Path) -> None:
    """`show`, `verify` and `ddl` take `latest`, an id, its beginning, a folder, or a database's name."""
    run = good(tmp_path / "runs", database=Database(name="eu/prod"))
    for argument in ("latest", run.id, run.id[:7], f"runs/{run.path.name}", run.path.name, "eu/prod"):
        for words in (["runs", "show"], ["runs", "verify"], ["ddl"]):
            ended = datalchemy(*words, argument, cwd=tmp_path)
            assert ended.code == 0, ended.text
    for words in (["runs", "show"], ["runs", "verify"], ["ddl"]):
        missing = datalchemy(*words, "zzz", cwd=tmp_path)
        assert missing.code == 2
        assert "no run in runs called 'zzz'" in missing.stderr


@pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("output/default.yaml", "runs_dir: reg\nout: null\n"),
        ("output/default.yaml", "runs_dir: ${oc.env:REGISTRY}\n"),
        ("datalchemy.yaml", "defaults: [filter: default, retry: default, output: schema_file, _self_]\n"
         "output: {runs_dir: reg}\n"),
    ],
)  # fmt: skip
def test_the_registry_is_the_configured_one(file: str, text: str, tmp_path: Path) -> None:
    """`runs` and `ddl` follow `output.runs_dir` of the user's files; --run-dir has precedence."""
    good(tmp_path / "reg", database=Database(name="prod"))
    (tmp_path / "conf" / "output").mkdir(parents=True)
    (tmp_path / "conf" / file).write_text(text)
    listed = datalchemy("runs", "list", "--json", cwd=tmp_path, REGISTRY="reg")
    assert [each["database"]["name"] for each in json.loads(listed.stdout)] == ["prod"]
    assert datalchemy("ddl", "prod", cwd=tmp_path, REGISTRY="reg").code == 0
    other = datalchemy("runs", "list", "--run-dir", "elsewhere", cwd=tmp_path, REGISTRY="reg")
    assert "no registry at elsewhere" in other.stderr


def test_introspect_writes_to_the_configured_one(database: str, tmp_path: Path) -> None:
    """`introspect` follows `output.runs_dir` of the user's files, as `runs` does; its own words have precedence."""
    (tmp_path / "conf" / "output").mkdir(parents=True)
    (tmp_path / "conf" / "output" / "default.yaml").write_text("runs_dir: reg\n")
    for words, runs in (([], "reg"), (["--run-dir", "a"], "a"), (["output.runs_dir=b"], "b")):
        assert datalchemy("introspect", database, *words, cwd=tmp_path).code == 0
        assert len(run_dirs(tmp_path, runs)) == 1
    assert len(json.loads(datalchemy("runs", "list", "--json", cwd=tmp_path).stdout)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("runs_dir: [x\n", "line 2, column 1: not YAML"),
        ("runs_dir: ${oc.env:NOT_SET}\n", "environment variable NOT_SET is not set"),
        ("runs_dir: null\n", "output.runs_dir: input is not a valid path"),
        ("runs_dir: postgres://u:s3cr3t-hunter2@h/d\n", "output.runs_dir: a path is expected, not a URL"),
    ],
)
def test_a_configuration_that_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    """A file that does not say where the registry is, is an error; --run-dir needs no configuration."""
    (tmp_path / "conf" / "output").mkdir(parents=True)
    (tmp_path / "conf" / "output" / "default.yaml").write_text(text)
    refused = datalchemy("runs", "list", cwd=tmp_path)
    assert (refused.code, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stderr
    (tmp_path / "r").mkdir()
    assert datalchemy("runs", "list", "--run-dir", "r", cwd=tmp_path).code == 0


def test_a_configuration_that_says_nothing(tmp_path: Path) -> None:
    """A file of the user's without `output` leaves the registry where it is by default."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "datalchemy.yaml").write_text("strict: true\n")
    assert "no registry at runs" in datalchemy("runs", "list", cwd=tmp_path).stderr


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


def test_ddl_prints_sections(registry: Path) -> None:
    """`--section` prints what pg_restore calls so, several where it is repeated; another word is exit 2."""
    folder = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)[1]["path"]
    whole = datalchemy("ddl", folder, cwd=registry).stdout
    before = datalchemy("ddl", folder, "--section", "pre-data", cwd=registry).stdout
    behind = datalchemy("ddl", folder, "--section=post-data", cwd=registry).stdout
    assert ["CREATE TABLE" in one for one in (before, behind)] == [True, False]
    assert ["PRIMARY KEY" in one for one in (before, behind)] == [False, True]
    assert datalchemy("ddl", folder, "--section=pre-data", "--section=post-data", cwd=registry).stdout == whole
    refused = datalchemy("ddl", folder, "--section=roles", cwd=registry)
    assert (refused.code, refused.stdout, "post-data" in refused.stderr) == (2, "", True)


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


@pytest.fixture
def swept(database: str, load_sql: LoadSql, tmp_path: Path) -> Path:
    """A folder with one sweep: of a database that can be read, and one that refuses."""
    load_sql(database, "create table book (id int primary key)")
    write_conf(tmp_path, prod=f"url: {database}\n", stage="host: 127.0.0.1\nport: 1\ndbname: shop\n")
    assert datalchemy("-m", "+db=prod,stage", "retry=none", cwd=tmp_path).code == 3
    return tmp_path


def test_sweeps_are_listed_and_shown(swept: Path) -> None:
    """A sweep has a line with its jobs by status, and is shown with each job's database, run and error."""
    (listed,) = json.loads(datalchemy("runs", "list", "--sweeps", "--json", cwd=swept).stdout)
    assert listed["runs"] == {"failed": 1, "succeeded": 1}
    lines = datalchemy("runs", "list", "--sweeps", cwd=swept).stdout.splitlines()
    assert lines[0].split()[:4] == ["sweep", "started", "status", "jobs"]
    assert lines[1].split()[0] == listed["sweep_id"]
    assert lines[1].endswith("failed  2     1 failed, 1 succeeded")
    shown = datalchemy("runs", "show", listed["sweep_id"], cwd=swept)
    assert max(map(len, shown.stdout.splitlines())) <= 80
    rows = {line.split()[0]: line.split()[1:3] for line in shown.stdout.splitlines()[-2:]}
    runs = json.loads(datalchemy("runs", "list", "--json", cwd=swept).stdout)
    assert rows == {run["database"]["name"]: [run["status"], run["run_id"]] for run in runs}
    facts = json.loads(datalchemy("runs", "show", listed["path"], "--json", cwd=swept).stdout)
    assert [(job["database"], job["status"]) for job in facts["jobs"]] == [("prod", "succeeded"), ("stage", "failed")]
    assert {key: facts[key] for key in listed} == listed
    for words, number in (
        (["--db", "stage"], 1),
        (["--db", "x"], 0),
        (["--status", "running"], 0),
        (["--limit", "0"], 0),
    ):
        some = json.loads(datalchemy("runs", "list", "--sweeps", "--json", *words, cwd=swept).stdout)
        assert len(some) == number


@pytest.mark.invented_artefacts("manifest.json")
def test_sweeps_are_verified(swept: Path) -> None:
    """A sweep is verified with its runs: what is changed in a run, and a run that contradicts the sweep."""
    (listed,) = json.loads(datalchemy("runs", "list", "--sweeps", "--json", cwd=swept).stdout)
    assert "2 run(s) and 1 sweep(s) verified, 0 with findings" in datalchemy("runs", "verify", cwd=swept).stdout
    assert datalchemy("runs", "verify", listed["sweep_id"], cwd=swept).code == 0
    (failed,) = json.loads(datalchemy("runs", "list", "--db", "stage", "--json", cwd=swept).stdout)
    change_manifest(swept / failed["path"], status="succeeded")
    verified = datalchemy("runs", "verify", listed["sweep_id"], cwd=swept)
    assert verified.code == 6
    assert f"job 1 is failed, and its run {failed['run_id']} is succeeded" in verified.stdout


def test_prune_keeps_each_database_and_takes_sweeps_along(swept: Path) -> None:
    """Each database keeps its newest good run; a sweep goes with its last run; the last good run only with 0."""
    assert datalchemy("-m", "+db=prod,stage", "retry=none", cwd=swept).code == 3
    assert datalchemy("runs", "prune", "--keep", "1", cwd=swept).stdout.count("would delete") == 3
    assert datalchemy("runs", "prune", "--keep", "1", "--yes", cwd=swept).stdout.count("deleted runs/sweeps/") == 1
    assert set(names(swept)) == {"prod", "stage"}
    assert datalchemy("runs", "prune", "--older-than", "0m", "--yes", cwd=swept).code == 0
    assert names(swept) == ["prod"]
    done = json.loads(datalchemy("runs", "prune", "--keep", "0", "--yes", "--json", cwd=swept).stdout)
    assert (len(done["runs"]), len(done["sweeps"])) == (1, 1)
    assert list((swept / "runs" / "sweeps").iterdir()) == []
