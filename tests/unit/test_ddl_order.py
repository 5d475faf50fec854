"""What stands before what in the SQL of a schema, and what a child adds to its parents."""

from typing import Any

import pytest

from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.model.base import UsedObject
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import TableKind, TableReference
from datalchemy.model.types import (
    Composite,
    CompositeAttribute,
    Domain,
    ElementType,
    Enum,
    Range,
    TypeKind,
    TypeReference,
)
from tests.unit.builders import (
    INTEGER,
    check,
    column,
    database,
    foreign_key,
    index,
    partition_key,
    partition_of,
    primary_key,
    public,
    public_name,
    schema,
    table,
    unique,
    user_type,
    view,
)
from tests.unit.ddl_written import PARENT, made


def test_types_stand_before_what_uses_them() -> None:
    """The order follows use and not names: also through arrays, row types and multiranges."""
    of_rows = TypeReference(
        schema_name="public",
        name="_z_table",
        kind=TypeKind.ARRAY,
        element=ElementType(schema_name="public", name="z_table", kind=TypeKind.COMPOSITE),
    )
    attribute = CompositeAttribute(name="x", ordinal=1, data_type="public.z_table[]", type=of_rows)
    written = made(
        table("z_table", [column("a", data_type="public.z", type=user_type("z", TypeKind.DOMAIN))]),
        domains=(
            Domain(name="y", data_type="public.z", type=user_type("z", TypeKind.DOMAIN), nullable=True),
            Domain(name="z", data_type="public.m", type=user_type("m", TypeKind.MULTIRANGE), nullable=True),
        ),
        composites=(Composite(name="a", attributes=(attribute,)),),
        ranges=(Range(name="r", data_type="integer", type=INTEGER, multirange=public_name("m")),),
    )
    assert [one.split('"')[3] for one in written] == ["r", "z", "y", "z_table", "a"]


def test_foreign_keys_stand_behind_every_key() -> None:
    """Tables in a circle load: no FK before the last key."""
    a = table("a", ["id", "b_id"], [primary_key("id"), foreign_key("b_id", "b")])
    b = table("b", ["id", "a_id"], [primary_key("id"), foreign_key("a_id", "a")])
    kinds = ["FK" if "FOREIGN KEY" in one else "PK" if "PRIMARY KEY" in one else "T" for one in made(a, b)]
    assert kinds == ["T", "T", "PK", "PK", "FK", "FK"]


def inherited(value: Any, **facts: Any) -> Any:
    """Return what comes down from a parent only."""
    return value.model_copy(update={"local": False, "inherited": True} | facts)


def test_a_child_has_its_own_columns_only() -> None:
    """What a parent brings is not written again, but for what the child changed."""
    parent = table("parent", [column("a", default="1"), column("b"), column("c", nullable=False)], [check("k")])
    child = table(
        "child",
        [
            inherited(column("a")),
            inherited(column("b", nullable=False, default="2")),
            inherited(column("c", nullable=False)),
            column("own"),
        ],
        [inherited(check("k")), check("own")],
        inherits=PARENT,
    )
    assert made(child, parent)[1:] == [
        'CREATE TABLE "public"."child" ( "own" integer, CONSTRAINT "own" CHECK (true) ) INHERITS ("public"."parent")',
        'ALTER TABLE ONLY "public"."child" ALTER COLUMN "a" DROP DEFAULT',
        'ALTER TABLE ONLY "public"."child" ALTER COLUMN "b" SET DEFAULT 2',
        'ALTER TABLE ONLY "public"."child" ALTER COLUMN "b" SET NOT NULL',
    ]


def test_a_child_that_has_it_all_itself_is_adopted() -> None:
    """Its columns stand in its own order, which CREATE TABLE ... INHERITS would not keep."""
    both = {"local": True, "inherited": True}
    parent = table("parent", ["a", "b"], [check("k")])
    child = table("child", [column("b", **both), column("a", **both)], [inherited(check("k"), **both)], inherits=PARENT)
    assert made(child, parent)[1:] == [
        'CREATE TABLE "public"."child" ( "b" integer, "a" integer, CONSTRAINT "k" CHECK (true) )',
        'ALTER TABLE ONLY "public"."child" INHERIT "public"."parent"',
    ]


def test_a_constraint_that_is_not_validated_is_added_to_children_first() -> None:
    """A child's own merges with its parent's when that comes down; the other way round the server refuses it."""
    late = check("late").model_copy(update={"validated": False, "raw_sql": "CHECK (true) NOT VALID"})
    child = table("a_child", ["a"], [inherited(late, local=True)], inherits=PARENT)
    last = [one.split('"')[3] for one in made(child, table("parent", ["a"], [late])) if "ADD CONSTRAINT" in one]
    assert last == ["a_child", "parent"]


def test_a_child_without_its_parent_stands_alone() -> None:
    """Where the parent is not in the file, everything is the child's own."""
    child = table("child", [inherited(column("a"))], [inherited(check("k"))], inherits=PARENT)
    assert made(child) == ['CREATE TABLE "public"."child" ( "a" integer, CONSTRAINT "k" CHECK (true) )']


def test_a_constraint_that_was_validated_in_the_child_is_so_again() -> None:
    """A parent's NOT VALID comes down as such: what the child validated since is validated anew."""
    late = check("late").model_copy(update={"validated": False, "raw_sql": "CHECK (true) NOT VALID"})
    child = table("child", [inherited(column("a"))], [inherited(check("late"))], inherits=PARENT)
    assert made(child, table("parent", ["a"], [late]))[-2:] == [
        'ALTER TABLE "public"."parent" ADD CONSTRAINT "late" CHECK (true) NOT VALID',
        'ALTER TABLE "public"."child" VALIDATE CONSTRAINT "late"',
    ]


def test_partitions_are_attached() -> None:
    """A partition is made by itself and attached, its indexes after it; copies of FKs come down from the root."""
    key = partition_key("a")
    fk = foreign_key("a", "t")
    root = table(
        "root",
        ["a"],
        [check("k"), primary_key("a", name="root_pk"), fk],
        kind=TableKind.PARTITIONED_TABLE,
        partition_key=key,
        indexes=(index("root_i", "a"), index("root_pk", "a", constraint="root_pk")),
    )
    leaf = table(
        "leaf",
        [inherited(column("a"))],
        [inherited(check("k")), inherited(primary_key("a", name="leaf_pk")), inherited(fk)],
        partition_of=partition_of("root", bound="FOR VALUES FROM (1) TO (2)"),
        indexes=(
            index("leaf_i", "a", parent=public_name("root_i")),
            index("leaf_pk", "a", constraint="leaf_pk", parent=public_name("root_pk")),
        ),
    )
    assert made(leaf, root, table("t", ["id"]))[:2] == [
        'CREATE TABLE "public"."leaf" ( "a" integer, CONSTRAINT "k" CHECK (true) )',
        'CREATE TABLE "public"."root" ( "a" integer, CONSTRAINT "k" CHECK (true) ) PARTITION BY RANGE (a)',
    ]
    assert made(leaf, root, table("t", ["id"]))[3:] == [
        'ALTER TABLE ONLY "public"."root" ATTACH PARTITION "public"."leaf" FOR VALUES FROM (1) TO (2)',
        'ALTER TABLE ONLY "public"."leaf" ADD CONSTRAINT "leaf_pk" PRIMARY KEY ("a")',
        'ALTER TABLE ONLY "public"."root" ADD CONSTRAINT "root_pk" PRIMARY KEY ("a")',
        "CREATE INDEX leaf_i ON public.t USING btree (a)",
        "CREATE INDEX root_i ON public.t USING btree (a)",
        'ALTER INDEX "public"."root_i" ATTACH PARTITION "public"."leaf_i"',
        'ALTER INDEX "public"."root_pk" ATTACH PARTITION "public"."leaf_pk"',
        'ALTER TABLE "public"."root" ADD CONSTRAINT "a_fk" FOREIGN KEY ("a") REFERENCES "public"."t"("id")',
    ]


def test_typed_tables() -> None:
    """A typed table names its type, and of its columns what the type does not say."""
    t = table("t", ["a", column("b", nullable=False, default="1")], of_type=public_name("co"))
    assert made(t) == ['CREATE TABLE "public"."t" OF "public"."co" ( "b" WITH OPTIONS DEFAULT 1 NOT NULL )']
    assert made(table("t", ["a"], of_type=public_name("co"))) == ['CREATE TABLE "public"."t" OF "public"."co"']


def test_views_stand_behind_what_they_show() -> None:
    """A view comes after its tables and the views that it shows; one that groups comes after their keys, too."""
    written = made(
        view("a", " SELECT 1;", "z"),
        table("t", ["a"], [primary_key("a")]),
        view("z", " SELECT a FROM public.t GROUP BY a;", "t"),
        view("m", " SELECT 2;", kind=TableKind.MATERIALIZED_VIEW),
    )
    assert written[1:] == [
        'CREATE MATERIALIZED VIEW "public"."m" AS SELECT 2 WITH NO DATA',
        'ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "pk" PRIMARY KEY ("a")',
        'CREATE VIEW "public"."z" AS SELECT a FROM public.t GROUP BY a',
        'CREATE VIEW "public"."a" AS SELECT 1',
    ]


def test_views_in_a_circle() -> None:
    """Of views that show each other the first is a stub until the others are there."""
    assert made(view("a", "SELECT 1", "b"), view("b", "SELECT 2", "a"), view("c", "SELECT 3", "b")) == [
        'CREATE VIEW "public"."a" AS SELECT NULL::integer AS "a"',
        'CREATE VIEW "public"."b" AS SELECT 2',
        'CREATE OR REPLACE VIEW "public"."a" AS SELECT 1',
        'CREATE VIEW "public"."c" AS SELECT 3',
    ]


def test_tables_in_a_circle_of_types_are_all_written() -> None:
    """Tables that are each other's column types cannot be made one after the other: still none is left out."""
    a = table("a", [column("x", data_type="public.b", type=user_type("b", TypeKind.COMPOSITE))])
    b = table("b", [column("x", data_type="public.a", type=user_type("a", TypeKind.COMPOSITE))])
    assert [one.split('"')[3] for one in made(a, b)] == ["a", "b"]


def test_every_schema_is_made_first() -> None:
    """Objects may lean on objects of any schema."""
    empty: DatabaseSchema = database(schema("a", table("t")), schema("b"), schema("brought", extension="x"))
    assert script(empty).statements[:2] == ('CREATE SCHEMA IF NOT EXISTS "a"', 'CREATE SCHEMA IF NOT EXISTS "b"')
    assert "brought" not in script(empty).text()


def test_the_script_is_the_same_each_time() -> None:
    """The same file gives the same script."""
    one = public(table("t", ["a"], [unique("u", "a"), check("c")]))
    assert script(one).text() == script(DatabaseSchema.model_validate_json(one.to_json())).text()


def sections(schema: DatabaseSchema) -> dict[str, list[str]]:
    """Return the beginnings of the statements of each section."""
    made_of: dict[str, list[str]] = {}
    for part in script(schema).parts:
        made_of.setdefault(part.section, []).extend(" ".join(one.split()[:4]) for one in part.statements)
    return made_of


CALLING = (UsedObject(kind="function", schema_name="public", name="f", arguments=()),)
BROUGHT = (UsedObject(kind="function", schema_name="x", name="g", arguments=(), extension="ext"),)


def test_sections() -> None:
    """Keys, indexes and constraints are behind the data, and so are the comments on them; the rest is before it."""
    t = table(
        "t",
        [column("a", comment="c")],
        [primary_key("a"), foreign_key("a", "t"), check("k").model_copy(update={"comment": "c"})],
        indexes=(index("i", "a"),),
        row_security_enabled=True,
    )
    assert sections(public(t, view("v", "SELECT 1", "t"), enums=(Enum(name="e", labels=()),))) == {
        "pre-data": [
            "CREATE SCHEMA IF NOT",
            'CREATE TYPE "public"."e" AS',
            'CREATE TABLE "public"."t" (',
            'CREATE VIEW "public"."v" AS',
            'COMMENT ON COLUMN "public"."t"."a"',
        ],
        "post-data": [
            'ALTER TABLE ONLY "public"."t"',
            "CREATE INDEX i ON",
            'ALTER TABLE ONLY "public"."t"',
            'ALTER TABLE "public"."t" ENABLE',
            'COMMENT ON CONSTRAINT "k"',
        ],
    }


def test_a_section_by_itself() -> None:
    """Each section can be loaded by itself; there are no data, and what is not rendered is named behind them."""
    made_of = script(public(table("t", ["a"], [primary_key("a")], triggers=())))
    head = made_of.text(sections=["data"])
    assert "CREATE" not in head
    before, behind = (made_of.text(sections=[one]) for one in ("pre-data", "post-data"))
    assert [one.startswith(head.rstrip()) for one in (before, behind)] == [True, True]
    assert ["CREATE TABLE" in one for one in (before, behind)] == [True, False]
    assert made_of.text(sections=["post-data", "pre-data"]) == made_of.text()


def test_what_calls_functions_is_behind_the_data() -> None:
    """A function may need types and tables that the script makes; those that an extension brings are there before."""
    called = check("k", "public.f()").model_copy(update={"uses": CALLING})
    t = table(
        "t", [column("a", default="public.f()", uses=CALLING), column("b", default="x.g()", uses=BROUGHT)], [called]
    )
    made_of = sections(public(t, view("a", "SELECT 1", uses=CALLING), view("b", "SELECT 2", "a")))
    assert made_of["pre-data"] == ["CREATE SCHEMA IF NOT", 'CREATE TABLE "public"."t" (']
    assert made_of["post-data"] == [
        'ALTER TABLE ONLY "public"."t"',
        'CREATE VIEW "public"."a" AS',
        'CREATE VIEW "public"."b" AS',
        'ALTER TABLE "public"."t" ADD',
    ]
    assert made(t)[0] == 'CREATE TABLE "public"."t" ( "a" integer, "b" integer DEFAULT x.g() )'


@pytest.mark.parametrize("array", [False, True])
def test_a_domain_that_calls_a_function(array: bool) -> None:
    """Its CHECK is added behind the data; a domain inside an array takes none later, so it is made there as a whole."""
    rule = check("k", "public.f(VALUE)").model_copy(update={"uses": CALLING})
    d = Domain(name="d", data_type="integer", type=INTEGER, nullable=True, constraints=(rule,))
    element = ElementType(schema_name="public", name="d", kind=TypeKind.DOMAIN)
    listed = TypeReference(schema_name="public", name="_d", kind=TypeKind.ARRAY, element=element)
    used = listed if array else user_type("d", TypeKind.DOMAIN)
    made_of = sections(public(table("t", [column("a", data_type="public.d", type=used)]), domains=(d,)))
    whole = ['CREATE DOMAIN "public"."d" AS', 'CREATE TABLE "public"."t" (']
    assert made_of["pre-data"][1:] == ([] if array else whole)
    assert made_of["post-data"] == (whole if array else ['ALTER DOMAIN "public"."d" ADD'])


def test_an_expression_that_names_a_type_of_another_table_is_late() -> None:
    """CREATE TABLE has what needs its columns' own types only; a domain comes after the types that its rules name."""
    used = (UsedObject(kind="type", schema_name="public", name="z"),)
    late = check("k").model_copy(update={"uses": used})
    t = table("a", [column("x", default="1", uses=used)], [late])
    d = Domain(name="b", data_type="integer", type=INTEGER, nullable=True, default="2", uses=used)
    assert made(t, table("z", ["y"]), domains=(d,))[1:] == [
        'CREATE TABLE "public"."z" ( "y" integer )',
        'CREATE DOMAIN "public"."b" AS integer DEFAULT 2',
        'ALTER TABLE ONLY "public"."a" ALTER COLUMN "x" SET DEFAULT 1',
        'ALTER TABLE "public"."a" ADD CONSTRAINT "k" CHECK (true)',
    ]
    own = table("a", [column("x", type=user_type("z", TypeKind.COMPOSITE), default="1", uses=used)], [late])
    assert made(own, table("z", ["y"]))[-1] == (
        'CREATE TABLE "public"."a" ( "x" integer DEFAULT 1, CONSTRAINT "k" CHECK (true) )'
    )


def test_foreign_tables_and_access_methods_come_last() -> None:
    """What may need what the file does not hold comes behind all else, with its partitions and all that needs it."""
    far = table("a_far", ["a"], kind=TableKind.FOREIGN_TABLE, server="s", comment="c")
    root = table("a_root", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("a"))
    leaves = [
        table("a_leaf", ["a"], partition_of=partition_of("a_root"), access_method="columnar"),
        table("b_leaf", ["a"], partition_of=partition_of("a_root")),
    ]
    near = table("near", ["a"], [primary_key("a"), foreign_key("a", "a_root")])
    written = made(far, root, *leaves, near, view("v", "SELECT 1", "a_far"))
    assert [one.split("(")[0].strip() for one in written][:2] == [
        'CREATE TABLE "public"."near"',
        'ALTER TABLE ONLY "public"."near" ADD CONSTRAINT "pk" PRIMARY KEY',
    ]
    assert len(written) == 11


def test_a_column_that_a_parent_got_later_is_added_later() -> None:
    """CREATE TABLE puts a parent's columns first; one behind the child's own is added when the child is there."""
    parent = table("parent", ["a", column("b", nullable=False, default="1")], [check("k", "b > 0", "b")])
    late = column("b", nullable=False, default="2")
    child = table("child", [inherited(column("a")), column("own"), inherited(late), column("more")], inherits=PARENT)
    assert made(child, parent) == [
        'CREATE TABLE "public"."parent" ( "a" integer )',
        'CREATE TABLE "public"."child" ( "own" integer ) INHERITS ("public"."parent")',
        'ALTER TABLE "public"."parent" ADD COLUMN "b" integer DEFAULT 1 NOT NULL',
        'ALTER TABLE "public"."child" ADD COLUMN "more" integer',
        'ALTER TABLE ONLY "public"."child" ALTER COLUMN "b" SET DEFAULT 2',
        'ALTER TABLE "public"."parent" ADD CONSTRAINT "k" CHECK (b > 0)',
    ]


def test_a_view_comes_after_columns_that_are_added_later() -> None:
    """What needs a table needs all its columns."""
    child = table("child", [column("own"), inherited(column("a"))], inherits=PARENT)
    written = made(child, table("parent", ["a"]), view("v", "SELECT a", "parent"))
    assert [" ".join(one.split()[:2]) for one in written] == [
        "CREATE TABLE",
        "CREATE TABLE",
        "ALTER TABLE",
        "CREATE VIEW",
    ]


def test_an_order_of_columns_that_is_not_kept_is_named() -> None:
    """Where no order of adding gives a child the order of its columns, its parents' come first: a comment says so."""
    other = (TableReference(schema_name="public", table="parent"), TableReference(schema_name="public", table="other"))
    parents = [table("parent", ["a", "b"]), table("other", ["b", "a"])]
    merged = table("merged", [column("own"), inherited(column("b")), inherited(column("a"))], inherits=other)
    text = script(public(merged, *parents)).text()
    assert "ADD COLUMN" not in text
    assert text.splitlines()[-1] == (
        '-- not rendered: the order of the columns of "public"."merged": those of its parents come first'
    )


def test_parents_in_a_circle_are_written() -> None:
    """An edited file may say that tables are each other's parents: its script fails on a server, and is written."""
    child = table("parent", [column("own"), inherited(column("a"))], inherits=PARENT)
    assert len(made(child)) == 1
