"""Our own cases, restored from a dump and built anew from schema.json, are what the originals are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.rebuilding import differences_of_rebuilt
from tests.integration.restoring import differences_of_restored
from tests.integration.structures import Structure, loaded, name_of, oldest_major
from tests.servers import Server

_HERE = Path(__file__).parent
NOT_DUMPED = {"extension_members"}
"""Cases whose objects come with an extension: neither a dump nor the script makes them."""
NEEDS_ITS_OWN_DUMP = {"inheritance_several_parents"}
"""Cases that an older server could only restore from its own pg_dump: `NOT NULL column` among the constraints."""
RESTORED = [
    *(path for path in sorted((_HERE / "cases").glob("*/ddl.sql")) if path.parent.name not in NOT_DUMPED),
    _HERE / "expressions.sql",
    _HERE.parents[1] / "docker" / "init" / "schema.sql",
]
REBUILT = [*RESTORED, *sorted((_HERE / "rebuild").glob("*.sql"))]
"""In the same places: pytest then takes both tests of a structure one after the other."""

NOT_RESTORED: dict[str, tuple[str, ...]] = {
    # The server spells `in ('a', 'b')` otherwise once it has read its own text.
    "function_bodies": (".schemas[public].functions[many].body_sha256",),
    # A dump leaves out what a failed CREATE INDEX CONCURRENTLY left behind.
    "invalid_index": (".schemas[public].tables[busy].indexes",),
    # A child is dumped with its parents' columns first, be it that it had its own before it was adopted.
    "inheritance_several_parents": (".schemas[public].tables[adopted].columns[",),
    # A NOT VALID constraint is dumped by itself, for the child too, where it becomes local.
    "named_not_null": (".schemas[public].tables[child].constraints[d_not_valid].local",),
    # An FK that was there before its table became a partition is the parent's thereafter, and named by the server.
    "partition_foreign_key_clones": (".schemas[public].tables[payment_2027].constraints[same_key_before].name",),
    # A NOT NULL's default name is left to the server, which adds a number where another table has it.
    "partitions_with_own_facts": (".schemas[public].tables[measure].constraints[",),
}
"""Where a restored copy may differ, case by case: what pg_dump is known not to carry. All else must be equal."""


@pytest.fixture(scope="module")
def structure(request: pytest.FixtureRequest, matrix_server: Server) -> Iterator[Structure]:
    """A database with one of our own structures."""
    if matrix_server.major < oldest_major(request.param):
        pytest.skip(f"needs PostgreSQL {oldest_major(request.param)}")
    with loaded(matrix_server, request.param, stop_at_errors=True) as structure:
        yield structure


@pytest.mark.parametrize("structure", REBUILT, ids=name_of, indirect=True)
def test_rebuilt(structure: Structure) -> None:
    """Our own cases, built anew from their schema.json, are dumped as the originals are."""
    assert differences_of_rebuilt(structure)[:5] == []


@pytest.mark.parametrize("structure", RESTORED, ids=name_of, indirect=True)
def test_restored(structure: Structure) -> None:
    """What pg_dump writes of our own cases, and psql reads into a new database, gives the same schema.json."""
    if structure.server.major < 18 and structure.name in NEEDS_ITS_OWN_DUMP:
        pytest.skip("pg_dump 18 writes what only PostgreSQL 18 reads")
    known = NOT_RESTORED.get(structure.name, ())
    # The first few tell enough: all of them would take minutes to print.
    assert [each for each in differences_of_restored(structure) if not each[0].startswith(known)][:5] == []
