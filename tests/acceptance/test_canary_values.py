"""Passwords of awkward forms through the doors where that matters, out at the exits where it matters.

What the server that refuses a login makes of the password is in `refusing.py`; a good login proves that the door
delivered the value as it is.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import sql

from datalchemy.errors import ConnectionFailedError
from datalchemy.introspector.library import introspect
from tests import tallies
from tests.acceptance.doors import DECLARATIVE, MARK, ONE_SHOT, Given, Place, seen_in
from tests.acceptance.forking import Program
from tests.acceptance.program import Ended, leaks, read_json, run_dirs, write_conf
from tests.acceptance.refusing import refusing_server
from tests.integration.clusters import new_cluster
from tests.integration.proxies import proxy_before

VALUES = {
    "blanks of all kinds": "K1an4ry  K2an4ry\tK3an4ry\nK4an4ry\xa0K5an4ry\u2028K6an4ry \n K7an4ry",
    "a reference": "<env:K1an4ry>",
    "a JSON object": '{"K1an4ry": "K2an4ry"}',
    "a JSON list": "[K1an4ry, K2an4ry]",
}
NAMES = ("manifest", "schema.json", "run_finished", "tables", "foreign_key", "duration_seconds", "customer_order")
"""Passwords that equal a key, a file, an event or an enum value of ours, or a table of the database."""

_CRASH = """
from datalchemy.adapters.postgres.catalog import Catalog

def crash(self):
    raise RuntimeError(f"planted: {self._connection.info.password} {vars(self)}")

Catalog.state = crash
"""
_WAYS_IN = {
    "blanks of all kinds": (
        "PGPASSWORD",
        "${oc.env:X}",
        "${secret:file}",
        "password in YAML",
        "encoded URL in YAML",
        "URL from the environment",
        "override db.password",
        "override db.url, encoded",
        "introspect: CONN, encoded URL",
        "introspect: CONN, conninfo",
    ),
    "a reference": (
        "PGPASSWORD",
        "${oc.env:X}",
        "${secret:file}",
        "encoded URL in YAML",
        "URL from the environment",
        "override db.url, encoded",
        "introspect: PGPASSWORD",
        "introspect: CONN, encoded URL",
    ),
    "a JSON object": ("PGPASSWORD", "override db.password", "introspect: CONN, conninfo"),
    "a JSON list": ("PGPASSWORD", "override db.password", "introspect: CONN, conninfo"),
}
_ONE_SHOT = "introspect: "
_WAYS_OUT = ("refused login", "crash")
_SHOWN = (("--cfg", "job", "--resolve"), ("--cfg", "all"), ("--info", "all"), ("TAB", "db.password="), ("TAB", "db."))


class _Places(NamedTuple):
    real: dict[str, Place]
    refusing: Place


@pytest.fixture(scope="module")
def places() -> Iterator[_Places]:
    """Where each password opens the door, by the password, and where every one is refused."""
    with new_cluster() as cluster:
        accounts = {password: f"canary{number}" for number, password in enumerate((*VALUES.values(), *NAMES))}
        with cluster.connect() as connection:
            connection.execute("create table customer_order (id int primary key check (id > 0))")
            connection.execute("create view seen as select id from customer_order")
            for password, role in accounts.items():
                statement = sql.SQL("create role {} login password {}")
                connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
            (cluster.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        with proxy_before(cluster.url()) as proxy, refusing_server() as refusing:
            yield _Places(
                {
                    password: Place("127.0.0.1", proxy.port, user=role, password=password)
                    for password, role in accounts.items()
                },
                Place("127.0.0.1", refusing.port),
            )


def _run(
    program: Program, door: str, place: Place, cwd: Path, *, after: tuple[str, ...] = (), plant: str = ""
) -> Ended:
    """Run the program with what a door says, in `cwd`; what a user wrote is in `given` and `conf`."""
    (cwd / "given").mkdir()
    one_shot = door.startswith(_ONE_SHOT)
    way = ONE_SHOT[door.removeprefix(_ONE_SHOT)] if one_shot else DECLARATIVE[door]
    return _started(program, way(place, cwd / "given"), cwd, one_shot=one_shot, after=after, plant=plant)


def _started(
    program: Program, given: Given, cwd: Path, *, one_shot: bool = False, after: tuple[str, ...] = (), plant: str = ""
) -> Ended:
    variables = {**given.variables, "HOME": str(cwd / "given")}
    words = ["introspect", *given.words, *after] if one_shot else ["+db=door", *given.words, *after]
    if "TAB" in words:
        variables["COMP_LINE"] = " ".join(["datalchemy", *(word for word in words if word != "TAB")])
        words = ["-sc", "query=bash"]
    write_conf(cwd, door=given.conf)
    return program.run(words, cwd=cwd, variables=variables, plant=plant)


def _assert_unseen(ended: Ended, cwd: Path) -> None:
    assert not seen_in(ended.text), ended.text
    for path in cwd.rglob("*"):
        if path.is_file() and path.relative_to(cwd).parts[0] not in ("conf", "given"):
            assert not seen_in(path.read_text(errors="replace")), path
    assert not leaks(cwd, MARK, outside=("conf", "given"))


@pytest.mark.parametrize(
    "way", [(value, door, out) for value, doors in _WAYS_IN.items() for door in doors for out in _WAYS_OUT]
)
def test_values(way: tuple[str, str, str], program: Program, places: _Places, tmp_path: Path) -> None:
    """A password with blanks, or one like a reference or JSON, arrives as it is and is told nowhere."""
    value, door, way_out = way
    if way_out == "crash":
        ended = _run(program, door, places.real[VALUES[value]], tmp_path, after=("-v",), plant=_CRASH)
        assert ended.code == 1, ended.text
        assert "planted: ***" in ended.stderr
    else:
        place = replace(places.refusing, password=VALUES[value])
        ended = _run(program, door, place, tmp_path, after=("-v",))
        assert ended.code == 3, ended.text
        assert "password authentication failed" in ended.stderr
    _assert_unseen(ended, tmp_path)
    tallies.leave("canaries by value", {value: 1})


@pytest.mark.parametrize("words", _SHOWN, ids=" ".join)
def test_values_in_a_file(words: tuple[str, ...], program: Program, places: _Places, tmp_path: Path) -> None:
    """A password with blanks that stands in a file is not shown with the settings, nor by tab completion."""
    place = replace(places.refusing, password=VALUES["blanks of all kinds"])
    _assert_unseen(_run(program, "password in YAML", place, tmp_path, after=words), tmp_path)
    tallies.leave("canaries by value", {"blanks of all kinds, shown": 1})


@pytest.mark.parametrize("value", VALUES)
def test_values_through_the_library(value: str, places: _Places) -> None:
    """The library's exception tells nothing of a password that the server repeats in every form it can."""
    place = replace(places.refusing, password=VALUES[value])
    with pytest.raises(ConnectionFailedError) as caught:
        introspect(place.url(place.encoded))
    assert "password authentication failed" in caught.value.message
    assert not seen_in(f"{caught.value!r} {caught.value} {caught.value.message} {caught.value.remedy}")
    tallies.leave("canaries by value", {f"{value}, library": 1})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xef\xbb\xbfK1an4ry  K2an4ry\tK3an4ry\nK4an4ry\xc2\xa0K5an4ry\xe2\x80\xa8K6an4ry \n K7an4ry", 1),
        (b"<env:K1an4ry>\r\n", 1),
        (b"<env:K1an4ry>\n\n", 3),
        (b"<env:K1an4ry>\0", 2),
        (b"K1an4ry\xff", 2),
        (b"K1an4ry" * 10_000, 2),
    ],
    ids=["byte order mark", "CRLF", "two line ends", "NUL", "not UTF-8", "too long"],
)
def test_secret_files(content: bytes, code: int, program: Program, places: _Places, tmp_path: Path) -> None:
    """A secret file's value has no byte order mark and no line end at its end; what is no short text is refused."""
    value = "a reference" if b"<env" in content else "blanks of all kinds"
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "secret").write_bytes(content)
    (tmp_path / "given" / "link").symlink_to("secret")
    given = Given(places.real[VALUES[value]].settings + "password: ${secret:file,../../given/link}\n")
    ended = _started(program, given, tmp_path, after=("-v",), plant=_CRASH)
    assert ended.code == code, ended.text
    if code == 2:
        assert "db.password" in ended.stderr
    _assert_unseen(ended, tmp_path)
    tallies.leave("canaries by value", {"in odd files": 1})


def test_what_is_no_file(program: Program, places: _Places, tmp_path: Path) -> None:
    """A pipe or a device as a secret file is refused at once, with the setting's name."""
    (tmp_path / "given").mkdir()
    os.mkfifo(tmp_path / "given" / "pipe")
    for path in ("../../given/pipe", "/dev/zero"):
        given = Given(places.refusing.settings + f"password: ${{secret:file,{path}}}\n")
        ended = _started(program, given, tmp_path)
        assert ended.code == 2
        assert f"{path} (db.password) cannot be read: it is not a regular file" in ended.stderr


@pytest.mark.parametrize(
    ("conf", "words", "name"),
    [
        ('password: "K1an4ry\\0K2an4ry"\n', (), "db.password"),
        ('options: {sslpassword: "K1an4ry\\0K2an4ry"}\n', (), "db.options.sslpassword"),
        ("url: postgresql://u:K1an4ry%00K2an4ry@localhost:1/d\n", (), "db.url"),
        ("", ("db.url=postgresql://u:K1an4ry%00K2an4ry@localhost:1/d",), "db.url"),
    ],
)
def test_nul(conf: str, words: tuple[str, ...], name: str, program: Program, tmp_path: Path) -> None:
    """A password with the character NUL is refused with exit 2 and the setting's name."""
    (tmp_path / "given").mkdir()
    ended = _started(program, Given("host: localhost\n" + conf, words), tmp_path)
    assert ended.code == 2, ended.text
    assert name in ended.stderr
    _assert_unseen(ended, tmp_path)


@pytest.mark.parametrize("password", NAMES)
def test_a_password_that_is_a_name(password: str, program: Program, places: _Places, tmp_path: Path) -> None:
    """Where a password equals a key or a name, of ours or of the database, the run is good and the files are whole."""
    ended = _run(program, "${oc.env:X}", places.real[password], tmp_path)
    assert ended.code == 0, ended.text
    (folder,) = run_dirs(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "logs.ndjson",
        "manifest.json",
        "metrics.json",
        "schema.json",
    ]
    manifest = read_json(folder / "manifest.json")
    assert manifest["status"] == "succeeded"
    assert [one["name"] for one in manifest["artefacts"]][-1] == "schema.json"
    tables = read_json(folder / "schema.json")["schemas"][0]["tables"]
    assert [table["name"] for table in tables] == ["customer_order", "seen"]
    events = [json.loads(line)["event"] for line in (folder / "logs.ndjson").read_text().splitlines()]
    assert events[-1] == "run_finished"
    assert "***" not in (folder / "schema.json").read_text() + (folder / "metrics.json").read_text()
