"""Constructs that real databases hold: each survives `ddl`, and a dump, with its fingerprint and its modelled facts."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.integration.dump import entries, rendered
from tests.integration.restoring import differences_of_restored
from tests.integration.structures import Structure, loaded, name_of, oldest_major
from tests.servers import Server, load_sql

_FIELD = Path(__file__).parent / "field"
_STRUCTURES = sorted(path for path in _FIELD.glob("*.sql") if len(path.suffixes) == 1)


_THERE = """
select name from pg_available_extensions
union all select 'icu' from pg_collation where collprovider = 'i'
union all select 'libxml' from pg_config where name = 'CONFIGURE' and setting like '%with-libxml%'
"""


def _lacking(url: str, ddl: Path) -> str | None:
    """Return what the server at `url` has not of that which the file asks for (lines `-- needs NAME`), or None."""
    asked: list[str] = re.findall(r"^-- needs (\S+)$", ddl.read_text(encoding="utf-8"), re.MULTILINE)
    with psycopg.connect(url) as connection:
        there = {name for (name,) in connection.execute(_THERE)} if asked else set()
    return next((name for name in asked if name not in there), None)


@pytest.fixture(scope="module")
def structure(request: pytest.FixtureRequest, matrix_server: Server) -> Iterator[Structure]:
    """A database with one of the constructs."""
    oldest = oldest_major(request.param)
    if matrix_server.major < oldest:
        pytest.skip(f"needs PostgreSQL {oldest}")
    if lacking := _lacking(matrix_server.admin_url, request.param):
        pytest.skip(f"needs {lacking}")
    with loaded(matrix_server, request.param, stop_at_errors=True) as structure:
        yield structure


def _beside(structure: Structure, part: str) -> str:
    """Return the SQL of `NAME.PART.sql`: what is loaded before the script, or between its sections."""
    path = _FIELD / f"{structure.name}.{part}.sql"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@pytest.mark.parametrize("structure", _STRUCTURES, ids=name_of, indirect=True)
def test_the_script_gives_it_back(structure: Structure) -> None:
    """The script loads without an error into an empty database, which has the same fingerprint and the same dump.

    A dump may also be that of a restored copy: a server respells a few expressions once it has read its own text.
    """
    schema = structure.captured.schema
    url = structure.server.new_database()
    try:
        load_sql(url, _beside(structure, "before"))
        load_sql(url, script(schema).text())
        dumped, copied, again = (
            {(one.type, one.schema, one.name): one.sql for one in rendered(found)}
            for found in (structure.entries, entries(url), structure.restored.entries)
        )
        assert dumped.keys() == copied.keys()
        assert [one for one in copied if copied[one] not in (dumped[one], again.get(one))] == []
        assert capture(url).schema.fingerprint == schema.fingerprint
    finally:
        structure.server.drop_database(url)


@pytest.mark.parametrize("structure", _STRUCTURES, ids=name_of, indirect=True)
def test_a_dump_gives_it_back(structure: Structure) -> None:
    """A restored dump has the same fingerprint."""
    restored = structure.restored.captured.schema
    assert restored.fingerprint == structure.captured.schema.fingerprint, differences_of_restored(structure)[:5]


def test_the_sequence_of_a_column_is_that_of_its_default(database: str) -> None:
    """Of several sequences that a column owns, `sequence` names the one which the default uses, else the first."""
    load_sql(database, _FIELD / "several_owned_sequences.sql")
    load_sql(database, "alter table ticket alter column code drop default")
    (ticket,) = capture(database).schema.schemas[0].tables
    named = {column.name: column.sequence and column.sequence.name for column in ticket.columns}
    assert named == {"id": "ticket_number", "code": "ask_number", "spare": None}
