"""What an adapter says of a server without reading its catalog: who is there, and what it can tell."""

import psycopg
import pytest

from datalchemy.adapters import ENGINES, create_adapter
from datalchemy.adapters.base import Adapter, ConnectionTarget, ServerInfo
from datalchemy.errors import ConnectionFailedError
from datalchemy.events import ignore_events
from datalchemy.secrets.vault import Vault

_COLUMNS = {
    "has_column_compression": "pg_attribute.attcompression",
    "has_foreign_key_set_columns": "pg_constraint.confdelsetcols",
    "has_multiranges": "pg_range.rngmultitypid",
    "has_constraint_variants": "pg_constraint.conenforced",
    "has_index_nulls_not_distinct": "pg_index.indnullsnotdistinct",
    "has_statistics_expressions": "pg_statistic_ext.stxexprs",
}
"""The column of the catalog by which a server shows that it has a feature."""


def adapter(url: str) -> Adapter:
    """Return PostgreSQL's adapter."""
    return create_adapter(ENGINES[0], ConnectionTarget(url=url), events=ignore_events, vault=Vault())


def test_ping_says_who_is_there(matrix_database: str) -> None:
    """`ping` gives the version, the database and the role, as the server itself says them."""
    with psycopg.connect(matrix_database) as connection:
        asked = "select pg_catalog.current_setting('server_version'), pg_catalog.current_database(), current_user"
        answer = connection.execute(asked).fetchone()
    assert answer is not None
    version, database, role = answer
    assert adapter(matrix_database).ping() == ServerInfo(version=version, database=database, role=role)


def test_ping_fails_where_nobody_is() -> None:
    """`ping` raises the error of a connection where no server listens."""
    with pytest.raises(ConnectionFailedError, match="cannot connect"):
        adapter("postgresql://nobody@127.0.0.1:1/nothing").ping()


def test_capabilities_are_those_of_the_catalog(matrix_database: str) -> None:
    """A feature is named if, and only if, the server's catalog has the column for it; the names are sorted."""
    with psycopg.connect(matrix_database) as connection:
        rows = connection.execute(
            "select c.relname || '.' || a.attname from pg_catalog.pg_attribute a"
            " join pg_catalog.pg_class c on c.oid = a.attrelid"
            " where c.relnamespace = 'pg_catalog'::regnamespace and a.attnum > 0"
        ).fetchall()
    there = {name for (name,) in rows}
    expected = tuple(sorted(feature for feature, column in _COLUMNS.items() if column in there))
    assert adapter(matrix_database).capabilities() == expected
