"""Who reads makes no difference: the catalogs are open to everyone who may connect."""

from pathlib import Path

from psycopg import sql

from tests.integration.capturing import capture
from tests.integration.roles import allow_only_connect, run, temporary_role, url_as
from tests.servers import Server, load_sql

DEMO = Path(__file__).parents[2] / "docker" / "init" / "schema.sql"
_HIDDEN = """
create schema hidden;
create type hidden.mood as enum ('sad', 'happy');
create domain hidden.code as text check (value <> '');
create sequence hidden.counter;
create table hidden.owner (id int primary key);
create table hidden.thing (
    id int generated always as identity,
    mood hidden.mood default 'sad',
    code hidden.code,
    owner_id int references hidden.owner,
    check (id > 0), exclude (id with =)
);
create view hidden.seen as select * from hidden.thing;
create materialized view hidden.kept as select * from hidden.thing;
alter table hidden.thing enable row level security;
create policy nobody on hidden.thing using (false);
comment on table hidden.thing is 'not for everyone';
revoke all on schema hidden from public;
"""


def test_connect_is_enough(matrix_server: Server, matrix_database: str) -> None:
    """A role that may only CONNECT gets the same bytes as the superuser, without any grant on what it reads."""
    load_sql(matrix_database, DEMO)
    load_sql(matrix_database, _HIDDEN)
    allow_only_connect(matrix_database)
    with temporary_role(matrix_server) as role:
        found = capture(url_as(role, matrix_database))
    expected = capture(matrix_database)
    assert found.schema.to_json() == expected.schema.to_json()
    assert found.warnings == expected.warnings
    assert [schema.name for schema in found.schema.schemas] == ["hidden", "public"]


def test_owner_without_role(matrix_server: Server, matrix_database: str) -> None:
    """Objects whose owner is no longer a role are read as they are: nothing is joined to the owner."""
    with temporary_role(matrix_server) as role:
        identifier = sql.Identifier(role)
        load_sql(matrix_database, _HIDDEN)
        run(
            matrix_database,
            sql.SQL("alter schema hidden owner to {}").format(identifier),
            *(
                sql.SQL("alter {} {} owner to {}").format(sql.SQL(kind), sql.Identifier("hidden", name), identifier)
                for kind, name in (
                    ("type", "mood"),
                    ("domain", "code"),
                    ("sequence", "counter"),
                    ("table", "owner"),
                    ("table", "thing"),
                    ("view", "seen"),
                    ("materialized view", "kept"),
                )
            ),
        )
        before = capture(matrix_database).schema
        # What a crash or a careless hand leaves behind: DROP ROLE itself would refuse.
        run(
            matrix_database,
            sql.SQL("set allow_system_table_mods = on; delete from pg_authid where rolname = {}").format(
                sql.Literal(role)
            ),
        )
        after = capture(matrix_database).schema
        assert [table.name for table in after.schemas[0].tables] == ["kept", "owner", "seen", "thing"]
        assert after.to_json() == before.to_json()


def test_dropped_and_reassigned_owner(server: Server, database: str) -> None:
    """Handing a role's objects to another, and dropping the role, changes nothing in schema.json."""
    with temporary_role(server) as role:
        identifier = sql.Identifier(role)
        run(
            database,
            sql.SQL("grant create on schema public to {}").format(identifier),
            sql.SQL("set role {}; create table mine (id int primary key, note text); reset role").format(identifier),
        )
        before = capture(database).schema
        run(
            database,
            sql.SQL("reassign owned by {} to current_user").format(identifier),
            sql.SQL("drop owned by {}").format(identifier),
            sql.SQL("drop role {}").format(identifier),
        )
        assert capture(database).schema.to_json() == before.to_json()
