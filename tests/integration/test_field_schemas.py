"""Constructs that real databases hold: each survives `ddl`, and a dump, with its fingerprint and its modelled facts."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.integration.dump import Entry, entries, rendered
from tests.integration.restoring import differences_of_restored
from tests.integration.structures import Structure, loaded, name_of, oldest_major
from tests.servers import Server, load_sql

_FIELD = Path(__file__).parent / "field"
_STRUCTURES = sorted(path for path in _FIELD.glob("*.sql") if len(path.suffixes) == 1)
_RESTORED = [path for path in _STRUCTURES if path.stem not in {"domain_in_a_circle", "marks_of_cycles"}]
"""Those whose dump loads: the server refuses what it renders of the others."""


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


def _rendered(found: list[Entry]) -> dict[tuple[str, str, str], str]:
    """Return the statements of what schema.json holds, by type, schema and name."""
    return {(one.type, one.schema, one.name): one.sql for one in rendered(found)}


@pytest.mark.parametrize("structure", _STRUCTURES, ids=name_of, indirect=True)
def test_the_script_gives_it_back(structure: Structure) -> None:
    """The script loads without an error into an empty database, which has the same fingerprint and the same dump.

    A dump may also be that of a restored copy: a server respells a few expressions once it has read its own text.
    """
    schema = structure.captured.schema
    url = structure.server.new_database()
    try:
        load_sql(url, _beside(structure, "before"))
        if between := _beside(structure, "between"):
            load_sql(url, script(schema).text(sections=["pre-data"]))
            load_sql(url, between)
            load_sql(url, script(schema).text(sections=["data", "post-data"]))
        else:
            load_sql(url, script(schema).text())
        dumped, copied = _rendered(structure.entries), _rendered(entries(url))
        assert dumped.keys() == copied.keys()
        different = [one for one in copied if copied[one] != dumped[one]]
        if different:
            again = _rendered(structure.restored.entries)
            assert [one for one in different if copied[one] != again.get(one)] == []
        assert capture(url).schema.fingerprint == schema.fingerprint
    finally:
        structure.server.drop_database(url)


@pytest.mark.parametrize("structure", _RESTORED, ids=name_of, indirect=True)
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


_WRAPPER = """
create function demanding(options text[], catalog oid) returns void language plpgsql as $$ begin
    if catalog = 'pg_foreign_table'::regclass and cardinality(options) = 0 then raise 'path is missing'; end if;
end $$;
create foreign data wrapper demanding validator demanding;
create server files foreign data wrapper demanding;
"""
_DEMANDING = """
create access method other_heap type table handler heap_tableam_handler;
create foreign table a_file (a int, b text) server files options (path '/nowhere');
comment on foreign table a_file is 'far';
create view a_view as select a from a_file;
create table a_heap (id int primary key, a int) using other_heap;
create table near (id int primary key, heap_id int references a_heap, self_id int references near, a int check (a > 0));
create index near_index on near (heap_id);
create view of_near as select id from near group by id, a;
comment on index near_index is 'near';
create table events (id int, at date) partition by range (at);
create table event_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create foreign table event_2 partition of events for values from ('2021-01-01') to ('2022-01-01')
    server files options (path 'x');
"""


_NAMES = """
select relname::text from pg_class where relnamespace = 'public'::regnamespace
union all select conname from pg_constraint where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p')
union all select description from pg_description where objoid >= 16384
"""


def _names(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(_NAMES)}


def test_what_cannot_be_made_stops_nothing_else(database: str, server: Server) -> None:
    """A foreign table without the options that its wrapper demands comes last, with all that needs it."""
    load_sql(database, _WRAPPER + _DEMANDING)
    made = script(capture(database).schema)
    other = server.new_database()
    try:
        load_sql(other, _WRAPPER)
        with pytest.raises(AssertionError, match=r"path is missing"):
            load_sql(other, made.text())
        missing = _names(database) - _names(other)
    finally:
        server.drop_database(other)
    uncertain = {
        "a_file",
        "far",
        "a_view",
        "a_heap",
        "a_heap_pkey",
        "near_heap_id_fkey",
        "events",
        "event_1",
        "event_2",
    }
    assert missing == uncertain
    assert "-- not rendered: the options of foreign table" in made.text()


def test_columns_keep_their_order(database: str, server: Server) -> None:
    """A column that a parent got after its children is behind the child's own in the rebuilt database, too."""
    load_sql(database, _FIELD / "late_parent_columns.sql")
    schema = capture(database).schema
    other = server.new_database()
    try:
        load_sql(other, script(schema).text())
        found = capture(other).schema
    finally:
        server.drop_database(other)
    assert "order of the columns" not in script(schema).text()
    assert found.schemas == schema.schemas
