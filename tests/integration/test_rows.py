"""Each SQL file and its row type."""

from pathlib import Path

import psycopg
import pytest

from datalchemy.adapters.postgres import rows
from datalchemy.adapters.postgres.catalog import read_sql
from datalchemy.adapters.postgres.rows import QUERIES, CatalogQuery
from datalchemy.adapters.postgres.rows.session import AccessRow, CatalogStateRow, SchemaRow, ServerRow, VersionRow
from tests.servers import Server

ALL = (
    CatalogQuery("server", ServerRow),
    CatalogQuery("schemas", SchemaRow),
    CatalogQuery("version", VersionRow),
    CatalogQuery("access", AccessRow),
    CatalogQuery("catalog_state", CatalogStateRow),
    *QUERIES,
)


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_fields_are_columns(query: CatalogQuery, matrix_server: Server) -> None:
    """A row type's fields are its query's columns, in order, on every server that the query serves."""
    if matrix_server.version_num < query.since:
        pytest.skip(f"{query.name} serves {query.since} and later")
    with psycopg.connect(matrix_server.admin_url) as connection:
        cursor = connection.execute(read_sql(query.name).encode(), {"schemas": ["public"], "function_source": False})
        assert cursor.description is not None
        assert tuple(column.name for column in cursor.description) == query.row_type._fields  # type: ignore[attr-defined]


def test_every_file_is_a_query() -> None:
    """The list of queries names every file in sql/, but for those that set up the session."""
    files = {file.stem for file in Path(rows.__file__).parent.with_name("sql").glob("*.sql")}
    assert {query.name for query in ALL} == files - {"pin_session", "pin_timeouts"}


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_sql_keeps_the_house_rules(query: CatalogQuery) -> None:
    """Each file says what a row is, its parameters, its row type and the oldest server, and has a total order."""
    text = read_sql(query.name)
    header = [line for line in text.splitlines() if line.startswith("--")]
    assert header[0].startswith(("-- A row is", "-- A row counts", "-- One row"))
    assert f"Row: {query.row_type.__name__}" in text
    assert "Serves PostgreSQL" in text
    assert "select *" not in text
    assert "order by" in text or header[0].startswith("-- One row")
