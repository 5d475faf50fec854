"""A dump, restored elsewhere, is the same structure: the oracle is pg_dump, which knows nothing of our code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from datalchemy import DatabaseSchema
from tests.integration.capturing import capture, renamed
from tests.integration.corpus import each_corpus_schema, load_schema, load_what_loads
from tests.servers import Server, load_sql, pg_dump

_HERE = Path(__file__).parent
DEMO = _HERE.parents[1] / "docker" / "init" / "schema.sql"
CANNOT_BE_DUMPED = {"extension_members"}
"""Cases that pg_dump leaves out: it trusts an extension to make its members."""
NEEDS_ITS_OWN_DUMP = {"inheritance_several_parents"}
"""Cases that an older server could only restore from its own pg_dump: `NOT NULL column` among the constraints."""
_CASES = [path for path in sorted((_HERE / "cases").glob("*/ddl.sql")) if path.parent.name not in CANNOT_BE_DUMPED]
OWN = [*_CASES, _HERE / "expressions.sql", DEMO]

NOT_RESTORED: dict[str, tuple[str, ...]] = {
    # A dump leaves out what a failed CREATE INDEX CONCURRENTLY left behind.
    "invalid_index": (".schemas[public].tables[busy].indexes",),
    # A child is dumped with its parents' columns first, be it that it had its own before it was adopted.
    "inheritance_several_parents": (".fingerprint", ".schemas[public].tables[adopted].columns["),
    # A NOT VALID constraint is dumped by itself, for the child too, where it becomes local.
    "named_not_null": (".fingerprint", ".schemas[public].tables[child].constraints[d_not_valid].local"),
    # An FK that was there before its table became a partition is the parent's thereafter, and named by the server.
    "partition_foreign_key_clones": (".schemas[public].tables[payment_2027].constraints[same_key_before].name",),
    # A NOT NULL's default name is left to the server, which adds a number where another table has it.
    "partitions_with_own_facts": (".schemas[public].tables[measure].constraints[",),
}
"""Where a restored copy may differ, case by case: what pg_dump is known not to carry. All else must be equal."""


def _name(path: Path) -> str:
    return path.parent.name if path.name == "ddl.sql" else path.stem


def _oldest(ddl: Path) -> int:
    first = ddl.read_text(encoding="utf-8").splitlines()[0]
    return int(first.removeprefix("-- requires PostgreSQL ")) if first.startswith("-- requires PostgreSQL ") else 13


def _as_dumped(schema: DatabaseSchema) -> bytes:
    """Return schema.json with the one fact that no dump carries, and no table relies on, set to its default."""
    return re.sub(rb'"array_dimensions": \d+', b'"array_dimensions": 1', renamed(schema))


def _differences_of_copy(server: Server, url: str) -> list[tuple[str, Any, Any]]:
    """Dump the database, restore it into another, and compare both schema.json: (path, original, copy)."""
    original = capture(url).schema
    copy_url = server.new_database()
    try:
        dump = pg_dump(url, "--schema-only")
        if server.major < 15:
            # The sequence of an identity column: before 15 it has no persistence of its own, and no word for it.
            dump = dump.replace("\n    LOGGED\n", "\n")
        # Older servers do not know every setting of a later pg_dump's preamble; the structure is what is compared.
        load_what_loads(copy_url, dump)
        copy = capture(copy_url).schema
    finally:
        server.drop_database(copy_url)
    expected, found = _as_dumped(original), _as_dumped(copy)
    if found == expected:
        return []
    return _differences(json.loads(expected), json.loads(found)) or [("(the order of keys)", None, None)]


def _differences(expected: Any, found: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    if type(expected) is type(found) and isinstance(expected, dict):
        keys = sorted(expected.keys() | found.keys())
        pairs = [(f"{where}.{key}", expected.get(key), found.get(key)) for key in keys]
    elif type(expected) is type(found) and isinstance(expected, list) and len(expected) == len(found):
        names = [each.get("name", place) if isinstance(each, dict) else place for place, each in enumerate(expected)]
        pairs = [(f"{where}[{name}]", one, other) for name, one, other in zip(names, expected, found, strict=True)]
    else:
        return [] if expected == found else [(where, expected, found)]
    return [each for path, one, other in pairs for each in _differences(one, other, path)]


@pytest.mark.parametrize("ddl", OWN, ids=_name)
def test_restored_own(ddl: Path, matrix_server: Server, matrix_database: str) -> None:
    """What pg_dump writes of our own cases, and psql reads into a new database, gives the same schema.json."""
    if matrix_server.major < _oldest(ddl):
        pytest.skip(f"needs PostgreSQL {_oldest(ddl)}")
    if matrix_server.major < 18 and _name(ddl) in NEEDS_ITS_OWN_DUMP:
        pytest.skip("pg_dump 18 writes what only PostgreSQL 18 reads")
    load_sql(matrix_database, ddl)
    known = NOT_RESTORED.get(_name(ddl), ())
    differences = _differences_of_copy(matrix_server, matrix_database)
    # The first few tell enough: all of them would take minutes to print.
    assert [each for each in differences if not each[0].startswith(known)][:5] == []


@each_corpus_schema()
def test_restored_corpus(corpus_schema: Path, matrix_server: Server, matrix_database: str) -> None:
    """What pg_dump writes of a real application's schema, and psql reads back, gives the same schema.json."""
    load_schema(corpus_schema, matrix_server, matrix_database)
    assert _differences_of_copy(matrix_server, matrix_database)[:5] == []


def test_comment_changes_no_fingerprint(server: Server, database: str) -> None:
    """A comment changes schema.json and not the fingerprint; a structural change changes both."""
    load_sql(database, "create table t (id int primary key)")
    bare = capture(database).schema
    load_sql(database, "comment on table t is 'told'; comment on column t.id is 'too'")
    told = capture(database).schema
    load_sql(database, "alter table t add note text")
    wider = capture(database).schema
    assert (told.fingerprint, told.to_json()) == (bare.fingerprint, told.to_json())
    assert told.to_json() != bare.to_json()
    assert wider.fingerprint != told.fingerprint
