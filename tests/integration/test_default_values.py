"""What a default gives, compared with what the server makes of it."""

from pathlib import Path

import psycopg
from psycopg import sql

from datalchemy.model.table import Column
from datalchemy.model.types import Domain
from tests.integration.capturing import capture
from tests.servers import load_sql

_CASE = Path(__file__).parent / "cases" / "default_expressions" / "ddl.sql"
_MORE = """
create schema app; create type app.mood as enum ('low', 'it''s');
create domain app.code as varchar(3) default 'a b';
create table more (
    mood app.mood default 'it''s', moods app.mood[] default array['low', 'it''s']::app.mood[],
    code app.code default 'x', cast_late app.mood default ('low'::text)::app.mood, backslash text default 'a\\b',
    small smallint default 3, money numeric(10,2) default 0, real_one real default 1e-5,
    bytes bytea default '\\x00ff', span interval default '1 day', stamp timestamptz default '2020-01-01 00:00+00',
    nested int[] default '{{1,2},{3,4}}', long bigint default 5000000000, negative numeric default -1.5,
    quoted text[] default array['a"b', 'c\\d', ''], net inet default '10.0.0.1/8'
);
"""


def test_a_constant_is_what_the_server_makes_of_the_default(database: str) -> None:
    """`default_value`, read as `default_type`, equals the default's expression as the server computes it."""
    load_sql(database, _CASE)
    load_sql(database, _MORE)
    schemas = capture(database).schema.schemas
    columns = [column for schema in schemas for table in schema.tables for column in table.columns]
    constants: list[Column | Domain] = [one for one in columns if one.default_kind == "constant"]
    constants += [domain for schema in schemas for domain in schema.domains]
    assert len(constants) == 31
    with psycopg.connect(database) as connection:
        for one in constants:
            value = sql.Literal(one.default_value).as_string(connection)
            asked = f"select ({one.default})::text, ({value}::{one.default_type})::text"
            row = connection.execute(asked.encode()).fetchone()
            assert row is not None
            assert row[0] == row[1], one
