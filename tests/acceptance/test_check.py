"""`check` connects to databases, and says who answered, without a run."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.acceptance.doors import DECLARATIVE, Place, seen_in
from tests.acceptance.program import PROGRAM, Ended, datalchemy, environment, leaks, write_conf
from tests.integration.misbehaving import misbehaving, values
from tests.integration.proxies import free_port
from tests.integration.roles import run


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield the port of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listening:
        yield listening.getsockname()[1]


def checked(cwd: Path, *words: str, code: int = 0, **variables: str) -> list[dict[str, Any]]:
    """Return what `check --json` found."""
    ended = datalchemy("check", "--json", *words, cwd=cwd, **variables)
    assert ended.code == code, ended.text
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def test_check_says_who_answered(database: str, tmp_path: Path) -> None:
    """A database that answers has a row with version, role, TLS, round trip, and what the role may read."""
    run(database, "create table a (id int); create view b as select 1")
    write_conf(tmp_path, mine=f"url: {json.dumps(database)}\n", _fragment="host: x\n")
    parts = conninfo_to_dict(database)
    (found,) = checked(tmp_path, "--all")
    assert (found["database"], found["exit_code"], found["error"]) == ("mine", 0, None)
    assert (found["dbname"], found["role"], found["tls"]) == (parts["dbname"], parts["user"], False)
    assert (found["schemas"], found["tables"], found["selectable_tables"]) == (1, 2, 2)
    assert 0 < found["round_trip_ms"] < 10_000
    assert all(name.startswith("has_") for name in found["features"])
    ended = datalchemy("check", "mine", cwd=tmp_path)
    assert ended.code == 0
    head, row = ended.stdout.splitlines()
    assert head.split()[:3] == ["database", "result", "server"]
    assert row.split()[:3] == ["mine", "ok", found["version"]]
    assert max(map(len, (head, row))) <= 80
    wide = datalchemy("check", "mine", cwd=tmp_path, COLUMNS="400").stdout
    assert " ".join(found["features"]) in wide
    assert not (tmp_path / "runs").exists()


def test_check_goes_on_after_a_failure(database: str, tmp_path: Path) -> None:
    """Each failure has its row, its reason and its remedy; the order is the planned one; the exit code is the worst."""
    write_conf(
        tmp_path,
        a_torn="host: [\n",
        b_good=f"url: {json.dumps(database)}\n",
        c_shut=f"host: 127.0.0.1\nport: {free_port()}\n",
        d_unset="host: h\npassword: ${oc.env:NOT_SET}\n",
        e_mine="provision: embedded\n",
    )
    found = checked(tmp_path, "--all", code=3)
    assert [(each["database"], each["exit_code"]) for each in found] == [
        ("a_torn", 2), ("b_good", 0), ("c_shut", 3), ("d_unset", 2), ("e_mine", 2),
    ]  # fmt: skip
    assert found[2]["host"] == "127.0.0.1"
    ended = datalchemy("check", "c_shut", "b_good", cwd=tmp_path)
    assert ended.code == 3
    assert [line.split()[:2] for line in ended.stdout.splitlines()[1:]] == [["c_shut", "exit"], ["b_good", "ok"]]
    assert "error: c_shut: cannot connect to " in ended.stderr
    assert "hint: is the server running" in ended.stderr


def test_check_names_another_product(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of another product is refused by its name, with the exit code of a catalog that cannot be read."""
    monkeypatch.setattr("tests.integration.misbehaving._CALM_QUERIES", 1)
    with misbehaving(database, after=values(b"CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)")) as url:
        write_conf(tmp_path, roach=f"url: {json.dumps(url)}\n")
        (found,) = checked(tmp_path, "roach", code=5)
        ended = datalchemy("+db=roach", cwd=tmp_path)
    assert "the server is CockroachDB;" in found["error"]["message"]
    assert ended.code == 5
    assert "the server is CockroachDB;" in ended.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "which database?"),
        (("--all",), "you have no database yet"),
        (("nope",), "there is no database 'nope'"),
        (("demo", "--all"), "not both"),
        (("--bogus",), "unrecognized arguments"),
        (("postgresql://u:s3cr3t-hunter2@h/d",), "there is no database"),
    ],
)
def test_check_refuses_wrong_words(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """What names no database is an error of usage, with what to do."""
    ended = datalchemy("check", *words, cwd=tmp_path)
    assert ended.code == 2
    assert said in ended.stderr
    assert "hunter2" not in ended.text


def test_check_says_once_what_is_wrong_with_many(tmp_path: Path) -> None:
    """Databases that fail alike share one message, which names the first few."""
    down = f"host: 127.0.0.1\nport: {free_port()}\ndbname: d\nuser: u\n"
    write_conf(tmp_path, **{f"d{number}": down for number in range(7)}, torn="host: [\n")
    ended = datalchemy("check", "--all", cwd=tmp_path)
    assert ended.code == 3
    assert "error: d0, d1, d2, d3, d4 and 2 more: cannot connect to 127.0.0.1:" in ended.stderr
    assert "error: torn: " in ended.stderr
    assert ended.stderr.count("datalchemy: error: ") == 2
    assert len(ended.stdout.splitlines()) == 1 + 8


def test_check_waits_side_by_side(tmp_path: Path) -> None:
    """Servers that never answer cost no more time than one of them, and a connect timeout is the settings' own."""
    with silent_server() as port:
        waiting = f"host: 127.0.0.1\nport: {port}\nconnect_timeout_seconds: 2\nsslmode: disable\n"
        write_conf(tmp_path, **{f"w{number}": waiting for number in range(4)})
        started = time.monotonic()
        found = checked(tmp_path, "--all", code=3)
        seconds = time.monotonic() - started
    assert [each["exit_code"] for each in found] == [3] * 4
    assert seconds < 12  # one after the other takes at least 16 s: each address is tried for the whole timeout


def test_an_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    """Ctrl-C ends a check that waits for a server, with exit code 130."""
    with silent_server() as port:
        write_conf(tmp_path, w=f"host: 127.0.0.1\nport: {port}\nconnect_timeout_seconds: 60\n")
        with subprocess.Popen(
            [*PROGRAM, "check", "w"], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process:
            time.sleep(4)
            started = time.monotonic()
            os.kill(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert time.monotonic() - started < 3
    assert "Traceback" not in said


def test_check_makes_hostile_names_harmless(tmp_path: Path) -> None:
    """Names that a terminal would obey are shown in letters."""
    write_conf(tmp_path, **{"a\x1b[31m": f'host: 127.0.0.1\nport: {free_port()}\ndbname: "d\\e[2Jx"\n'})
    for words in (["check", "--all"], ["check", "--all", "--json"]):
        ended = datalchemy(*words, cwd=tmp_path)
        assert ended.code == 3, ended.text
        assert "\x1b" not in ended.text


@pytest.mark.parametrize(("where", "code"), [("real", 0), ("refusing", 3), ("closed", 3)])
@pytest.mark.parametrize("door", [door for door in DECLARATIVE if not door.startswith("override")])
def test_check_shows_no_password(door: str, where: str, code: int, places: Mapping[str, Place], tmp_path: Path) -> None:
    """Whatever door a password comes in by, and whatever a server says of it, `check` shows it nowhere."""
    folder = tmp_path / "given"
    folder.mkdir()
    given = DECLARATIVE[door](places[where], folder)
    write_conf(tmp_path, door=given.conf)
    for words in (["check", "door"], ["check", "door", "--json"]):
        ended: Ended = datalchemy(*words, cwd=tmp_path, **given.variables)
        assert not seen_in(ended.text), ended.text
        assert ended.code in ({code, 2} if door == "raw URL in YAML" else {code}), ended.text
    assert not leaks(tmp_path, "an4ry", outside=("conf", "given"))
