"""DDL from schema.json alone: what each fact becomes, and in which order."""

from typing import Any

import pytest

from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.model.base import Parameter, QualifiedName
from datalchemy.model.constraints import (
    Exclude,
    ExcludeElement,
    ForeignKey,
    Match,
    PrimaryKey,
    ReferentialAction,
    Unique,
)
from datalchemy.model.schema import Extension
from datalchemy.model.table import (
    GenerationKind,
    Identity,
    IdentityGeneration,
    IndexKey,
    Persistence,
    Policy,
    Rule,
    Statistics,
    TableKind,
    TableReference,
    Trigger,
)
from datalchemy.model.types import (
    ColumnName,
    Composite,
    CompositeAttribute,
    Domain,
    Enum,
    Range,
)
from tests.unit.builders import (
    INT4_OPS,
    INTEGER,
    OPTIONS,
    check,
    column,
    database,
    foreign_key,
    function,
    index,
    not_null,
    partition_of,
    primary_key,
    public,
    public_name,
    schema,
    sequence,
    table,
    view,
)
from tests.unit.ddl_written import COUNTED, made


def test_the_script_needs_no_search_path() -> None:
    """The script sets what its text depends on, and ends each statement."""
    text = script(public(table("t", ["a"]))).text()
    assert text.startswith("SET client_encoding = 'UTF8';\n")
    assert "SELECT pg_catalog.set_config('search_path', '', false);" in text
    assert text.endswith(';\n\nCREATE TABLE "public"."t" (\n    "a" integer\n);\n')


def test_names_are_quoted() -> None:
    """A name may hold anything: a quote is doubled, and nothing else is changed."""
    assert made(table('a "b"\n;--', ['sélect "x"'])) == [
        'CREATE TABLE "public"."a ""b"" ;--" ( "sélect ""x""" integer )'
    ]


def test_texts_are_quoted() -> None:
    """A comment may hold quotes and backslashes, and is read the same way whatever standard_conforming_strings is."""
    assert made(table("t", comment="it's here"))[-1] == "COMMENT ON TABLE \"public\".\"t\" IS 'it''s here'"
    assert made(table("t", comment="it's \\ here"))[-1].endswith(" IS E'it''s \\\\ here'")


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


def test_a_default_beside_an_identity_is_named() -> None:
    """A child may have both by merging; no statement makes such a column, so the identity is made."""
    identity = Identity(generation=IdentityGeneration.ALWAYS, sequence=public_name("s"), options=OPTIONS)
    owned = sequence("s", owned_by=ColumnName(schema_name="public", table="t", column="a"), identity=True)
    text = script(public(table("t", [column("a", default="1", identity=identity)]), sequences=(owned,))).text()
    assert "DEFAULT 1" not in text
    assert '-- not rendered: the default of "public"."t"."a", which is an identity' in text


def test_a_sequence_of_another_type_than_its_identity_column() -> None:
    """LIKE makes a bigint sequence for a copied identity of any type: it gets its type and options after its table."""
    identity = Identity(generation=IdentityGeneration.ALWAYS, sequence=public_name("s"), options=OPTIONS)
    owner = ColumnName(schema_name="public", table="t", column="a")
    owned = sequence("s", owned_by=owner, identity=True).model_copy(update={"data_type": "bigint"})
    assert made(table("t", [column("a", identity=identity)]), sequences=(owned,)) == [
        'CREATE TABLE "public"."t" ( "a" integer GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "public"."s") )',
        f'ALTER SEQUENCE "public"."s" AS bigint {COUNTED} RESTART',
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
    assert [line for line in script(public(t)).text().splitlines() if line.startswith("--")] == [
        '-- not rendered: trigger "g ;" on "public"."t"',
        '-- not rendered: invalid index "i" on "public"."t"',
        '-- not rendered: foreign key "a_fk" on "public"."t" to "other"."far", which is not in the file',
    ]
    assert "FOREIGN KEY" not in script(public(t)).text()


def test_a_view_that_lacks_a_table_is_not_rendered() -> None:
    """Nor is what reads it; comments at the end name each, and what a table loses with its parent."""
    far = TableReference(schema_name="other", table="far")
    system = TableReference(schema_name="pg_catalog", table="pg_stat_activity")
    lost = script(
        public(
            view("a", "select 1", "b", comment="lost"),
            view("b", "select 1").model_copy(update={"depends_on": (far,)}),
            view("c", "select 1", "d").model_copy(update={"depends_on": (system,)}),
            table("d", ["x"], inherits=(far,)),
            table("e", [column("x", identity=Identity(generation=IdentityGeneration.ALWAYS))]).model_copy(
                update={"partition_of": partition_of("far", schema="other")}
            ),
        )
    )
    assert [line for line in lost.text().splitlines() if line.startswith("--")] == [
        '-- not rendered: view "public"."a", which reads "public"."b", which is not in the file',
        '-- not rendered: view "public"."b", which reads "other"."far", which is not in the file',
        '-- not rendered: table "public"."d" as a child of "other"."far", which is not in the file',
        '-- not rendered: table "public"."e" as a partition of "other"."far", which is not in the file',
        '-- not rendered: the identity of column "public"."e"."x", whose sequence is not in the file',
    ]
    assert [one for one in lost.statements if "VIEW" in one] == ['CREATE VIEW "public"."c" AS\nselect 1']


def test_extensions_and_functions_are_named() -> None:
    """Extensions but plpgsql, and functions of each kind, are named at the end; nothing in a name ends the comment."""
    held = database(
        schema("public", functions=(function("f\nx", "a text, b integer"), function("p", kind="procedure"))),
        extensions=(
            Extension(name="plpgsql", schema_name="pg_catalog", version="1.0"),
            Extension(name="x", schema_name="s", version="1"),
        ),
    )
    assert [line for line in script(held).text().splitlines() if line.startswith("--")] == [
        '-- not rendered: extension "x" in schema "s"',
        '-- not rendered: function "public"."f x"(a text, b integer)',
        '-- not rendered: procedure "public"."p"()',
    ]


def test_rules_and_policies_come_last() -> None:
    """Both are made late, with states and comments, those of roles at the end; a rule may have several actions."""
    rule = Rule(
        name="r",
        event="delete",
        instead=False,
        enabled="disabled",
        definition="CREATE RULE r AS\n    ON DELETE TO public.t DO ( DELETE FROM public.u;\n"
        " UPDATE public.u SET a = 1;\n);",
        comment="c",
    )
    using = Policy(name="p", command="all", permissive=True, using="(a > 0)", comment="d")
    checked = Policy(name='q"', command="insert", permissive=False, roles=("x y", "z"), with_check="true")
    written = made(table("u", ["a"]), table("t", ["a"], rules=(rule,), policies=(using, checked)))
    assert written[2:] == [
        'CREATE POLICY "p" ON "public"."t" USING ((a > 0))',
        'COMMENT ON POLICY "p" ON "public"."t" IS \'d\'',
        "CREATE RULE r AS ON DELETE TO public.t DO ( DELETE FROM public.u; UPDATE public.u SET a = 1; )",
        'ALTER TABLE "public"."t" DISABLE RULE "r"',
        'COMMENT ON RULE "r" ON "public"."t" IS \'c\'',
        'CREATE POLICY "q""" ON "public"."t" AS RESTRICTIVE FOR INSERT TO "x y", "z" WITH CHECK (true)',
    ]


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE RULE r AS\n    ON DELETE TO public.t DO NOTHING; DROP TABLE public.t",
        "CREATE RULE r AS\n    ON DELETE TO public.t DO (DELETE FROM public.u;); DROP TABLE public.t;",
        "CREATE RULE r AS\n    ON DELETE TO public.t DO (DELETE FROM public.u",
        "CREATE RULE other AS\n    ON DELETE TO public.t DO NOTHING;",
        "CREATE RULE r AS\n    ON SELECT TO public.t DO NOTHING;",
        "DROP TABLE public.t",
        "DROP TABLE public.t; CREATE RULE r AS\n    ON DELETE TO public.t DO NOTHING;",
        None,
    ],
)
def test_a_rule_that_is_something_else_is_refused(definition: str | None) -> None:
    """What an edited file says in place of the rule's own definition is no statement of the script."""
    rule = Rule(name="r", event="delete", instead=False, enabled="origin", definition=definition)
    written = script(public(table("t", ["a"], rules=(rule,))))
    assert len(written.refused) == 1
    assert not [one for one in written.statements if "RULE" in one or "DROP" in one]


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
        'COLUMN "public"."co"."x" IS \'7\'',
        'TABLE "public"."t" IS \'10\'',
        'COLUMN "public"."t"."a" IS \'11\'',
        'VIEW "public"."v" IS \'15\'',
        'CONSTRAINT "k" ON DOMAIN "public"."d" IS \'8\'',
        'CONSTRAINT "c" ON "public"."t" IS \'12\'',
        'INDEX "public"."i" IS \'13\'',
        'STATISTICS "public"."st" IS \'14\'',
    ]
