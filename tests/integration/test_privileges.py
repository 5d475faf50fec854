"""Owners, grants and default privileges: captured on demand, as names of roles."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

import datalchemy
from datalchemy import Introspection
from datalchemy.errors import ExitCode
from tests.integration.capturing import capture
from tests.integration.corpus import load_what_loads
from tests.integration.roles import run, temporary_role, url_as
from tests.integration.watching import watch
from tests.servers import Server, load_sql, pg_dump

_QUERIES = {"privileges", "default_privileges"}
_SHAPES = """
create schema s;
create table s.plain (a int);
create table s.bare (a int);
revoke all on s.bare from current_user;
create table s.shared (a int, b int, c int);
grant select, insert on s.shared to {one};
grant select on s.shared to public;
grant update on s.shared to {one} with grant option;
grant select (a), update (b) on s.shared to {two};
create view s.seen as select a from s.shared;
alter table s.seen owner to {two};
grant select on s.seen to {one};
create sequence s.counter;
grant usage on sequence s.counter to {one};
create type s.mood as enum ('sad');
create domain s.code as text;
create type s.pair as (a int);
create type s.span as range (subtype = int4);
revoke usage on type s.mood from public;
grant usage on type s.code to {one};
grant usage on type s.pair to {one};
grant usage on type s.span to {one};
create function s.act() returns int language sql as 'select 1';
revoke execute on function s.act() from public;
grant execute on function s.act() to {two};
grant usage on schema s to {one};
alter default privileges in schema s grant select on tables to {one};
alter default privileges for role {one} grant execute on functions to {two} with grant option;
alter default privileges for role {one} revoke usage on types from public;
"""


def _read(url: str) -> Introspection:
    return datalchemy.introspect(url, include_schemas=("*",), privileges=True)


def _objects(found: Introspection) -> dict[str, Any]:
    """Return each object of the schema `s`, and each column that has grants, by its name."""
    (schema,) = [one for one in found.schema.model_dump(mode="json")["schemas"] if one["name"] == "s"]
    objects = {"s": schema}
    for kind in ("tables", "enums", "domains", "composites", "ranges", "sequences", "functions"):
        objects |= {one["name"]: one for one in schema[kind]}
    columns = {f"{t['name']}.{c['name']}": c for t in schema["tables"] for c in t["columns"]}
    return objects | {name: column for name, column in columns.items() if column["access"]}


def _grants(access: dict[str, Any]) -> dict[str | None, tuple[list[str], list[str]]]:
    return {one["grantee"]: (one["privileges"], one["grantable"]) for one in access["grants"]}


def test_they_are_not_read_unless_asked_for(database: str) -> None:
    """Without the option no query is asked and no fact is there; with it the fingerprint is the same."""
    run(database, "create table t (a int)", "create function f() returns int language sql as 'select 1'")
    bare, found = capture(database), _read(database)
    assert not _QUERIES & {one.query for one in bare.metrics.timings.queries}
    assert {one.query for one in found.metrics.timings.queries} > _QUERIES
    assert (bare.metrics.capture.privileges, found.metrics.capture.privileges) == (False, True)
    assert b'"access"' not in bare.schema.to_json()
    assert bare.schema.fingerprint == found.schema.fingerprint
    assert found.schema.default_privileges is None


def test_what_is_granted(matrix_server: Server, matrix_database: str) -> None:
    """Each object has its owner and grants, and says whether they are the server's own; a dump keeps them."""
    with temporary_role(matrix_server) as one, temporary_role(matrix_server) as two:
        load_sql(matrix_database, _SHAPES.format(one=one, two=two))
        found = _read(matrix_database)
        with psycopg.connect(matrix_database) as connection:
            (owner,) = connection.execute("select current_user").fetchall()[0]
            standard = connection.execute(
                "select grantor, grantee, table_name, privilege_type, is_grantable = 'YES'"
                " from information_schema.role_table_grants where table_schema = 's'"
                " union select grantor, grantee, table_name, privilege_type, is_grantable = 'YES'"
                " from information_schema.table_privileges where table_schema = 's' and grantee = 'PUBLIC'"
            ).fetchall()
        as_one = _read(url_as(one, matrix_database))
        restored = matrix_server.new_database()
        load_what_loads(restored, pg_dump(matrix_database, "--schema-only"))
        copy = _read(restored)
        matrix_server.drop_database(restored)
        run(matrix_database, f"drop owned by {one} cascade", f"drop owned by {two} cascade")
    objects = {name: one_object["access"] for name, one_object in _objects(found).items()}
    assert {name: access["owner"] for name, access in objects.items() if "." not in name} == {
        **dict.fromkeys((name for name in objects if "." not in name), owner),
        "seen": two,
    }
    assert {name for name, access in objects.items() if access["is_default"]} == {"plain"}
    assert objects["bare"]["grants"] == []
    assert list(_grants(objects["plain"])) == [owner]
    shared = _grants(objects["shared"])
    assert list(shared) == [None, *sorted((one, owner))]
    assert shared[None] == (["select"], [])
    assert shared[one] == (["insert", "select", "update"], ["update"])
    assert _grants(objects["shared.a"]) == {two: (["select"], [])}
    assert _grants(objects["shared.b"]) == {two: (["update"], [])}
    assert "shared.c" not in objects
    assert _grants(objects["counter"])[one] == (["usage"], [])
    assert _grants(objects["mood"]) == {owner: (["usage"], [])}
    assert all(_grants(objects[name])[one] == (["usage"], []) for name in ("code", "pair", "span", "s"))
    assert _grants(objects["act"])[two] == (["execute"], [])
    assert None not in _grants(objects["act"])
    theirs = {
        (grantor, grantee, table, privilege.lower(), grantable)
        for grantor, grantee, table, privilege, grantable in standard
    }
    ours = {
        (each["grantor"], each["grantee"] or "PUBLIC", name, word, word in each["grantable"])
        for name in ("plain", "bare", "shared", "seen")
        for each in objects[name]["grants"]
        for word in each["privileges"]
        if word != "maintain"  # PostgreSQL 17 has it, the SQL standard does not
    }
    assert {each[:4] for each in ours} == {each[:4] for each in theirs}
    assert found.schema.default_privileges is not None
    told = [
        (each.role, each.schema_name, each.objects, [(g.grantee, g.privileges, g.grantable) for g in each.grants])
        for each in found.schema.default_privileges
    ]
    assert (owner, "s", "tables", [(one, ("select",), ())]) in told
    assert (one, None, "types", [(one, ("usage",), ())]) in told
    functions = {(role, objects_): grants for role, _, objects_, grants in told}[one, "functions"]
    assert (two, ("execute",), ("execute",)) in functions
    assert as_one.schema == found.schema
    assert _objects(copy) == _objects(found)
    assert copy.schema.default_privileges == found.schema.default_privileges


def test_a_role_that_is_gone(database: str, server: Server, tmp_path: Path) -> None:
    """The word of the server for a dropped role is its name in grants and of owners; a policy for it is left out."""
    with temporary_role(server) as role:
        run(
            database,
            "create table t (a int)",
            f"grant select on t to {role}",
            "create table owned (a int)",
            f"alter table owned owner to {role}",
            f"create policy p on t to {role} using (true)",
        )
        with psycopg.connect(server.admin_url) as connection:
            (number,) = connection.execute("select oid from pg_roles where rolname = %s", [role]).fetchall()[0]
        damage = sql.SQL("delete from pg_authid where rolname = {}").format(sql.Literal(role))
        run(database, damage)
        gone = f"unknown (OID={number})"
        watched = watch(database, tmp_path, capture={"privileges": True})
        run(database, sql.SQL("delete from pg_shdepend where refobjid = {}").format(sql.Literal(number)))
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    assert watched.outcome.schema is not None
    tables = {one.name: one for one in watched.outcome.schema.schemas[0].tables}
    owned, granted = tables["owned"].access, tables["t"].access
    assert owned is not None
    assert granted is not None
    assert owned.owner == gone
    assert gone in [one.grantee for one in granted.grants]
    assert tables["t"].policies == ()
    left_out = [one.message for one in watched.outcome.warnings if one.code == "incomplete_capture"]
    assert left_out == ["not captured: the policy p names a role that does not exist"]


def test_default_privileges_of_a_new_kind(database: str) -> None:
    """A kind of objects that this version does not know is left out with a warning."""
    run(
        database,
        "alter default privileges grant select on tables to public",
        "set allow_system_table_mods = on; update pg_default_acl set defaclobjtype = 'z'",
    )
    found = _read(database)
    assert found.schema.default_privileges is None
    assert [each.code for each in found.warnings if each.code == "incomplete_capture"] == ["incomplete_capture"]
