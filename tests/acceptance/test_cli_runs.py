import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import (
    CANARY,
    PROGRAM,
    datalchemy,
    environment,
    fresh_datalchemy,
    leaks,
    read_json,
    run_dirs,
    write_conf,
)
from tests.servers import Server

ARTEFACTS = ["config.json", "logs.ndjson", "manifest.json", "metrics.json", "schema.json"]
NOBODY = "host: localhost\nport: 1\n"
LoadSql = Callable[[str, Path | str], None]


@pytest.fixture
def shop(database: str, load_sql: LoadSql) -> str:
    """The URL of a database with two tables and an FK between them."""
    load_sql(
        database,
        "create table customer (id int primary key); "
        "create table purchase (id int primary key, customer_id int not null references customer);",
    )
    return database


def test_the_demo_runs_out_of_the_box(tmp_path: Path) -> None:
    """`datalchemy +db=demo` starts a throwaway server, reads it, and leaves five artefacts and a summary."""
    ended = datalchemy("+db=demo", cwd=tmp_path)
    assert ended.code == 0, ended.text
    (folder,) = run_dirs(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ARTEFACTS
    assert read_json(folder / "manifest.json")["status"] == "succeeded"
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("demo: PostgreSQL ")
    assert lines[-1] == f"run: runs/{folder.name}"
    assert any(line.startswith("fill order: ") for line in lines)
    assert not ended.stderr


def test_strict_says_no_to_the_demos_cycle(tmp_path: Path) -> None:
    """With strict=true a cycle fails the run with exit 4, and its artefacts stay."""
    ended = datalchemy("+db=demo", "strict=true", cwd=tmp_path)
    assert ended.code == 4, ended.text
    assert "cycle" in ended.stderr
    (folder,) = run_dirs(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ARTEFACTS
    assert read_json(folder / "manifest.json")["status"] == "failed"


@pytest.mark.parametrize(
    ("words", "unmatched"),
    [
        (["filter.include_tables=purchase,nope_*"], "no table matches 'nope_*' (filter.include_tables)"),
        (["filter.include_schemas=public,nope_*"], "no schema matches 'nope_*' (filter.include_schemas)"),
        (["filter.include_tables=public.p*,customer", "filter.exclude_tables=c*"], "no table matches 'customer'"),
    ],
)
def test_a_filter_that_matches_nothing(words: list[str], unmatched: str, shop: str, tmp_path: Path) -> None:
    """A pattern without a match is warned about, and strict fails on it: its spelling may be wrong."""
    write_conf(tmp_path, shop=f"url: {shop!r}\n")
    ended = datalchemy("+db=shop", *words, cwd=tmp_path)
    assert ended.code == 0, ended.text
    assert f"warning: {unmatched}" in ended.stdout
    strict = datalchemy("+db=shop", "strict=true", *words, cwd=tmp_path)
    assert strict.code == 4, strict.text
    assert f"strict: {unmatched}" in strict.stderr
    assert datalchemy("+db=shop", "strict=true", "filter.include_tables=p*,public.c*", cwd=tmp_path).code == 0


def test_both_ways_in_give_the_same_bytes(shop: str, tmp_path: Path) -> None:
    """The declarative way and the one-shot command write the same schema.json, and --out a copy of it."""
    write_conf(tmp_path, shop=f"url: {shop!r}\n")
    assert fresh_datalchemy("+db=shop", "output.runs_dir=one", cwd=tmp_path).code == 0
    ended = fresh_datalchemy("introspect", shop, "--run-dir", "two", "--out", "copy.json", cwd=tmp_path)
    assert ended.code == 0, ended.text
    one, two = run_dirs(tmp_path, "one")[0] / "schema.json", run_dirs(tmp_path, "two")[0] / "schema.json"
    assert one.read_bytes() == two.read_bytes() == (tmp_path / "copy.json").read_bytes()


def test_schemas_can_be_named(shop: str, load_sql: LoadSql, tmp_path: Path) -> None:
    """--schema is repeatable and takes the place of public; names with brackets or escapes are shown as they are."""
    load_sql(shop, 'create schema "[red]x\x1b[0m"; create table "[red]x\x1b[0m".t (id int); create schema b;')
    ended = datalchemy("introspect", shop, "--schema", "*x*", "--schema", "b", cwd=tmp_path)
    assert ended.code == 0, ended.text
    assert "[red]x\\x1b[0m" in ended.stdout
    assert "\x1b" not in ended.text
    (folder,) = run_dirs(tmp_path)
    assert [schema["name"] for schema in read_json(folder / "schema.json")["schemas"]] == ["[red]x\x1b[0m", "b"]


def test_quiet_says_nothing_and_verbose_everything(shop: str, tmp_path: Path) -> None:
    """-q leaves the terminal alone; -v tells every event on stderr; both ways in."""
    write_conf(tmp_path, shop=f"url: {shop!r}\n")
    for way in (["introspect", shop], ["+db=shop"]):
        assert not datalchemy(*way, "-q", cwd=tmp_path).text
        verbose = datalchemy(*way, "-v", cwd=tmp_path)
        assert "introspection_started" in verbose.stderr
        assert "introspection_started" not in verbose.stdout


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_sweep_runs_every_job_and_exits_with_the_worst(
    launcher: str, shop: str, server: Server, tmp_path: Path
) -> None:
    """One unreachable database, one misconfigured, one without its password: the others still run; exit 3."""
    empty = server.new_database()
    write_conf(
        tmp_path,
        shop=f"url: {shop!r}\n",
        empty=f"url: {empty!r}\n",
        nobody=NOBODY,
        typo="hots: x\n",
        unset="host: h\npassword: ${oc.env:SURELY_NOT_SET}\n",
    )
    ended = fresh_datalchemy(
        "-m", "+db=shop,nobody,typo,unset,empty", "retry=none", f"hydra/launcher={launcher}", cwd=tmp_path
    )
    server.drop_database(empty)
    assert ended.code == 3, ended.text
    assert len(run_dirs(tmp_path)) == 5
    (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
    summary = read_json(sweep / "summary.json")
    assert summary["complete"]
    assert summary["exit_code"] == 3
    assert {job["database"]: (job["status"], job["exit_code"]) for job in summary["jobs"]} == {
        "shop": ("succeeded", 0),
        "nobody": ("failed", 3),
        "typo": ("failed", 2),
        "unset": ("failed", 2),
        "empty": ("succeeded", 0),
    }
    for job in summary["jobs"]:
        manifest = read_json(tmp_path / "runs" / job["run_dir"] / "manifest.json")
        assert (manifest["run_id"], manifest["status"]) == (job["run_id"], job["status"])
    assert "2 of 5 runs succeeded" in ended.stdout
    assert ended.stderr.count("datalchemy: error: ") == 3


def test_many_runs_in_one_second_have_folders_of_their_own(tmp_path: Path) -> None:
    """Processes that start together share a registry without sharing a folder."""
    write_conf(tmp_path, nobody=NOBODY)
    command = [*PROGRAM, "+db=nobody", "retry=none", "-q"]
    started = [subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL) for _ in range(6)]
    assert [process.wait(120) for process in started] == [3] * 6
    assert len(run_dirs(tmp_path)) == 6


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize(
    "words",
    [
        ["introspect", f"postgresql://u:{CANARY}@localhost:1/d"],
        ["+db=nobody", "retry=patient"],
        ["-m", "+db=nobody,other", "retry=patient"],
        ["-m", "+db=nobody,other", "retry=patient", "hydra/launcher=joblib"],
    ],
    ids=["introspect", "declarative", "sweep", "parallel-sweep"],
)
def test_a_stopped_run_says_so(number: int, code: int, words: list[str], tmp_path: Path) -> None:
    """Ctrl-C exits 130 and a termination 143, at once; every run that had begun is marked interrupted."""
    write_conf(tmp_path, nobody=NOBODY, other=NOBODY)
    if words[0] == "introspect" and number != signal.SIGTERM:
        words = [*words, "-v"]
    process = subprocess.Popen(
        [*PROGRAM, *words], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wanted = 2 if "hydra/launcher=joblib" in words else 1
    deadline = time.monotonic() + 60
    while len(_attempting(tmp_path)) < wanted and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == code, stderr
    assert "Traceback" not in stderr
    assert {read_json(folder / "manifest.json")["status"] for folder in run_dirs(tmp_path)} == {"interrupted"}
    if words[0] != "-m":
        assert f"  run: runs/{run_dirs(tmp_path)[0].name}\n" in stderr
    else:
        (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
        assert not read_json(sweep / "summary.json")["complete"]
    assert not leaks(tmp_path)


def _attempting(cwd: Path) -> list[Path]:
    """Return the runs that have tried to connect."""
    logs = [folder / "logs.ndjson" for folder in run_dirs(cwd)]
    return [log for log in logs if log.exists() and "connection_attempt" in log.read_text()]


def test_a_reader_that_goes_away_is_no_fault(shop: str, tmp_path: Path) -> None:
    """`datalchemy ... | head -0` runs to its end without a complaint."""
    command = f"{' '.join(PROGRAM)} introspect '{shop}' | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert read_json(run_dirs(tmp_path)[0] / "manifest.json")["status"] == "succeeded"


def test_a_terminal_gets_colour_unless_it_says_no(shop: str, tmp_path: Path) -> None:
    """On a terminal the summary has colour; NO_COLOR takes it away; a pipe never gets an escape sequence."""
    words = " ".join([*PROGRAM, "introspect", f"'{shop}'"])
    shown = {
        wanted: subprocess.run(
            ["script", "-qec", words, "/dev/null"],
            cwd=tmp_path,
            env=environment({"TERM": "xterm-256color", **({"NO_COLOR": "1"} if wanted == "plain" else {})}),
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for wanted in ("colour", "plain")
    }
    assert "\x1b[3" in shown["colour"]
    assert "\x1b[3" not in shown["plain"].replace("\x1b[?", "")
    assert "tables" in shown["plain"]
    assert "\x1b" not in datalchemy("introspect", shop, cwd=tmp_path).text


def test_config_says_what_was_overridden(shop: str, tmp_path: Path) -> None:
    """config.json names the overrides, and the database by its file's name."""
    write_conf(tmp_path, prod=f"url: {shop!r}\n")
    assert datalchemy("+db=prod", "strict=true", cwd=tmp_path).code == 0
    config = read_json(run_dirs(tmp_path)[0] / "config.json")
    assert config["overrides"] == ["+db=prod", "strict=true"]
    assert config["settings"]["db"]["name"] == "prod"
    assert json.dumps(config).count("datalchemy") > 0


def test_a_copy_that_cannot_be_written(shop: str, tmp_path: Path) -> None:
    """A run whose --out cannot be written fails with exit 6, says why, and keeps its artefacts."""
    (tmp_path / "file").touch()
    ended = datalchemy("introspect", shop, "--out", "file/schema.json", cwd=tmp_path)
    assert ended.code == 6, ended.text
    assert "file/schema.json" in ended.stderr
    (folder,) = run_dirs(tmp_path)
    manifest = read_json(folder / "manifest.json")
    assert (manifest["status"], manifest["exit_code"], manifest["captured"]["tables"]) == ("failed", 6, 2)
    assert sorted(path.name for path in folder.iterdir()) == ARTEFACTS
    assert datalchemy("runs", "verify", cwd=tmp_path).code == 0
