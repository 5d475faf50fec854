"""The structure is built anew from schema.json alone; the oracle is pg_dump, of the original and of the copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from datalchemy import DatabaseSchema
from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.analysis.fingerprint import fingerprint
from tests.integration.capturing import capture
from tests.integration.corpus import each_corpus_schema, load_what_loads
from tests.integration.dump import Entry, entries, rendered
from tests.servers import Server, load_sql, pg_dump

_HERE = Path(__file__).parent
NOT_DUMPED = {"extension_members"}
"""Cases whose objects come with an extension: neither a dump nor the script makes them."""
OWN = [
    *(path for path in sorted((_HERE / "cases").glob("*/ddl.sql")) if path.parent.name not in NOT_DUMPED),
    *sorted((_HERE / "rebuild").glob("*.sql")),
    _HERE.parents[1] / "docker" / "init" / "schema.sql",
]


def _name(path: Path) -> str:
    return path.parent.name if path.name == "ddl.sql" else path.stem


def _oldest(ddl: Path) -> int:
    first = ddl.read_text(encoding="utf-8").splitlines()[0]
    return int(first.removeprefix("-- requires PostgreSQL ")) if first.startswith("-- requires PostgreSQL ") else 13


class _Facts(NamedTuple):
    """What is compared: the statements of the dump's rendered entries by (type, schema, name), and the fingerprint."""

    entries: dict[tuple[str, str, str], list[str]]
    fingerprint: str


def _differences(server: Server, url: str) -> list[str]:
    """Build the database anew from its schema.json, and return where it is not like the original.

    Where the server writes an expression otherwise once it has read its own text, a dump does not survive restoring
    either: the copy may then be like the restored dump.
    """
    dumped, schema = entries(url), DatabaseSchema.model_validate_json(capture(url).schema.to_json())
    original = _facts(dumped, schema)
    with _copy(server) as copy_url:
        _build(copy_url, [entry for entry in dumped if entry.is_needed], schema)
        found = _facts(entries(copy_url), capture(copy_url).schema)
    if found == original:
        return []
    with _copy(server) as restored_url:
        load_what_loads(restored_url, pg_dump(url, "--schema-only", "--no-owner", "--no-privileges"))
        restored = _facts(entries(restored_url), capture(restored_url).schema)
    names = sorted({name for facts in (original, found, restored) for name in facts.entries})
    different = [
        f"{name}: {found.entries.get(name)} instead of {original.entries.get(name)}"
        for name in names
        if found.entries.get(name) not in (original.entries.get(name), restored.entries.get(name))
    ]
    if found.fingerprint not in (original.fingerprint, restored.fingerprint):
        different.append("the fingerprints differ")
    return different


def _facts(dumped: list[Entry], schema: DatabaseSchema) -> _Facts:
    names: dict[tuple[str, str, str], list[str]] = {}
    for entry in rendered(dumped):
        names.setdefault((entry.type, entry.schema, entry.name), []).append(entry.sql)
    return _Facts(names, _bare_fingerprint(schema))


@contextmanager
def _copy(server: Server) -> Iterator[str]:
    url = server.new_database()
    try:
        yield url
    finally:
        server.drop_database(url)


def _bare_fingerprint(schema: DatabaseSchema) -> str:
    """Return the fingerprint of what is rendered: triggers, policies and rules are in the file by name only."""
    unsaid = {"triggers": (), "policies": (), "rules": ()}
    schemas = [
        one.model_copy(update={"tables": tuple(table.model_copy(update=unsaid) for table in one.tables)})
        for one in schema.schemas
    ]
    return fingerprint(schemas, PostgresNames())


def _build(url: str, needed: list[Entry], schema: DatabaseSchema) -> None:
    """Load the script in one pass; with what it leans on, which needs it in turn, run each statement when it runs."""
    if not needed:
        load_sql(url, script(schema).text())
        return
    ours = script(schema).statements
    schemas = [one for one in ours if one.startswith("CREATE SCHEMA")]
    waiting = [*schemas, *(entry.sql for entry in needed), *ours[len(schemas) :]]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_catalog.set_config('search_path', '', false)")
        connection.execute("set check_function_bodies = off")
        while waiting:
            failed = [statement for statement in waiting if not _runs(connection, statement)]
            if len(failed) == len(waiting):
                break
            waiting = failed


def _runs(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> bool:
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


@pytest.mark.parametrize("ddl", OWN, ids=_name)
def test_rebuilt_own(ddl: Path, matrix_server: Server, matrix_database: str) -> None:
    """Our own cases, built anew from their schema.json, are dumped as the originals are."""
    if matrix_server.major < _oldest(ddl):
        pytest.skip(f"needs PostgreSQL {_oldest(ddl)}")
    load_sql(matrix_database, ddl)
    assert _differences(matrix_server, matrix_database)[:5] == []


@each_corpus_schema()
def test_rebuilt_corpus(corpus_schema: Path, matrix_server: Server, matrix_database: str) -> None:
    """The schemas of real applications, built anew from their schema.json, are dumped as the originals are."""
    load_what_loads(matrix_database, corpus_schema)
    assert _differences(matrix_server, matrix_database)[:5] == []
