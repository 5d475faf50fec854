"""What a database may hold to break its reader: names, texts and sizes that nobody expects."""

import json
import os
import pty
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

import datalchemy
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import DatabaseSettings, OutputSettings, Settings
from datalchemy.model.diagnostics import WarningCode
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.vault import Vault
from tests import tallies
from tests.acceptance.program import PROGRAM, environment, run_dirs
from tests.integration import hostile
from tests.servers import Server

LoadSql = Callable[[str, Path | str], None]

OWN_SEQUENCES = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|[0-9]*[ABCDGKJ])|\r")
"""What rich writes: colours, the cursor shown and hidden, moved, and lines erased."""


@pytest.fixture(scope="module")
def hostile_url(server: Server) -> Iterator[str]:
    """The URL of a database whose own name is hostile, full of hostile names."""
    url = server.new_database(f"{hostile.DATABASES[0]} {secrets.token_hex(4)}")
    hostile.fill(url)
    yield url
    server.drop_database(url)


def _run(url: str, runs_dir: Path) -> RunOutcome:
    settings = Settings(
        db=DatabaseSettings.model_validate({"url": url}),
        filter=ObjectFilter(include_schemas=("*",)),
        output=OutputSettings(runs_dir=runs_dir),
    )
    outcome = run(settings, vault=Vault(), environ=os.environ)
    assert outcome.error is None, outcome.error
    return outcome


def _read(folder: Path | None, name: str) -> Any:
    assert folder is not None
    return json.loads((folder / name).read_bytes())


def test_every_name_comes_back_as_it_is(hostile_url: str, tmp_path: Path) -> None:
    """Names of every kind, labels, defaults and comments go through schema.json character by character."""
    outcome = _run(hostile_url, tmp_path / "runs")
    content = _read(outcome.run_dir, "schema.json")
    schemas = {each["name"]: each for each in content["schemas"]}
    by_table = {kind: {one["name"]: one for one in schemas[kind]["tables"]} for kind in hostile.KINDS}
    in_schemas = [schemas[name]["tables"][0] for name in hostile.IDENTIFIERS]
    own = {"t", "t_pkey", "t_id_not_null", "t_id_seq"}

    def names(values: list[dict[str, Any]]) -> list[str]:
        return sorted(each["name"] for each in values if each["name"] not in own)

    found = {
        "schemas": sorted(set(schemas) - {"public", *hostile.KINDS}),
        "schemas' comments": sorted(schemas[name]["comment"] for name in hostile.IDENTIFIERS),
        "tables": names(schemas["tables"]["tables"]),
        "tables in schemas": sorted(one["name"] for one in in_schemas),
        "columns in tables": sorted(one["columns"][0]["name"] for one in in_schemas),
        "checks in tables": sorted(one["constraints"][0]["name"] for one in in_schemas),
        "columns": names(by_table["columns"]["t"]["columns"]),
        "views": names([one for one in schemas["views"]["tables"] if one["kind"] == "view"]),
        "views' columns": sorted(
            one["columns"][0]["name"] for one in schemas["views"]["tables"] if one["kind"] == "view"
        ),
        "sequences": names(schemas["sequences"]["sequences"]),
        "indexes": names(by_table["indexes"]["t"]["indexes"]),
        "enums": [name for name in names(schemas["enums"]["enums"]) if name != "every_label"],
        "domains": names(schemas["domains"]["domains"]),
        "domains' checks": sorted(one["constraints"][0]["name"] for one in schemas["domains"]["domains"]),
        "composites": names(schemas["composites"]["composites"]),
        "attributes": sorted(one["attributes"][0]["name"] for one in schemas["attributes"]["composites"]),
        "ranges": names(schemas["ranges"]["ranges"]),
        "checks": names(by_table["checks"]["t"]["constraints"]),
        "keys": names(by_table["keys"]["t"]["constraints"]),
        "foreign keys": names(by_table["foreign_keys"]["t"]["constraints"]),
        "triggers": names(by_table["triggers"]["t"]["triggers"]),
        "policies": names(by_table["policies"]["t"]["policies"]),
        "rules": names(by_table["rules"]["t"]["rules"]),
        "statistics": names(by_table["statistics"]["t"]["statistics"]),
        "functions": names(schemas["functions"]["functions"]),
        "tables' comments": sorted(
            one["comment"] for one in schemas["tables"]["tables"] if one["name"] not in own
        ),
    }  # fmt: skip
    for kind, these in found.items():
        assert these == sorted(hostile.IDENTIFIERS), kind
    labels = next(one["labels"] for one in schemas["enums"]["enums"] if one["name"] == "every_label")
    assert labels == list(hostile.TEXTS)
    assert content["database"] == _database_of(hostile_url)
    unknown = [each for each in outcome.warnings if each.code is WarningCode.NOT_MODELLED]
    assert [each.message.partition(":")[0] for each in unknown] == [
        f"{len(hostile.IDENTIFIERS)} of kind 'collation' in the schema collations"
    ]
    places = {kind: len(these) for kind, these in found.items()} | {"labels": len(labels)}
    tallies.leave("hostile names by place", places)
    tallies.leave("hostile names by kind", {kind: len(names) for kind, names in hostile.NAMES.items()})


def _database_of(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("select current_database()").fetchone()
    assert row is not None
    return str(row[0])


def test_texts_are_what_the_server_says(hostile_url: str, tmp_path: Path) -> None:
    """Defaults with hostile literals are the server's own rendering, and give the text back when they are evaluated."""
    outcome = _run(hostile_url, tmp_path / "runs")
    assert outcome.schema is not None
    tables = next(one for one in outcome.schema.schemas if one.name == "tables").tables
    with psycopg.connect(hostile_url) as connection:
        for table in tables:
            if table.name != "t":
                default = next(column.default for column in table.columns if column.name == "d")
                row = connection.execute(f"select {default}".encode()).fetchone()
                assert row == (table.name,)


def test_what_was_written_is_read_and_rebuilt(hostile_url: str, server: Server, tmp_path: Path) -> None:
    """The SQL of such a schema.json builds a database with the same fingerprint."""
    outcome = _run(hostile_url, tmp_path / "runs")
    assert outcome.schema is not None
    assert outcome.run_dir is not None
    assert datalchemy.read_schema(outcome.run_dir) == outcome.schema
    from datalchemy.adapters.postgres.ddl.script import script

    restored = server.new_database()
    try:
        with psycopg.connect(restored) as connection:
            connection.execute(
                b"create function public.f() returns trigger language plpgsql as $$begin return null; end$$"
            )
            connection.execute(script(outcome.schema).text().encode())
        again = datalchemy.introspect(restored, include_schemas=("*",)).schema
        # triggers, policies and rules are known by name only: SQL cannot build them
        assert [_tables(each) for each in again.schemas] == [_tables(each) for each in outcome.schema.schemas]
    finally:
        server.drop_database(restored)


def _tables(schema: datalchemy.Schema) -> tuple[object, ...]:
    return (
        schema.name,
        tuple((table.name, table.columns, table.constraints, table.indexes) for table in schema.tables),
        schema.enums,
        schema.domains,
        schema.composites,
        schema.ranges,
        schema.sequences,
    )


def test_the_log_has_one_line_for_each_event(hostile_url: str, tmp_path: Path) -> None:
    """No name makes a line of its own in logs.ndjson, and each line is JSON."""
    outcome = _run(hostile_url, tmp_path / "runs")
    assert outcome.run_dir is not None
    raw = (outcome.run_dir / "logs.ndjson").read_text(encoding="utf-8")
    lines = raw.splitlines()
    assert len(lines) == raw.count("\n")
    events = [json.loads(line) for line in lines]
    assert sum(event["event"] == "warning" for event in events) == len(outcome.warnings) > 0
    assert {event["run_id"] for event in events} == {outcome.run_id}


@pytest.mark.parametrize("name", hostile.DATABASES, ids=["escapes", "markup", "marks"])
def test_nothing_is_written_outside_the_registry(name: str, server: Server, tmp_path: Path) -> None:
    """Whatever a database is called, all that a run writes lies in its folder below runs/."""
    url = server.new_database(name)
    cwd = tmp_path / "one" / "two" / "three"
    cwd.mkdir(parents=True)
    try:
        with psycopg.connect(url) as connection:
            connection.execute('create table "../../t" ("../x" int)')
        ended = subprocess.run(
            [*PROGRAM, "introspect", url, "--out", "copy.json"],
            cwd=cwd, env=environment({"TMPDIR": str(tmp_path)}), capture_output=True, check=False,
        )  # fmt: skip
    finally:
        server.drop_database(url)
    assert ended.returncode == 0, ended.stderr
    (folder,) = run_dirs(cwd)
    assert re.fullmatch(r"[0-9TZ-]+__run_[0-9a-f]+", folder.name)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    inside = str(folder.relative_to(tmp_path))
    files = ("config.json", "logs.ndjson", "manifest.json", "metrics.json", "schema.json")
    assert written == {"one/two/three/copy.json", *(f"{inside}/{file}" for file in files)}
    assert _read(folder, "schema.json")["database"] == name
    assert _read(folder, "manifest.json")["captured"]["database"] == name


def _on_a_terminal(*words: str, cwd: Path) -> tuple[int, str]:
    """Run the program on a terminal of its own; return its exit code and all that it wrote there."""
    ours, theirs = pty.openpty()
    extra = {"TERM": "xterm-256color", "COLUMNS": "160", "LINES": "50"}
    with subprocess.Popen(
        [*PROGRAM, *words], cwd=cwd, env=environment(extra), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = bytearray()
        with suppress(OSError):  # Linux tells the end of a terminal by EIO
            while piece := os.read(ours, 65536):
                written += piece
        os.close(ours)
        code = process.wait(timeout=60)
    return code, written.decode("utf-8", "replace")


def _assert_harmless(written: str, *, lines: bool = True) -> None:
    bare = OWN_SEQUENCES.sub("", written)
    assert re.search(r"\x1b\[5;7m|\x9b|\x1b\]|\x1bP", written) is None
    assert [c for c in set(bare) if not c.isprintable() and c != "\n"] == []
    assert not lines or not any(line.strip().startswith(hostile.FAKE_LINE) for line in bare.split("\n"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--strict"], 4),
        (["--verbose"], 0),
        ([], 0),
        (["--schema", "tables"], 0),
        (["--schema", f"missing\n{hostile.FAKE_LINE}\x1b]0;PWNED\x07"], 2),
    ],
    ids=["strict", "verbose", "plain", "one-schema", "missing-schema"],
)  # fmt: skip
def test_a_terminal_obeys_no_name(words: list[str], code: int, hostile_url: str, tmp_path: Path) -> None:
    """A run on a terminal writes the program's own styling and printable characters; no name makes a line."""
    schemas = [] if "--schema" in words else ["--schema", "*"]
    ended, written = _on_a_terminal("introspect", hostile_url, *schemas, *words, cwd=tmp_path)
    assert ended == code, written
    assert written
    _assert_harmless(written)


@pytest.mark.slow
def test_a_terminal_obeys_no_name_of_a_registry(hostile_url: str, tmp_path: Path) -> None:
    """What looks into the registry is as harmless on a terminal, and exact in a pipe."""
    outcome = _run(hostile_url, tmp_path / "runs")
    assert outcome.run_dir is not None
    folder = str(outcome.run_dir)
    for words in (["runs", "list"], ["runs", "show", "latest"], ["runs", "list", "--json"],
                  ["runs", "show", "latest", "--json"], ["runs", "verify"], ["ddl", folder]):  # fmt: skip
        code, written = _on_a_terminal(*words, cwd=tmp_path)
        assert code == 0, written
        _assert_harmless(written, lines=words[0] != "ddl")  # SQL has the lines that a name has
    from datalchemy.adapters.postgres.ddl.script import script

    piped = subprocess.run([*PROGRAM, "ddl", folder], cwd=tmp_path, env=environment(), capture_output=True, check=True)
    assert outcome.schema is not None
    assert piped.stdout.decode() == script(outcome.schema).text()


@pytest.mark.slow
def test_a_comment_of_10_mb_and_a_view_of_5_mb(database: str, tmp_path: Path) -> None:
    """Long texts come back whole; a credential at the end of one is found."""
    comment = "All work and no play; the key to it, a token = x. " * 200_000 + "password=hunter2x9"
    elements = ", ".join(f"'element number {number} of the array, which is long'" for number in range(100_000))
    with psycopg.connect(database) as connection:
        connection.execute("create table t (a int)")
        connection.execute(f"comment on table t is {hostile.literal(comment)}".encode())
        connection.execute(f"create view v as select array[{elements}] as a".encode())
        row = connection.execute("select pg_get_viewdef('v'::regclass)").fetchone()
    assert row is not None
    outcome = _run(database, tmp_path)
    table, view = _read(outcome.run_dir, "schema.json")["schemas"][0]["tables"]
    assert (len(comment) > 10_000_000, len(row[0]) > 5_000_000) == (True, True)
    assert table["comment"] == comment
    assert view["definition"].strip() == row[0].strip()
    (warning,) = outcome.warnings
    assert warning.code is WarningCode.CREDENTIAL_IN_SCHEMA
    assert outcome.run_dir is not None
    assert (outcome.run_dir / "logs.ndjson").stat().st_size < 100_000
    tallies.leave("hostile sizes", {"comment of 10 MB": 1, "view of 5 MB": 1})


def test_wide_tables_and_many_constraints(database: str, tmp_path: Path) -> None:
    """1,600 columns, 500 indexes, 500 checks and 50 FKs of one table are all there, in their order."""
    with psycopg.connect(database) as connection:
        columns = ", ".join(f"c{number} int" for number in range(1600))
        script = [f"create table wide ({columns});", "create table many (id int primary key, a int);"]
        for number in range(500):
            script.append(f"create index i{number} on many ((a + {number}));")
            script.append(f"alter table many add constraint k{number} check (a <> {number});")
        script += [f"alter table many add constraint f{n} foreign key (a) references many;" for n in range(50)]
        connection.execute("\n".join(script).encode())
    outcome = _run(database, tmp_path)
    many, wide = _read(outcome.run_dir, "schema.json")["schemas"][0]["tables"]
    assert [(one["ordinal"], one["name"]) for one in wide["columns"]] == [(n + 1, f"c{n}") for n in range(1600)]
    assert [one["name"] for one in many["indexes"]] == sorted([f"i{n}" for n in range(500)] + ["many_pkey"])
    assert {one["kind"] for one in many["constraints"]} >= {"check", "foreign_key", "primary_key"}
    assert sum(one["kind"] == "check" for one in many["constraints"]) == 500
    assert len(_read(outcome.run_dir, "metrics.json")["fk_graph"]["self_references"]) == 50
    sizes = ("table of 1,600 columns", "table of 500 indexes and 500 checks", "table of 50 FKs to itself")
    tallies.leave("hostile sizes", dict.fromkeys(sizes, 1))


@pytest.mark.slow
def test_a_cycle_of_5000_tables(database: str, tmp_path: Path) -> None:
    """5,000 tables that reference each other in one ring are one cycle, with one FK that breaks it."""
    with psycopg.connect(database) as connection:
        connection.execute(
            """
            do $$
            begin
                for n in 0 .. 4999 loop
                    execute format('create table t%s (id int primary key, r int)', n);
                end loop;
                for n in 0 .. 4999 loop
                    execute format('alter table t%s add foreign key (r) references t%s', n, (n + 1) %% 5000);
                end loop;
            end $$
            """.replace("%%", "%").encode()
        )
    outcome = _run(database, tmp_path)
    graph = _read(outcome.run_dir, "metrics.json")["fk_graph"]
    (cycle,) = graph["cycles"]
    assert (len(cycle["tables"]), len(cycle["breakers"]), len(cycle["fill_order"])) == (5000, 1, 5000)
    (warning,) = outcome.warnings
    assert warning.code is WarningCode.CYCLE
    tallies.leave("hostile sizes", {"cycle of 5,000 tables": 1})
    assert len(warning.message) < 1000
