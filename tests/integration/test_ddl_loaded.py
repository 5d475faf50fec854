"""Scripts of edited files, as psql and a server read them: nothing of them is run but their statements."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from datalchemy import DatabaseSchema
from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.integration.corpus import load_what_loads
from tests.servers import Server, load_sql

_CASES = Path(__file__).parent / "cases"
_PAYLOADS = (
    "1\n\\! touch {canary}\n",
    "1 \\! touch {canary}\n",
    "'\n\\! touch {canary}\n--'",
    '"\n\\! touch {canary}\n--',
    "\\'\n\\! touch {canary}\n--",
    "$a$\n\\! touch {canary}\n",
    "a\0b\n\\! touch {canary}\n",
    "'a\0b\n",
    "1 /* \n",
    "1; create table escaped (); --",
    "1); create table escaped (); --",
    "COPY pg_class FROM STDIN",
    "1::text || :'canary'",
)

_Path = tuple[str | int, ...]


def _texts(node: Any, path: _Path = (), kind: str = "") -> Iterator[tuple[_Path, str]]:
    """Yield the place of each string in a file, and what kind of place it is."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        here = (*path, key)
        name = kind if isinstance(node, list) else f"{kind} {key}"
        if isinstance(value, str):
            yield here, f"{name} of {node.get('kind') if isinstance(node, dict) else ''}"
        elif isinstance(value, dict | list):
            yield from _texts(value, here, name)


def _edited(content: Any, path: _Path, text: str) -> DatabaseSchema | None:
    """Return the file with one string replaced; None where the contract does not allow it."""
    node = content
    for key in path[:-1]:
        node = node[key]
    before, node[path[-1]] = node[path[-1]], text
    try:
        return DatabaseSchema.model_validate(content)
    except ValidationError:
        return None
    finally:
        node[path[-1]] = before


@pytest.mark.slow
def test_no_text_of_an_edited_file_is_a_command(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever string of a schema.json is replaced by what would leave its place, psql runs nothing of it."""
    places: dict[str, tuple[Any, _Path]] = {}
    known: set[str] = set()
    for file in sorted(_CASES.glob("*/schema.json"), key=lambda path: (path.stat().st_size, path)):  # small is quick
        content = json.loads(file.read_text(encoding="utf-8"))
        known.update(script(DatabaseSchema.model_validate(content)).text().split(";\n\n"))
        for path, kind in _texts(content):
            places.setdefault(kind, (content, path))
    assert len(places) > 100
    payloads = [one.format(canary=tmp_path / "canary") for one in _PAYLOADS]
    edited = [_edited(*place, payload) for place in places.values() for payload in payloads]
    scripts = [script(schema).text() for schema in edited if schema is not None]
    assert len(scripts) > 1000
    changed = dict.fromkeys(part for each in scripts for part in each.split(";\n\n") if part not in known)
    (tmp_path / "all.sql").write_bytes(";\n\n".join(changed).encode())
    monkeypatch.chdir(tmp_path)
    load_what_loads(database, tmp_path / "all.sql")
    assert not (tmp_path / "canary").exists()
    with psycopg.connect(database) as connection:
        assert connection.execute("select from pg_class where relname = 'escaped'").fetchone() is None


def test_the_payloads_do_run_where_nothing_is_checked(database: str, tmp_path: Path) -> None:
    """What is replaced above would run, if it were written as it stands."""
    (tmp_path / "a.sql").write_text(f"create table t (a text default {_PAYLOADS[0].format(canary=tmp_path / 'ran')});")
    load_what_loads(database, tmp_path / "a.sql")
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("strings", ["on", "off"])
def test_a_script_as_one_string(database: str, server: Server, strings: str) -> None:
    """Sent through a driver in one string, the script means the same whatever standard_conforming_strings is before."""
    load_sql(
        database,
        r"""create type e as enum ('a\', 'b\''c');
        create table t (a text default 'x\' check (a <> '\n; \''--'), b e default 'b\''c');
        create view v as select '\'::text as s, (array[1, 2, 3])[1:2] as slice, '\!''' as c;
        comment on table t is 'it''s \'; create index on t ((a || '\'));""",
    )
    schema = capture(database).schema
    other = server.new_database()
    try:
        with psycopg.connect(other) as connection:
            connection.execute(f"set standard_conforming_strings = {strings}".encode())
            connection.execute(script(schema).text().encode())
        assert capture(other).schema.fingerprint == schema.fingerprint
    finally:
        server.drop_database(other)


def test_psql_sees_no_variable(database: str, server: Server, tmp_path: Path) -> None:
    """Slices are no variables of psql, whatever is set where the script is loaded; psql takes a restricted script."""
    load_sql(
        database,
        'create view v as select (array[1,2,3])[1:n] as a, (array[1,2])[1:"N"] as b from (values (2, 1)) x(n, "N")',
    )
    schema = capture(database).schema
    other = server.new_database()
    try:
        load_sql(other, "\\set n 7\n\\set N 7\n" + script(schema).text(restrict_key="a1"))
        assert capture(other).schema.fingerprint == schema.fingerprint
    finally:
        server.drop_database(other)
