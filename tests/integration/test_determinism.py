"""One database, one file: who reads it, when, and under which settings makes no byte of difference."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.integration.capturing import capture, renamed
from tests.integration.roles import run, temporary_role, url_as
from tests.servers import Server, load_sql

_HERE = Path(__file__).parent
DEMO = _HERE.parents[1] / "docker" / "init" / "schema.sql"

_RENDERED = """
create schema other;
create type other.mood as enum ('sad', 'happy');
create function other.one() returns int immutable language sql as 'select 1';
create table "Select" (
    id int default other.one(),
    mood other.mood default 'sad',
    moment timestamptz default '2020-02-03 04:05:06.789+02',
    day date default '2020-02-03',
    lasts interval default '1 year 2 mons -3 days 04:05:06.7',
    ratio float8 default 0.1::float8 + 1e-7::float8,
    bytes bytea default '\\x00ff5c27',
    price money default 12.34::money,
    path text default 'back\\slash ''quoted''',
    "order" text check ("order" <> 'x\\y'),
    during tstzrange default '[2020-01-01 00:00+00,2021-01-01 00:00+00)',
    list int[] default '{1,2,null}',
    check (moment > '2000-01-01 12:00+00' and lasts < interval '1 day 2 hours'),
    check (day between '2020-01-02' and '2021-03-04')
);
create index on "Select" (("order" || 'x')) where mood = 'happy'::other.mood;
create view seen as select day, lasts from "Select" where day > '2020-05-06' and ratio > 0.3;
create table by_day (day date, moment timestamptz) partition by range (day, moment);
create table one_day partition of by_day
    for values from ('2020-01-02', '2020-01-02 03:04:05+00') to ('2020-02-03', '2020-02-03 00:00+00');
"""

_SETTINGS = {
    "DateStyle": "German, DMY",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Asia/Kathmandu",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "client_encoding": "LATIN1",
    "xmloption": "document",
    "array_nulls": "off",
    "row_security": "off",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_hashjoin": "off",
    "from_collapse_limit": "1",
    "jit": "on",
    "jit_above_cost": "0",
    "search_path": "other, public, pg_catalog",
}

_INDEPENDENT = (
    "create type mood as enum ('sad', 'ok', 'happy')",
    "create type colour as enum ('red', 'green')",
    "create domain code as text check (value <> '') check (value <> 'x')",
    "create domain age as int check (value >= 0)",
    "create sequence first_counter",
    "create sequence a_counter increment 5",
    "create type pair as (a int, b text)",
    "create type span as range (subtype = int4)",
    "create table b (id int primary key, x int, y int, constraint b_xy unique (x, y))",
    "create table a (id int primary key, x int)",
    'create table "B" (id int primary key)',
    "create table ä (id int primary key)",
    "create schema z create table t (id int)",
    "create schema a create table t (id int)",
    "create view seen as select 1 as one",
    "create function note() returns trigger language plpgsql as 'begin return null; end'",
    "create function a(int) returns int language sql as 'select 1'",
    "create function a(bigint) returns int language sql as 'select 2'",
    "create function \"B\"() returns int language sql as 'select 3'",
    "create aggregate total(int) (sfunc = int4pl, stype = int)",
)
_DEPENDENT = (
    "create index b_1 on b (x)",
    "create index a_1 on b (y)",
    "alter table b add constraint b_check check (x > 0)",
    "alter table b add constraint a_check check (y > 0)",
    "alter table a add constraint to_b foreign key (x) references b",
    "alter table a add constraint to_a foreign key (x) references a",
    "create trigger t2 after insert on b execute function note()",
    "create trigger t1 after insert on b execute function note()",
    "create policy p2 on b using (true)",
    "create policy p1 on b using (false)",
    "create rule r2 as on insert to a do also select 2",
    "create rule r1 as on insert to a do also select 1",
    "create statistics s2 on x, y from b",
    "create statistics s1 on id, y from b",
    "comment on table b is 'b'",
    "comment on column b.x is 'x'",
    "comment on table a is 'a'",
)


_BODY = """
create function latest(since timestamptz default '2020-02-03 04:05:06.789+02') returns int language sql begin atomic
    select max(id) from "Select" where moment > since and moment <> '2020-02-03 04:05:06.789+02'
        and lasts < '1 day 2:00' and ratio > 0.1::float8 + 1e-7::float8
        and bytes <> '\\x00ff5c27' and price < 12.34::money;
end;
"""


@pytest.fixture
def rendered(matrix_server: Server, matrix_database: str) -> str:
    """The URL of a database that holds every text whose rendering a setting could change."""
    load_sql(matrix_database, DEMO)
    load_sql(matrix_database, _RENDERED)
    if matrix_server.major >= 14:
        load_sql(matrix_database, _BODY)
    load_sql(matrix_database, _HERE / "expressions.sql")
    return matrix_database


def _set(target: sql.Composed, settings: dict[str, str]) -> list[sql.Composed]:
    # A list of schemas is several values: the rest is one.
    values = {name: [part.strip() for part in value.split(",")] for name, value in settings.items()}
    values["DateStyle"] = [settings["DateStyle"]] if "DateStyle" in settings else []
    return [
        sql.SQL("alter {} set {} = {}").format(
            target, sql.Identifier(name), sql.SQL(", ").join(sql.Literal(part) for part in parts)
        )
        for name, parts in values.items()
        if parts
    ]


def _database(url: str) -> sql.Composed:
    with psycopg.connect(url) as connection:
        return sql.SQL("database {}").format(sql.Identifier(connection.info.dbname))


def test_twice(rendered: str) -> None:
    """Two captures of one database give the same bytes, the same graph and the same warnings."""
    first, second = capture(rendered), capture(rendered)
    assert second.schema.to_json() == first.schema.to_json()
    assert second.graph == first.graph
    assert second.warnings == first.warnings


def test_settings_of_the_role(matrix_server: Server, rendered: str) -> None:
    """Another role, whose sessions start with other settings of all that rendering depends on, gets the same bytes."""
    expected = capture(rendered).schema.to_json()
    with temporary_role(matrix_server) as role:
        run(matrix_server.admin_url, *_set(sql.SQL("role {}").format(sql.Identifier(role)), _SETTINGS))
        assert capture(url_as(role, rendered)).schema.to_json() == expected


def test_settings_of_the_database(rendered: str) -> None:
    """A database whose sessions start with other settings of all that rendering depends on gives the same bytes."""
    expected = capture(rendered).schema.to_json()
    run(rendered, *_set(_database(rendered), _SETTINGS))
    assert capture(rendered).schema.to_json() == expected


@pytest.mark.parametrize("search_path", ["", "other", "public, other", "pg_catalog, other", "information_schema"])
def test_search_path(search_path: str, rendered: str) -> None:
    """Names are told in full, whatever the search_path is."""
    expected = capture(rendered).schema
    run(rendered, *_set(_database(rendered), {"search_path": search_path}))
    found = capture(rendered).schema
    assert found.to_json() == expected.to_json()
    table = next(t for s in found.schemas if s.name == "public" for t in s.tables if t.name == "Select")
    assert [column.default for column in table.columns[:2]] == ["other.one()", "'sad'::other.mood"]


def test_order_of_creation(matrix_server: Server, matrix_database: str) -> None:
    """The same objects, made in the reverse order, give the same bytes."""
    reverse = matrix_server.new_database()
    try:
        run(matrix_database, *_INDEPENDENT, *_DEPENDENT)
        run(reverse, *reversed(_INDEPENDENT), *reversed(_DEPENDENT))
        assert renamed(capture(reverse).schema) == renamed(capture(matrix_database).schema)
    finally:
        matrix_server.drop_database(reverse)


def test_rewritten_rows(matrix_server: Server, matrix_database: str) -> None:
    """The order of the rows in the catalogs' heaps, changed by updates and VACUUM FULL, does not show."""
    run(matrix_database, *_INDEPENDENT, *_DEPENDENT)
    expected = capture(matrix_database).schema.to_json()
    catalogs = ("class", "attribute", "constraint", "type", "enum", "index", "attrdef", "description", "trigger")
    run(
        matrix_database,
        "alter table b rename to b_",
        "alter table b_ rename to b",
        "alter table b drop column y",
        "alter table b add column y int, add constraint b_xy unique (x, y), add constraint a_check check (y > 0)",
        "create index a_1 on b (y)",
        "create statistics if not exists s1 on id, y from b",
        "create statistics if not exists s2 on x, y from b",
        *(f"vacuum full pg_catalog.pg_{catalog}" for catalog in catalogs),
    )
    assert capture(matrix_database).schema.to_json() == expected


def test_comment_changes_no_fingerprint(database: str) -> None:
    """A comment changes schema.json and not the fingerprint; a structural change changes both."""
    load_sql(database, "create table t (id int primary key)")
    bare = capture(database).schema
    load_sql(database, "comment on table t is 'told'; comment on column t.id is 'too'")
    told = capture(database).schema
    load_sql(database, "alter table t add note text")
    wider = capture(database).schema
    assert told.fingerprint == bare.fingerprint
    assert told.to_json() != bare.to_json()
    assert wider.fingerprint != told.fingerprint
