"""The extensions of a database, and what they bring."""

import psycopg
import pytest

from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.integration.roles import run
from tests.servers import Server, load_sql, pg_dump

_INSTALLED = """
    select e.extname, n.nspname, e.extversion from pg_extension as e
    join pg_namespace as n on n.oid = e.extnamespace order by e.extname collate "C"
"""
_DAMAGE = "set allow_system_table_mods = on; update pg_extension set extversion = '{}' where extname = 'plpgsql'"


@pytest.fixture
def another(server: Server) -> str:
    """Return the name of an extension that the server offers beside plpgsql."""
    with psycopg.connect(server.admin_url) as connection:
        rows = connection.execute("select name from pg_available_extensions where name <> 'plpgsql' order by 1")
        found = rows.fetchone()
    return str(found[0]) if found else pytest.skip("the server offers plpgsql alone")


def test_they_are_those_of_the_catalog(matrix_database: str) -> None:
    """Each has its name, schema and version, whatever the filter."""
    with psycopg.connect(matrix_database) as connection:
        installed = connection.execute(_INSTALLED).fetchall()
    found = capture(matrix_database, "public")
    assert [(one.name, one.schema_name, one.version) for one in found.schema.extensions] == installed
    assert found.metrics.counts.extensions == len(installed)


def test_a_restored_dump_has_the_same(another: str, server: Server, database: str) -> None:
    """An extension is counted in the fingerprint, and a dump carries it; what it brings is none of schema.json's."""
    bare = capture(database).schema
    run(database, "create schema apart", f"create extension {another} schema apart")
    found = capture(database)
    assert [(one.name, one.schema_name) for one in found.schema.extensions] == sorted(
        [("plpgsql", "pg_catalog"), (another, "apart")]
    )
    assert [each.code for each in found.warnings] == ["empty_schema", "empty_schema"]
    assert f'-- not rendered: extension "{another}" in schema "apart"' in script(found.schema).text()
    run(database, f"alter extension {another} set schema public")
    moved = capture(database).schema.fingerprint
    assert len({bare.fingerprint, found.schema.fingerprint, moved}) == 3
    restored = server.new_database()
    load_sql(restored, pg_dump(database, "--schema-only"))
    assert capture(restored).schema.fingerprint == moved
    server.drop_database(restored)


@pytest.mark.parametrize("version", ["no-such-version", ""])
def test_a_version_that_the_server_does_not_offer(version: str, database: str) -> None:
    """The installed version is what the catalog says; it does not change the fingerprint, and nor does plpgsql."""
    before = capture(database).schema
    run(database, _DAMAGE.format(version))
    after = capture(database)
    (extension,) = after.schema.extensions
    assert (extension.version, after.schema.fingerprint) == (version, before.fingerprint)
    assert [each.code for each in after.warnings] == ["empty_schema"]
    run(database, "drop extension plpgsql")
    assert capture(database).schema.fingerprint == before.fingerprint
