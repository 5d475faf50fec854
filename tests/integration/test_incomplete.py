"""What cannot be captured is left out and told, object by object; with `strict` the run fails and keeps its artefacts.

The catalogs are damaged by hand, or hold letters that no server of today writes: what a later server might.
"""

from pathlib import Path

import pytest

from datalchemy import DatabaseSchema, WarningCode
from datalchemy.errors import ExitCode
from datalchemy.model.diagnostics import Place
from tests.integration.capturing import capture
from tests.integration.roles import run
from tests.integration.watching import watch

_SHAPES = """
create function note() returns trigger language plpgsql as 'begin return null; end';
create table parent (id int primary key, note text);
create table child (
    id int generated always as identity primary key,
    parent_id int constraint to_parent references parent,
    other_id int constraint to_other references parent on delete cascade,
    bare text,
    twice int generated always as (2 * id) stored
);
create view seen as select id from parent;
create trigger first before insert on child for each row execute function note();
create trigger second before insert on child for each row execute function note();
create rule quiet as on delete to parent do instead nothing;
create policy mine on child using (true);
create statistics s on id, bare from child;
"""
_DAMAGES = {
    "an extension": (
        "update pg_extension set extnamespace = 1 where extname = 'plpgsql'",
        Place(name="plpgsql"),
        "the schema of the extension plpgsql",
    ),
    "an FK's action": (
        "update pg_constraint set confdeltype = 'z' where conname = 'to_other'",
        Place(schema_name="public", table="child", constraint="to_other"),
        "the referential action 'z'",
    ),
    "a default": (
        "update pg_attribute set atthasdef = true where attrelid = 'child'::regclass and attname = 'bare'",
        Place(schema_name="public", table="child", column="bare"),
        "the default of public.child.bare",
    ),
    "a view": (
        "delete from pg_rewrite where ev_class = 'seen'::regclass",
        Place(schema_name="public", table="seen"),
        "the view public.seen",
    ),
    "an identity": (
        "update pg_attribute set attidentity = 'z' where attrelid = 'child'::regclass and attname = 'id'",
        Place(schema_name="public", table="child", column="id"),
        "the identity 'z'",
    ),
    "a storage": (
        "update pg_attribute set attstorage = 'z' where attrelid = 'child'::regclass and attname = 'bare'",
        Place(schema_name="public", table="child", column="bare"),
        "the storage 'z'",
    ),
    "a generation": (
        "update pg_attribute set attgenerated = 'z' where attrelid = 'child'::regclass and attname = 'twice'",
        Place(schema_name="public", table="child", column="twice"),
        "the generation 'z'",
    ),
    "a replica identity": (
        "update pg_class set relreplident = 'z' where oid = 'child'::regclass",
        Place(schema_name="public", table="child"),
        "the replica identity 'z'",
    ),
    "a policy's role": (
        "update pg_policy set polroles = '{1}' where polname = 'mine'",
        Place(schema_name="public", table="child", name="mine"),
        "the policy mine names a role that does not exist",
    ),
    "a trigger": (
        "update pg_trigger set tgenabled = 'z' where tgname = 'second'",
        Place(schema_name="public", table="child", name="second"),
        "the trigger state 'z'",
    ),
    "a rule": (
        "update pg_rewrite set ev_enabled = 'z' where rulename = 'quiet'",
        Place(schema_name="public", table="parent", name="quiet"),
        "the rule state 'z'",
    ),
    "a policy": (
        "update pg_policy set polcmd = 'z' where polname = 'mine'",
        Place(schema_name="public", table="child", name="mine"),
        "the policy command 'z'",
    ),
    "a statistics object": (
        "update pg_statistic_ext set stxkind = '{z}' where stxname = 's'",
        Place(schema_name="public", table="child", name="s"),
        "the statistics kind 'z'",
    ),
}


def _rest(schema: DatabaseSchema) -> dict[str, set[str]]:
    """Return what hangs on each table, as texts."""
    return {
        table.name: {
            repr(each)
            for each in (
                *table.columns,
                *table.constraints,
                *table.indexes,
                *table.triggers,
                *table.rules,
                *table.policies,
                *table.statistics,
            )
        }
        for table in schema.schemas[0].tables
    }


@pytest.mark.parametrize("what", _DAMAGES)
def test_what_cannot_be_captured(what: str, database: str, tmp_path: Path) -> None:
    """One warning names the object and its place; all else is what it was; strict exits 4, with the artefacts."""
    damage, place, said = _DAMAGES[what]
    run(database, _SHAPES)
    before = _rest(capture(database).schema)
    run(database, f"set allow_system_table_mods = on; {damage}")
    lenient = watch(database, tmp_path / "lenient")
    assert lenient.outcome.exit_code is ExitCode.OK, lenient.outcome.error
    lost = [each for each in lenient.outcome.warnings if each.code is WarningCode.INCOMPLETE_CAPTURE]
    assert [each.where for each in lost] == [place]
    assert said in lost[0].message
    assert lenient.outcome.schema is not None
    after = _rest(lenient.outcome.schema)
    assert after.keys() == before.keys()
    assert sum(len(before[table] - after[table]) for table in before) <= 1

    strict = watch(database, tmp_path / "strict", top={"strict": True})
    assert strict.outcome.exit_code is ExitCode.STRICT
    assert strict.outcome.error is not None
    assert said in strict.outcome.error.message
    assert strict.schema_json == lenient.schema_json
