"""The servers that the tests run on do what the tests rely on."""

import psycopg
import pytest

from datalchemy.provision.init_files import resolve_init
from tests import servers
from tests.servers import Server, Tools


def test_a_new_database_is_empty_and_gone_afterwards(server: Server) -> None:
    """A test's database holds no user table, is UTF-8, and leaves no trace when it is dropped."""
    url = server.new_database()
    facts = "select pg_encoding_to_char(encoding) from pg_database where datname = current_database()"
    assert servers.psql(url, "-At", "-c", facts).strip() == "UTF8"
    assert servers.psql(url, "-At", "-c", "select count(*) from pg_tables where schemaname = 'public'").strip() == "0"
    server.drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_a_database_may_have_another_encoding(server: Server) -> None:
    """An old encoding can be asked for."""
    url = server.new_database(encoding="LATIN1")
    try:
        assert servers.psql(url, "-At", "-c", "show server_encoding").strip() == "LATIN1"
    finally:
        server.drop_database(url)


def test_a_database_in_use_is_dropped(server: Server) -> None:
    """An open connection does not keep a test's database alive."""
    url = server.new_database()
    with psycopg.connect(url) as connection:
        server.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_the_matrix_server_is_the_one_asked_for(matrix_server: Server, matrix_database: str) -> None:
    """Each label of the matrix stands for a server of that major version."""
    with psycopg.connect(matrix_database) as connection:
        assert connection.info.server_version == matrix_server.version_num
    assert matrix_server.label in (servers.DEFAULT, str(matrix_server.major))


def test_the_shipped_schema_loads_everywhere(matrix_database: str, tools: Tools) -> None:
    """The demo's schema is plain SQL for every server, and holds every kind of table and constraint."""
    servers.load_sql(matrix_database, resolve_init("shipped:schema.sql"))
    contypes = "select string_agg(distinct contype::text, '' order by contype::text) from pg_constraint"
    relkinds = "select string_agg(distinct relkind::text, '' order by relkind::text) from pg_class"
    public = "where %s = 'public'::regnamespace"
    found = servers.psql(matrix_database, "-At", "-c", f"{contypes} {public % 'connamespace'}").strip()
    assert set("cfpux") <= set(found)
    found = servers.psql(matrix_database, "-At", "-c", f"{relkinds} {public % 'relnamespace'}").strip()
    assert set("Scimprv") <= set(found)
    assert "CREATE TABLE public.sales_order" in servers.pg_dump(matrix_database, "--schema-only")
    assert tools.psql.is_file()


def test_a_wrong_statement_fails_the_test_that_loads_it(database: str) -> None:
    """Loading SQL stops at the first error and says what psql said."""
    with pytest.raises(AssertionError, match="does not exist"):
        servers.load_sql(database, "select * from nowhere; create table later ()")
