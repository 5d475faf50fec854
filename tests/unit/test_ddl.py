"""DDL from schema.json alone: what each fact becomes, and in which order."""

from typing import Any

import pytest

from datalchemy.core.base import Parameter, QualifiedName
from datalchemy.core.constraints import (
    Exclude,
    ExcludeElement,
    ForeignKey,
    Match,
    PrimaryKey,
    ReferentialAction,
    Unique,
)
from datalchemy.core.ddl import render, statements
from datalchemy.core.schema import DatabaseSchema
from datalchemy.core.table import (
    GenerationKind,
    Identity,
    IdentityGeneration,
    IndexKey,
    Persistence,
    Statistics,
    Table,
    TableKind,
    TableReference,
    Trigger,
)
from datalchemy.core.types import (
    ColumnName,
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
    INT4_OPS,
    INTEGER,
    OPTIONS,
    check,
    column,
    database,
    foreign_key,
    index,
    not_null,
    partition_key,
    partition_of,
    primary_key,
    public,
    schema,
    sequence,
    table,
    unique,
)

COUNTED = "START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1 NO CYCLE"
CREATED = 'CREATE SCHEMA IF NOT EXISTS "public"'
PARENT = (TableReference(schema_name="public", table="parent"),)


def made(*tables: Table, **facts: Any) -> list[str]:
    """Return the statements for a schema `public`, each on one line, without that which makes the schema."""
    written = [" ".join(statement.split()) for statement in statements(public(*tables, **facts))]
    assert written[0] == CREATED
    return written[1:]


def public_name(name: str) -> QualifiedName:
    """Return the name of an object of public."""
    return QualifiedName(schema_name="public", name=name)


def user_type(name: str, kind: TypeKind) -> TypeReference:
    """Return a use of a type of public."""
    return TypeReference(schema_name="public", name=name, kind=kind)


def view(name: str, definition: str, *depends_on: str, **facts: Any) -> Table:
    """Return a view on tables of public."""
    given: dict[str, Any] = {"kind": TableKind.VIEW, "definition": definition} | facts
    below = tuple(TableReference(schema_name="public", table=one) for one in depends_on)
    return table(name, ["a"], depends_on=below, **given)


def test_the_script_needs_no_search_path() -> None:
    """The script sets what its text depends on, and ends each statement."""
    script = render(public(table("t", ["a"])))
    assert script.startswith("SET client_encoding = 'UTF8';\n")
    assert "SELECT pg_catalog.set_config('search_path', '', false);" in script
    assert script.endswith(';\n\nCREATE TABLE "public"."t" (\n    "a" integer\n);\n')


def test_names_are_quoted() -> None:
    """A name may hold anything: a quote is doubled, and nothing else is changed."""
    assert made(table('a "b"\n;--', ['sélect "x"'])) == [
        'CREATE TABLE "public"."a ""b"" ;--" ( "sélect ""x""" integer )'
    ]


def test_texts_are_quoted() -> None:
    """A comment may hold quotes and backslashes."""
    assert made(table("t", comment="it's \\ here"))[-1] == "COMMENT ON TABLE \"public\".\"t\" IS 'it''s \\ here'"


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({}, '"a" integer'),
        ({"nullable": False}, '"a" integer NOT NULL'),
        ({"default": "1"}, '"a" integer DEFAULT 1'),
        (
            {"data_type": "text", "collation": QualifiedName(schema_name="pg_catalog", name="C")},
            '"a" text COLLATE "pg_catalog"."C"',
        ),
        (
            {"is_generated": True, "generation_kind": GenerationKind.VIRTUAL, "generation_expression": "b"},
            '"a" integer GENERATED ALWAYS AS (b) VIRTUAL',
        ),
        (
            {"is_generated": True, "generation_kind": GenerationKind.STORED, "generation_expression": "b"},
            '"a" integer GENERATED ALWAYS AS (b) STORED',
        ),
    ],
)
def test_columns(facts: dict[str, Any], written: str) -> None:
    """A column tells its type, collation, generation, default and NOT NULL."""
    assert made(table("t", [column("a", **facts)])) == [f'CREATE TABLE "public"."t" ( {written} )']


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({"storage": "external"}, "SET STORAGE EXTERNAL"),
        ({"compression": "lz4"}, "SET COMPRESSION lz4"),
        ({"statistics_target": 9}, "SET STATISTICS 9"),
        ({"parameters": (Parameter(name="n_distinct", value="-1"),)}, "SET (\"n_distinct\" = '-1')"),
    ],
)
def test_storage(facts: dict[str, Any], written: str) -> None:
    """How a column is kept is said after its table."""
    assert made(table("t", [column("a", **facts)]))[1:] == [f'ALTER TABLE ONLY "public"."t" ALTER COLUMN "a" {written}']


def test_facts_of_a_table() -> None:
    """Persistence, access method and parameters stand at the table; a toast parameter keeps its prefix."""
    parameters = (Parameter(name="fillfactor", value="7'0"), Parameter(name="toast.autovacuum_enabled", value="false"))
    t = table("t", persistence=Persistence.UNLOGGED, access_method="columns", parameters=parameters)
    assert made(t) == [
        'CREATE UNLOGGED TABLE "public"."t" () USING "columns"'
        " WITH (\"fillfactor\" = '7''0', \"toast\".\"autovacuum_enabled\" = 'false')"
    ]


def test_foreign_tables() -> None:
    """A foreign table names its server; its options are not in the file."""
    assert made(table("t", ["a"], kind=TableKind.FOREIGN_TABLE, server="far")) == [
        'CREATE FOREIGN TABLE "public"."t" ( "a" integer ) SERVER "far"'
    ]


def test_an_identity_makes_its_sequence() -> None:
    """The sequence of an identity comes with its column, and with its own name and options."""
    identity = Identity(generation=IdentityGeneration.BY_DEFAULT, sequence=public_name("s"), options=OPTIONS)
    owned = sequence("s", owned_by=ColumnName(schema_name="public", table="t", column="a"), identity=True)
    assert made(table("t", [column("a", nullable=False, identity=identity)]), sequences=(owned,)) == [
        'CREATE TABLE "public"."t" ( "a" integer GENERATED BY DEFAULT AS IDENTITY'
        f' (SEQUENCE NAME "public"."s" {COUNTED}) NOT NULL )'
    ]


def test_a_serial_gets_its_sequence_back() -> None:
    """A sequence is made before the default that names it, and owned once the table is there."""
    serial = column("a", default="nextval('public.s'::regclass)", sequence=public_name("s"))
    owned = sequence("s", owned_by=ColumnName(schema_name="public", table="t", column="a"))
    first, _, last = made(table("t", [serial]), sequences=(owned,))
    assert first == f'CREATE SEQUENCE "public"."s" AS integer {COUNTED}'
    assert last == 'ALTER SEQUENCE "public"."s" OWNED BY "public"."t"."a"'


def test_types() -> None:
    """Enums, domains, composites and ranges are made with all their facts."""
    attribute = CompositeAttribute(name="x", ordinal=1, data_type="integer", type=INTEGER)
    late = check("late", "VALUE < 9").model_copy(update={"validated": False, "raw_sql": "CHECK (VALUE < 9) NOT VALID"})
    assert made(
        enums=(Enum(name="e", labels=("a", "it's")), Enum(name="none", labels=())),
        domains=(
            Domain(
                name="d",
                data_type="integer",
                type=INTEGER,
                nullable=False,
                default="1",
                constraints=(check("c", "VALUE > 0"), late, not_null("nn")),
            ),
        ),
        composites=(Composite(name="co", attributes=(attribute,)),),
        ranges=(
            Range(name="r", data_type="integer", type=INTEGER, multirange=public_name("m"), operator_class=INT4_OPS),
        ),
    ) == [
        'CREATE TYPE "public"."co" AS ( "x" integer )',
        'CREATE DOMAIN "public"."d" AS integer DEFAULT 1 CONSTRAINT "nn" NOT NULL CONSTRAINT "c" CHECK (VALUE > 0)',
        'ALTER DOMAIN "public"."d" ADD CONSTRAINT "late" CHECK (VALUE < 9) NOT VALID',
        "CREATE TYPE \"public\".\"e\" AS ENUM ('a', 'it''s')",
        'CREATE TYPE "public"."none" AS ENUM ()',
        'CREATE TYPE "public"."r" AS RANGE ( SUBTYPE = integer, SUBTYPE_OPCLASS = "pg_catalog"."int4_ops",'
        ' MULTIRANGE_TYPE_NAME = "public"."m" )',
    ]


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


KEY_CASES = [
    (primary_key("a", "b"), 'PRIMARY KEY ("a", "b")'),
    (PrimaryKey(name="pk", columns=("a", "b"), without_overlaps=True), 'PRIMARY KEY ("a", "b" WITHOUT OVERLAPS)'),
    (Unique(name="pk", columns=("a",), include=("b",)), 'UNIQUE ("a") INCLUDE ("b")'),
    (Unique(name="pk", columns=("a",), nulls_not_distinct=True), 'UNIQUE NULLS NOT DISTINCT ("a")'),
    (Unique(name="pk", columns=("a",), deferrable=True), 'UNIQUE ("a") DEFERRABLE'),
    (
        Unique(name="pk", columns=("a",), deferrable=True, initially_deferred=True),
        'UNIQUE ("a") DEFERRABLE INITIALLY DEFERRED',
    ),
    (
        Exclude(
            name="pk",
            method="gist",
            elements=(ExcludeElement(column="a", operator=QualifiedName(schema_name="pg_catalog", name="=")),),
            definition="EXCLUDE USING gist (a WITH =)",
        ),
        "EXCLUDE USING gist (a WITH =)",
    ),
]


@pytest.mark.parametrize(("constraint", "written"), KEY_CASES)
def test_keys(constraint: Any, written: str) -> None:
    """A key makes its own index: the index of its name is not created beside it."""
    t = table("t", ["a", "b"], [constraint], indexes=(index("pk", "a", constraint="pk"),))
    assert made(t)[1:] == [f'ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "pk" {written}']


def test_parameters_of_a_key() -> None:
    """The storage parameters of a key's index stand at the key."""
    parameters = (Parameter(name="fillfactor", value="70"),)
    t = table("t", ["a"], [primary_key("a")], indexes=(index("pk", "a", constraint="pk", parameters=parameters),))
    assert made(t)[-1].endswith('PRIMARY KEY ("a") WITH ("fillfactor" = \'70\')')


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({}, ""),
        ({"match": Match.FULL}, " MATCH FULL"),
        ({"on_update": ReferentialAction.CASCADE}, " ON UPDATE CASCADE"),
        ({"on_delete": ReferentialAction.RESTRICT}, " ON DELETE RESTRICT"),
        (
            {"on_delete": ReferentialAction.SET_DEFAULT, "on_delete_columns": ("x",)},
            ' ON DELETE SET DEFAULT ("x")',
        ),
        ({"deferrable": True}, " DEFERRABLE"),
        ({"validated": False}, " NOT VALID"),
        ({"validated": False, "enforced": False}, " NOT ENFORCED"),
    ],
)
def test_foreign_keys(facts: dict[str, Any], written: str) -> None:
    """An FK tells its match, actions, deferral and state."""
    t = table("t", ["x", "id"], [foreign_key("x", "t", **facts)])
    assert made(t)[1:] == [
        f'ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "x_fk" FOREIGN KEY ("x") REFERENCES "public"."t"("id"){written}'
    ]


def test_a_period_is_the_last_pair() -> None:
    """A temporal FK names its period at both ends."""
    fk = ForeignKey(
        name="f", columns=("a", "b"), ref_schema="public", ref_table="t", ref_columns=("c", "d"), period=True
    )
    assert made(table("t", ["a", "b", "c", "d"], [fk]))[-1].endswith(
        'FOREIGN KEY ("a", PERIOD "b") REFERENCES "public"."t"("c", PERIOD "d")'
    )


def test_foreign_keys_stand_behind_every_key() -> None:
    """Tables in a circle load: no FK before the last key."""
    a = table("a", ["id", "b_id"], [primary_key("id"), foreign_key("b_id", "b")])
    b = table("b", ["id", "a_id"], [primary_key("id"), foreign_key("a_id", "a")])
    kinds = ["FK" if "FOREIGN KEY" in one else "PK" if "PRIMARY KEY" in one else "T" for one in made(a, b)]
    assert kinds == ["T", "T", "PK", "PK", "FK", "FK"]


def test_what_is_not_rendered_is_named() -> None:
    """An FK to a table outside the file, triggers and invalid indexes stand as comments at the end."""
    trigger = Trigger(name="g\n;", timing="before", events=("insert",), row=True, function=INT4_OPS, enabled="origin")
    t = table(
        "t",
        ["a"],
        [foreign_key("a", "far", ref_schema="other")],
        indexes=(index("i", "a", valid=False),),
        triggers=(trigger,),
    )
    assert [line for line in render(public(t)).splitlines() if line.startswith("--")] == [
        '-- not rendered: trigger "g ;" on "public"."t"',
        '-- not rendered: invalid index "i" on "public"."t"',
        '-- not rendered: foreign key "a_fk" on "public"."t" to "other"."far", which is not in the file',
    ]
    assert "FOREIGN KEY" not in render(public(t))


def test_extensions_bring_their_own() -> None:
    """What belongs to an extension is not made; an FK to it is."""
    owned = sequence("s", owned_by=ColumnName(schema_name="public", table="ext", column="id"))
    written = made(
        table("ext", ["id"], [primary_key("id")], extension="x"),
        table("t", ["a"], [foreign_key("a", "ext")]),
        enums=(Enum(name="e", labels=(), extension="x"),),
        sequences=(owned, sequence("q", extension="x")),
    )
    assert [one.split("(")[0].strip() for one in written] == [
        'CREATE TABLE "public"."t"',
        'ALTER TABLE ONLY "public"."t" ADD CONSTRAINT "a_fk" FOREIGN KEY',
    ]


def test_checks_and_named_not_nulls_stand_in_the_table() -> None:
    """Constraints that are validated come with CREATE TABLE; the others are added at the end."""
    late = check("late", "a > 1").model_copy(update={"validated": False, "raw_sql": "CHECK (a > 1) NOT VALID"})
    t = table(
        "t",
        [column("a", nullable=False), column("b", nullable=False)],
        [check("c", "a > 0"), late, not_null("nn", "a", no_inherit=True), not_null("later", "b", validated=False)],
    )
    assert made(t) == [
        'CREATE TABLE "public"."t" ( "a" integer CONSTRAINT "nn" NOT NULL NO INHERIT, "b" integer,'
        ' CONSTRAINT "c" CHECK (a > 0) )',
        'ALTER TABLE "public"."t" ADD CONSTRAINT "late" CHECK (a > 1) NOT VALID',
        'ALTER TABLE "public"."t" ADD CONSTRAINT "later" NOT NULL "b" NOT VALID',
    ]


def test_a_check_of_the_whole_row_is_added_later() -> None:
    """It calls a function that takes the table's row, which can only be there after the table."""
    assert made(table("t", ["a"], [check("c", "public.f(t.*)")])) == [
        'CREATE TABLE "public"."t" ( "a" integer )',
        'ALTER TABLE "public"."t" ADD CONSTRAINT "c" CHECK (public.f(t.*))',
    ]


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


def test_settings_of_indexes() -> None:
    """Clustering, replica identity and the statistics of expressions are set when the indexes are there."""
    keys = (IndexKey(column="a", opclass=INT4_OPS), IndexKey(expression="b + 1", opclass=INT4_OPS, statistics_target=5))
    t = table(
        "t",
        ["a", "b"],
        indexes=(index("i", keys=keys, clustered=True), index("j", "a", replica_identity=True)),
        replica_identity="index",
    )
    assert made(t)[3:] == [
        'ALTER INDEX "public"."i" ALTER COLUMN 2 SET STATISTICS 5',
        'ALTER TABLE "public"."t" CLUSTER ON "i"',
        'ALTER TABLE ONLY "public"."t" REPLICA IDENTITY USING INDEX "j"',
    ]


def test_replica_identity_and_row_security() -> None:
    """What is switched on at a table is switched on again."""
    t = table("t", replica_identity="full", row_security_enabled=True, row_security_forced=True)
    assert made(t)[1:] == [
        'ALTER TABLE ONLY "public"."t" REPLICA IDENTITY FULL',
        'ALTER TABLE "public"."t" ENABLE ROW LEVEL SECURITY',
        'ALTER TABLE ONLY "public"."t" FORCE ROW LEVEL SECURITY',
    ]


def test_statistics() -> None:
    """Extended statistics tell their kinds, columns and expressions; those of one expression have no kinds."""
    several = Statistics(
        schema_name="public",
        name="s",
        kinds=("expressions", "mcv"),
        columns=("a",),
        expressions=("b + 1",),
        statistics_target=4,
    )
    one = Statistics(schema_name="public", name="u", kinds=("expressions",), columns=(), expressions=("b + 1",))
    assert made(table("t", ["a", "b"], statistics=(several, one)))[1:] == [
        'CREATE STATISTICS "public"."s" (mcv) ON "a", (b + 1) FROM "public"."t"',
        'ALTER STATISTICS "public"."s" SET STATISTICS 4',
        'CREATE STATISTICS "public"."u" ON (b + 1) FROM "public"."t"',
    ]


def test_views_stand_behind_what_they_show() -> None:
    """A view comes after its tables, their keys, and the views that it shows."""
    written = made(
        view("a", " SELECT 1;", "z"),
        table("t", ["a"], [primary_key("a")]),
        view("z", " SELECT a FROM public.t GROUP BY a;", "t"),
        view("m", " SELECT 2;", kind=TableKind.MATERIALIZED_VIEW),
    )
    assert written[2:] == [
        'CREATE MATERIALIZED VIEW "public"."m" AS SELECT 2 WITH NO DATA',
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


def test_comments() -> None:
    """Every kind of object that is rendered keeps its comment."""
    attribute = CompositeAttribute(name="x", ordinal=1, data_type="integer", type=INTEGER, comment="7")
    statistics = Statistics(schema_name="public", name="st", kinds=("mcv",), columns=("a", "b"), comment="14")
    written = made(
        table(
            "t",
            [column("a", comment="11"), column("b")],
            [check("c").model_copy(update={"comment": "12"})],
            indexes=(index("i", "a", comment="13"),),
            statistics=(statistics,),
            comment="10",
        ),
        view("v", "SELECT 1", comment="15"),
        comment="1",
        enums=(Enum(name="e", labels=(), comment="2"),),
        ranges=(Range(name="r", data_type="integer", type=INTEGER, comment="3"),),
        composites=(Composite(name="co", attributes=(attribute,), comment="4"),),
        domains=(
            Domain(
                name="d",
                data_type="integer",
                type=INTEGER,
                nullable=True,
                constraints=(check("k").model_copy(update={"comment": "8"}),),
                comment="5",
            ),
        ),
        sequences=(sequence("s", comment="6"),),
    )
    assert [one.removeprefix("COMMENT ON ") for one in written if one.startswith("COMMENT")] == [
        "SCHEMA \"public\" IS '1'",
        'TYPE "public"."e" IS \'2\'',
        'TYPE "public"."r" IS \'3\'',
        'TYPE "public"."co" IS \'4\'',
        'DOMAIN "public"."d" IS \'5\'',
        'SEQUENCE "public"."s" IS \'6\'',
        'CONSTRAINT "k" ON DOMAIN "public"."d" IS \'8\'',
        'COLUMN "public"."co"."x" IS \'7\'',
        'TABLE "public"."t" IS \'10\'',
        'COLUMN "public"."t"."a" IS \'11\'',
        'CONSTRAINT "c" ON "public"."t" IS \'12\'',
        'INDEX "public"."i" IS \'13\'',
        'STATISTICS "public"."st" IS \'14\'',
        'VIEW "public"."v" IS \'15\'',
    ]


def test_every_schema_is_made_first() -> None:
    """Objects may lean on objects of any schema."""
    empty: DatabaseSchema = database(schema("a", table("t")), schema("b"), schema("brought", extension="x"))
    assert statements(empty)[:2] == ('CREATE SCHEMA IF NOT EXISTS "a"', 'CREATE SCHEMA IF NOT EXISTS "b"')
    assert "brought" not in render(empty)


def test_the_script_is_the_same_each_time() -> None:
    """The same file gives the same script."""
    one = public(table("t", ["a"], [unique("u", "a"), check("c")]))
    assert render(one) == render(DatabaseSchema.model_validate_json(one.to_json()))
