"""Faulty schemas, each with what is said of it."""

from datalchemy.model.base import QualifiedName
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import (
    GenerationKind,
    Identity,
    IdentityGeneration,
    IndexKey,
    Policy,
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
    function,
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
    user_type,
)

PARTED = table("parted", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("a"))


def identity(name: str) -> Identity:
    """Return an identity that uses the named sequence of public."""
    return Identity(
        generation=IdentityGeneration.ALWAYS,
        sequence=QualifiedName(schema_name="public", name=name),
        options=OPTIONS,
    )


def owner(table_name: str, column_name: str) -> ColumnName:
    """Return a column of public."""
    return ColumnName(schema_name="public", table=table_name, column=column_name)


CASES: dict[str, tuple[DatabaseSchema, str]] = {
    "schema_twice": (database(schema("a"), schema("a")), 'schema "a" occurs more than once'),
    "function_twice": (
        public(functions=(function("f", "integer"), function("f"), function("f", "integer"))),
        'function "public"."f"(integer) occurs more than once',
    ),
    "table_twice": (public(table("t"), table("t")), 'the name "t" means more than one thing in schema "public"'),
    "table_and_view": (public(table("t"), table("t", kind=TableKind.VIEW)), 'the name "t"'),
    "table_and_sequence": (public(table("t"), sequences=(sequence("t"),)), 'the name "t"'),
    "table_and_index": (public(table("t", ["a"], indexes=(index("t", "a"),))), 'the name "t"'),
    "index_twice": (
        public(table("t", ["a"], indexes=(index("i", "a"),)), table("u", ["a"], indexes=(index("i", "a"),))),
        'the name "i"',
    ),
    "enum_and_table": (public(table("t"), enums=(Enum(name="t", labels=()),)), 'the name "t"'),
    "enum_and_multirange": (
        public(
            enums=(Enum(name="m", labels=()),),
            ranges=(
                Range(
                    name="r",
                    data_type="integer",
                    type=INTEGER,
                    multirange=QualifiedName(schema_name="public", name="m"),
                ),
            ),
        ),
        'the name "m"',
    ),
    "label_twice": (public(enums=(Enum(name="e", labels=("x", "x")),)), "has the label 'x' more than once"),
    "domain_constraint_twice": (
        public(
            domains=(
                Domain(
                    name="d", data_type="integer", type=INTEGER, nullable=True, constraints=(check("c"), not_null("c"))
                ),
            )
        ),
        'domain "public"."d" has more than one constraint "c"',
    ),
    "domain_base": (
        public(domains=(Domain(name="d", data_type="x", type=user_type("x", TypeKind.DOMAIN), nullable=True),)),
        'domain "public"."d" is of domain type "public"."x", which is not there',
    ),
    "range_base": (
        public(ranges=(Range(name="r", data_type="x", type=user_type("x", TypeKind.ENUM)),)),
        'range "public"."r" is of enum type "public"."x"',
    ),
    "composite_ordinals": (
        public(
            composites=(
                Composite(
                    name="c", attributes=(CompositeAttribute(name="a", ordinal=2, data_type="integer", type=INTEGER),)
                ),
            )
        ),
        'the ordinals of composite type "public"."c" do not count from 1',
    ),
    "column_twice": (public(table("t", ["a", "a"])), 'table "public"."t" has more than one column "a"'),
    "ordinals": (
        public(table("t", ["a", "b"]).model_copy(update={"columns": (column("a", ordinal=1), column("b", ordinal=3))})),
        'the ordinals of table "public"."t" do not count from 1',
    ),
    "column_type": (
        public(table("t", [column("a", type=user_type("e", TypeKind.ENUM))])),
        'column "a" of table "public"."t" is of enum type "public"."e", which is not there',
    ),
    "element_type": (
        public(
            table(
                "t",
                [
                    column(
                        "a",
                        type=TypeReference(
                            schema_name="public",
                            name="_d",
                            kind=TypeKind.ARRAY,
                            element=ElementType(schema_name="public", name="d", kind=TypeKind.DOMAIN),
                        ),
                    )
                ],
            )
        ),
        'is of domain type "public"."d", which is not there',
    ),
    "row_type": (
        public(table("t", [column("a", type=user_type("gone", TypeKind.COMPOSITE))])),
        'is of composite type "public"."gone", which is not there',
    ),
    "nullable": (public(table("t", [column("a", not_null=True)])), "is NOT NULL and nullable"),
    "half_generated": (
        public(table("t", [column("a", is_generated=True, generation_kind=GenerationKind.STORED)])),
        "is half generated",
    ),
    "generated_default": (
        public(
            table(
                "t",
                [
                    column(
                        "a",
                        is_generated=True,
                        generation_kind=GenerationKind.STORED,
                        generation_expression="1",
                        default="1",
                    )
                ],
            )
        ),
        "has a default and is generated",
    ),
    "identity_sequence": (
        public(table("t", [column("a", nullable=False, identity=identity("s"))])),
        'column "a" of table "public"."t" should own the sequence "public"."s", but does not',
    ),
    "identity_of_another": (
        public(
            table("t", [column("a", nullable=False, identity=identity("s")), "b"]),
            sequences=(sequence("s", owned_by=owner("t", "b"), identity=True),),
        ),
        'should own the sequence "public"."s"',
    ),
    "serial_is_no_identity": (
        public(
            table("t", [column("a", sequence=QualifiedName(schema_name="public", name="s"))]),
            sequences=(sequence("s", owned_by=owner("t", "a"), identity=True),),
        ),
        'should own the sequence "public"."s"',
    ),
    "sequence_owner": (
        public(table("t", ["a"]), sequences=(sequence("s", owned_by=owner("t", "b")),)),
        'sequence "public"."s" is owned by column "public"."t"."b", which is not there',
    ),
    "constraint_twice": (
        public(table("t", ["a"], [check("c"), unique("c", "a")])),
        'table "public"."t" has more than one constraint "c"',
    ),
    "two_primary_keys": (
        public(table("t", ["a"], [primary_key("a", name="p"), primary_key("a", name="q")])),
        'table "public"."t" has more than one primary key',
    ),
    "primary_key_column": (
        public(table("t", ["a"], [primary_key("b")])),
        'primary key "pk" of table "public"."t" names column "b", which is not there',
    ),
    "unique_column": (
        public(table("t", ["a"], [unique("u", "b")])),
        'unique "u" of table "public"."t" names column "b"',
    ),
    "check_column": (public(table("t", ["a"], [check("c", "b", "b")])), 'names column "b"'),
    "not_null_column": (public(table("t", ["a"], [not_null("n", "b")])), 'names column "b"'),
    "foreign_key_column": (
        public(table("t", ["id"], [foreign_key("b", "t")])),
        'foreign key "b_fk" of table "public"."t" names column "b", which is not there',
    ),
    "foreign_key_table": (
        public(table("t", ["a"], [foreign_key("a", "gone")])),
        'references table "public"."gone", which is not there',
    ),
    "referenced_column": (
        public(table("t", ["a"], [foreign_key("a", "t", "gone")])),
        'references column "public"."t"."gone", which is not there',
    ),
    "foreign_key_counts": (
        public(table("t", ["a", "b"], [foreign_key(("a", "b"), "t", "a")])),
        "has 2 columns and references 1",
    ),
    "foreign_key_empty": (public(table("t", ["a"], [foreign_key((), "t", (), name="f")])), "has 0 columns"),
    "on_delete_columns": (
        public(table("t", ["a", "b"], [foreign_key("a", "t", "a", on_delete_columns=("b",))])),
        'sets column "b" on delete, which is not one of its own',
    ),
    "index_column": (
        public(table("t", ["a"], indexes=(index("i", "b"),))),
        'index "i" of table "public"."t" names column "b"',
    ),
    "include_column": (public(table("t", ["a"], indexes=(index("i", "a", include=("b",)),))), 'names column "b"'),
    "index_key": (
        public(table("t", ["a"], indexes=(index("i", keys=(IndexKey(opclass=INT4_OPS),)),))),
        "has a key that is not one column or one expression",
    ),
    "index_constraint": (
        public(table("t", ["a"], [check("c")], indexes=(index("i", "a", constraint="c"),))),
        'serves constraint "c", which is no key of the table',
    ),
    "index_parent": (
        public(
            PARTED,
            table(
                "part",
                ["a"],
                partition_of=partition_of("parted"),
                indexes=(index("i", "a", parent=QualifiedName(schema_name="public", name="gone")),),
            ),
        ),
        'index "i" of table "public"."part" is attached to "public"."gone", which is not there',
    ),
    "trigger_twice": (
        public(
            table(
                "t",
                triggers=(
                    Trigger(
                        name="g", timing="before", events=("insert",), row=True, function=INT4_OPS, enabled="origin"
                    ),
                )
                * 2,
            )
        ),
        'has more than one trigger "g"',
    ),
    "policy_twice": (
        public(table("t", policies=(Policy(name="p", command="all", permissive=True),) * 2)),
        'has more than one policy "p"',
    ),
    "statistics_column": (
        public(
            table("t", ["a"], statistics=(Statistics(schema_name="public", name="s", kinds=("mcv",), columns=("b",)),))
        ),
        'statistics object "public"."s" of table "public"."t" names column "b"',
    ),
    "partition_of_a_table": (
        public(table("t"), table("u", partition_of=partition_of("t"))),
        'table "public"."u" is a partition of "public"."t", which is of kind table',
    ),
    "partition_of_nothing": (
        public(table("u", partition_of=partition_of("t"))),
        'table "public"."u" is a partition of "public"."t", which is not there',
    ),
    "partition_key_missing": (
        public(table("t", kind=TableKind.PARTITIONED_TABLE)),
        "is of kind partitioned_table, which does not fit its partition key",
    ),
    "partition_key_column": (
        public(table("t", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("b"))),
        'the partition key of table "public"."t" names column "b"',
    ),
    "inherits_a_view": (
        public(
            table("v", kind=TableKind.VIEW), table("t", inherits=(TableReference(schema_name="public", table="v"),))
        ),
        'table "public"."t" is a child of "public"."v", which is of kind view',
    ),
    "inherits_nothing": (
        public(table("t", inherits=(TableReference(schema_name="public", table="gone"),))),
        'table "public"."t" is a child of "public"."gone", which is not there',
    ),
}
