"""What a filter chooses, and what it leaves out, on a real server."""

import datalchemy
from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.servers import Server, load_sql


def test_a_schema_whose_name_is_a_glob_can_be_named(database: str) -> None:
    """`[x]` reads the schema of that name where there is one, not `x`; an FK from there to `x` leads outside."""
    load_sql(
        database,
        """create schema x; create schema "[x]"; create table x.t (id int primary key);
        create table "[x]".u (id int references x.t); create schema "a*"; create schema ab;""",
    )
    for pattern in ("[x]", "[[]x]"):
        found = capture(database, pattern)
        assert [one.name for one in found.schema.schemas] == ["[x]"]
        assert [one.code for one in found.warnings] == ["schemas_left_out", "outside_filter"]
    assert [one.name for one in capture(database, "a*").schema.schemas] == ["a*"]
    assert [one.name for one in capture(database, "[xy]").schema.schemas] == ["x"]


_ACROSS = """
create schema far;
create table far.parted (id int generated always as identity, k int) partition by list (k);
create table public.part_1 partition of far.parted for values in (1);
create table far.parent (id int);
create table public.child (x int) inherits (far.parent);
create table public.root (k int) partition by list (k);
create table far.leaf partition of public.root for values in (1);
create table public.leaf_2 partition of public.root for values in (2);
create table public.base (id int);
create sequence far.counter;
create table public.counting (id int default nextval('far.counter'), own serial);
create table far.heir () inherits (public.base);
create view public.seen as select id from far.parent;
create view public.seen_again as select id from public.seen;
create view public.system as select 1 as a from information_schema.tables, pg_stat_activity;
"""


def test_what_leads_outside_is_said(database: str) -> None:
    """Parents, partitions and tables that a view reads, each outside the schemas or the tables asked for."""
    load_sql(database, _ACROSS)
    outside = [one.message for one in capture(database, "public").warnings if one.code == "outside_filter"]
    assert outside == [
        'table "public"."base" has children that the filter leaves out: "far"."heir"',
        'table "public"."root" has partitions that the filter leaves out: "far"."leaf"',
        'table "public"."child" is a child of "far"."parent", which the filter leaves out',
        'column "id" of table "public"."counting" uses the sequence "far"."counter", which the filter leaves out',
        'table "public"."part_1" is a partition of "far"."parted", which the filter leaves out',
        'view "public"."seen" reads "far"."parent", which the filter leaves out',
    ]
    assert [one for one in capture(database).warnings if one.code == "outside_filter"] == []
    narrow = datalchemy.introspect(database, include_schemas=("public",), exclude_tables=("leaf*", "seen"))
    outside = [one.message for one in narrow.warnings if one.code == "outside_filter"]
    assert outside[1] == 'table "public"."root" has partitions that the filter leaves out: ' + (
        '"far"."leaf", "public"."leaf_2"'
    )
    assert outside[-1] == 'view "public"."seen_again" reads "public"."seen", which the filter leaves out'


def test_a_filtered_structure_loads(database: str, server: Server) -> None:
    """The DDL of a filtered file loads in one pass; it names what it lacks."""
    load_sql(database, _ACROSS)
    text = script(capture(database, "public").schema).text()
    assert text.count("-- not rendered") == 6
    empty = server.new_database()
    load_sql(empty, text)
    assert "seen" not in {one.name for one in capture(empty, "public").schema.schemas[0].tables}
    server.drop_database(empty)
