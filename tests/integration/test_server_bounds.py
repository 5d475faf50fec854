"""What servers and databases can hold at most, or hold against every expectation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

import datalchemy
from datalchemy import CatalogError, ConnectionFailedError, Table, WarningCode
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.assemble import assemble
from datalchemy.adapters.postgres.catalog import open_catalog
from datalchemy.adapters.postgres.rows import OLDEST_VERSION_NUM, CatalogRows
from datalchemy.adapters.postgres.rows.session import ServerRow
from datalchemy.events import ignore_events
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.vault import Vault
from tests.integration.capturing import capture
from tests.integration.roles import run
from tests.servers import Server

_EVERYTHING = ObjectFilter(include_schemas=("*",))


def _tables(url: str) -> dict[str, Table]:
    return {table.name: table for schema in capture(url).schema.schemas for table in schema.tables}


@contextmanager
def _encoded(server: Server, encoding: str) -> Iterator[str]:
    url = server.new_database(encoding=encoding)
    try:
        yield url
    finally:
        server.drop_database(url)


def test_latin1(matrix_server: Server) -> None:
    """Names and texts of a LATIN1 database come out as UTF-8."""
    with _encoded(matrix_server, "LATIN1") as url:
        run(
            url,
            "create type crème as enum ('brûlée', 'anglaise')",
            "create table café (naïve text default 'é' check (naïve <> 'ß'), \"Ñandú\" crème)",
            "comment on table café is 'où ça?'",
        )
        found = capture(url)
        schema = found.schema.schemas[0]
        assert schema.enums[0].labels == ("brûlée", "anglaise")
        (table,) = schema.tables
        assert (table.name, table.comment) == ("café", "où ça?")
        assert [column.name for column in table.columns] == ["naïve", "Ñandú"]
        assert table.columns[0].default == "'é'::text"
        assert "où ça?".encode() in found.schema.to_json()
        assert WarningCode.NOT_UTF8 not in {warning.code for warning in found.warnings}


def test_sql_ascii(matrix_server: Server) -> None:
    """An SQL_ASCII database gives every name; a byte that is no UTF-8 is told as such, with a warning that names it."""
    with _encoded(matrix_server, "SQL_ASCII") as url:
        run(
            url,
            b"set client_encoding = 'SQL_ASCII'",
            b'create table "caf\xe9" (id int primary key, "na\xefve" text default \'\xff\', "\xc3\xa9" text);'
            b"create type mood as enum ('d\xe9j\xe0', 'plain');"
            b'create schema "hidd\xe9n" create table t (id int)',
        )
        found = capture(url)
        hidden, public = found.schema.schemas
        (table,) = public.tables
        assert table.name == r"caf\xe9"
        assert [column.name for column in table.columns] == ["id", r"na\xefve", "é"]
        assert table.columns[1].default == r"'\xff'::text"
        assert public.enums[0].labels == (r"d\xe9j\xe0", "plain")
        assert (hidden.name, [each.name for each in hidden.tables]) == (r"hidd\xe9n", ["t"])
        (warning,) = [each for each in found.warnings if each.code is WarningCode.NOT_UTF8]
        assert "are not UTF-8, and shown with \\xNN for a byte: '\\xff'::text, " in warning.message
        assert capture(url, r"hidd\xe9n").schema.schemas == (hidden,)


def test_oldest_server(matrix_server: Server) -> None:
    """A server older than 13 is refused with a word that names 13; a later one is read."""
    if matrix_server.version_num < OLDEST_VERSION_NUM:
        with pytest.raises(CatalogError, match="the oldest that can be read is 13") as caught:
            capture(matrix_server.admin_url)
        assert not caught.value.transient
    else:
        assert capture(matrix_server.admin_url).schema.engine_version.startswith(str(matrix_server.major))


@pytest.mark.slow
def test_ten_thousand_tables(matrix_server: Server, matrix_database: str) -> None:
    """Ten thousand tables in one schema are read with the queries that one table takes."""
    run(matrix_database, "create table t0 (id int primary key)")
    few = capture(matrix_database).metrics.timings.queries
    # Each batch is a transaction: a server's room for locks is not what is tried here.
    for first in range(1, 10_000, 500):
        run(
            matrix_database,
            f"""do $$ begin for n in {first}..{min(first + 499, 9_999)} loop
                execute format('create table t%s (id int not null, up int)', n); end loop; end $$""",
        )
    found = capture(matrix_database)
    assert sorted(table.name for table in found.schema.schemas[0].tables) == sorted(f"t{n}" for n in range(10_000))
    assert [query.query for query in found.metrics.timings.queries] == [query.query for query in few]
    assert len(found.graph.dependency_order) == 10_000


def test_sixteen_hundred_columns(database: str) -> None:
    """A table with as many columns as PostgreSQL allows is read, in their order."""
    names = [f"c{n}" for n in range(1, 1601)]
    run(database, f"create table wide ({', '.join(f'{name} int' for name in names)})")
    wide = _tables(database)["wide"]
    assert [(column.name, column.ordinal) for column in wide.columns] == [(n, o) for o, n in enumerate(names, start=1)]


_VANISHING = """
create function note() returns trigger language plpgsql as 'begin return null; end';
create domain code as text check (value <> '');
create table parted (id int, day date default '2020-01-01', check (id > 0)) partition by range (day);
create table part partition of parted for values from ('2020-01-01') to ('2021-01-01');
create table t (id int primary key, v text, exclude (v with =));
create index on t (lower(v)) where v <> '';
create view seen as select id from t;
"""


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("columns", "expression"),
        ("constraints", "expression"),
        ("constraints", "definition"),
        ("domain_constraints", "expression"),
        ("domain_constraints", "definition"),
        ("indexes", "definition"),
        ("indexes", "predicate"),
        ("indexes", "expressions"),
        ("partition_keys", "definition"),
        ("relations", "partition_bound"),
        ("views", "definition"),
        ("function_bodies", "body_sha256"),
    ],
)
def test_vanished_definition(query: str, field: str, server: Server, database: str) -> None:
    """A definition that the server no longer renders, since its object was dropped meanwhile, asks for another try."""
    if query == "function_bodies" and server.major < 14:
        pytest.skip("PostgreSQL 14 is the first with parsed bodies")
    run(database, _VANISHING)
    if query == "function_bodies":
        run(database, "create function atomic() returns int language sql return 1")
    answered, rows = _read(database)
    assert assemble(rows, server=answered, object_filter=_EVERYTHING).schema.schemas
    told = getattr(rows, query)
    assert any(getattr(row, field) is not None for row in told)
    gone = rows._replace(**{query: tuple(row._replace(**{field: None}) for row in told)})
    with pytest.raises(CatalogError, match="disappeared while the catalog was read") as caught:
        assemble(gone, server=answered, object_filter=_EVERYTHING)
    assert caught.value.transient
    found = assemble(gone, server=answered, object_filter=_EVERYTHING, skip_unrenderable=True)
    lost = [each for each in found.warnings if each.code is WarningCode.INCOMPLETE_CAPTURE]
    assert lost
    assert {each.where.schema_name for each in lost} == {"public"}
    assert all(each.where.table or each.where.name for each in lost)


@pytest.mark.parametrize("query", ["columns"])
def test_vanished_rows(query: str, database: str) -> None:
    """A key that names a column which is not listed, since it was dropped meanwhile, asks for another try."""
    run(database, _VANISHING)
    server, rows = _read(database)
    with pytest.raises(CatalogError, match="a column that it does not list") as caught:
        assemble(rows._replace(**{query: ()}), server=server, object_filter=_EVERYTHING)
    assert caught.value.transient


@pytest.mark.parametrize("during", ["relations", "constraints", "views", "comments"])
def test_concurrent_ddl(during: str, database: str) -> None:
    """When DDL comes between two queries, the capture is taken again and tells the state after it."""
    run(database, _VANISHING)
    changed: list[str] = []

    def change(event: str, **fields: Any) -> None:
        if event == "catalog_query" and fields["query"] == during and not changed:
            changed.append(during)
            # Nothing that the reader's own locks hold up: rendering a view locks what it reads.
            run(database, "alter domain code add check (value <> 'x'); create table late (id int, c code)")

    found = datalchemy.introspect(database, include_schemas=("*",), events=change)
    assert changed
    assert found.schema.to_json() == capture(database).schema.to_json()
    assert "late" in {table.name for table in found.schema.schemas[0].tables}


def test_lost_connection(database: str) -> None:
    """A connection that the server ends meanwhile is told as lost, and worth another try."""

    def end(event: str, **fields: Any) -> None:
        if event == "catalog_query" and fields["query"] == "types":
            with psycopg.connect(database, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
                )

    with pytest.raises(ConnectionFailedError) as caught, _reader(database, end) as (_, catalog):
        catalog.read(catalog.schemas(), OLDEST_VERSION_NUM)
    assert caught.value.transient


@contextmanager
def _reader(url: str, events: Any = ignore_events) -> Iterator[tuple[ServerRow, Any]]:
    target = ConnectionTarget(url=url, statement_timeout_seconds=60, lock_timeout_seconds=5)
    with open_catalog(target, events=events, vault=Vault()) as (catalog, _):
        yield catalog.server(), catalog


def _read(url: str) -> tuple[ServerRow, CatalogRows]:
    with _reader(url) as (server, catalog):
        return server, catalog.read(catalog.schemas(), server.version_num)
