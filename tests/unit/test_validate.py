"""The validator: each way in which a file can disagree with itself."""

from functools import partial
from typing import Any

import pytest

from datalchemy.adapters.postgres.dialect import PostgresDialect
from datalchemy.analysis import validation
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import (
    Table,
    TableKind,
    TableReference,
)
from datalchemy.model.types import (
    Enum,
    TypeKind,
)
from tests.unit.builders import (
    check,
    column,
    database,
    foreign_key,
    index,
    partition_key,
    partition_of,
    primary_key,
    public,
    schema,
    sequence,
    table,
    unique,
    user_type,
    view,
)
from tests.unit.validate_cases import CASES, PARTED, identity, owner

validate = partial(validation.validate, rules=PostgresDialect())


def only(database_schema: DatabaseSchema) -> Diagnostic:
    """Return the one finding."""
    findings = validate(database_schema)
    assert len(findings) == 1, [one.message for one in findings]
    return findings[0]


def test_a_good_file_has_no_findings() -> None:
    """Nothing is found where nothing is wrong."""
    good = public(
        table(
            "t",
            [
                column("id", nullable=False, identity=identity("t_id_seq")),
                "a",
                column("e", type=user_type("e", TypeKind.ENUM)),
            ],
            [
                primary_key("id", name="t_pkey"),
                unique("t_a", "a"),
                foreign_key("a", "t"),
                check("c", "a > 0", "a", "tableoid"),
            ],
            indexes=(index("t_pkey", "id", unique=True, primary=True, constraint="t_pkey"),),
        ),
        PARTED,
        table("part", ["a"], partition_of=partition_of("parted")),
        table("child", ["id", "a", "e"], inherits=(TableReference(schema_name="public", table="t"),)),
        enums=(Enum(name="e", labels=("x",)),),
        sequences=(sequence("t_id_seq", owned_by=owner("t", "id"), identity=True),),
    )
    assert validate(good) == ()


def test_the_same_names_in_other_places_are_fine() -> None:
    """Constraints of two tables, tables of two schemas and a column and its table may share a name."""
    one = table("t", ["t"], [check("t")])
    other = table("u", ["t"], [check("t")])
    assert validate(database(schema("a", one, other), schema("b", one))) == ()


@pytest.mark.parametrize("case", CASES)
def test_each_fault_is_found_once(case: str) -> None:
    """Each kind of fault gives one finding, which says what is wrong."""
    wrong, message = CASES[case]
    finding = only(wrong)
    assert finding.code is WarningCode.INCONSISTENT
    assert message in finding.message


def test_a_finding_says_where() -> None:
    """The place names the schema, the table and the constraint."""
    finding = only(public(table("t", ["a"], [foreign_key("a", "gone")])))
    assert finding.where == Place(schema_name="public", table="t", constraint="a_fk")


def leaving(**facts: Any) -> Table:
    """Return a table with an FK to a schema that is not in the file."""
    return table("t", ["a"], [foreign_key("a", "far", ref_schema="other").model_copy(update=facts)])


def test_a_foreign_key_that_leaves_the_file_is_no_fault() -> None:
    """Without a filter, a table of a schema that is not in the file is outside."""
    finding = only(public(leaving()))
    assert finding.code is WarningCode.OUTSIDE_FILTER
    assert 'references table "other"."far", which the filter leaves out' in finding.message


def test_the_filter_says_what_is_outside() -> None:
    """A table that is missing is outside, or a fault, as the filter says."""
    inside = public(table("t", ["a"], [foreign_key("a", "gone")]))
    [outside] = validate(inside, is_outside=lambda schema_name, name: (schema_name, name) == ("public", "gone"))
    assert outside.code is WarningCode.OUTSIDE_FILTER
    [fault] = validate(public(leaving()), is_outside=lambda _schema, _name: False)
    assert fault.code is WarningCode.INCONSISTENT


def test_a_table_in_the_file_is_not_outside() -> None:
    """What is in the file is looked at, whatever the filter says of it."""
    inside = public(table("t", ["a"], [foreign_key("a", "t", "gone")]))
    [fault] = validate(inside, is_outside=lambda _schema, _name: True)
    assert fault.code is WarningCode.INCONSISTENT


def test_copies_of_a_foreign_key_leave_once() -> None:
    """The copies of partitions say nothing new: the FK is found at the root."""
    root = leaving().model_copy(
        update={"name": "root", "kind": TableKind.PARTITIONED_TABLE, "partition_key": partition_key("a")}
    )
    leaf = leaving(local=False, inherited=True).model_copy(update={"partition_of": partition_of("root")})
    assert only(public(root, leaf)).where.table == "root"
    found = validate(public(leaf), is_outside=lambda _schema, _name: True)
    assert [(one.where.table, one.where.constraint) for one in found] == [("t", "a_fk"), ("t", None)]


def test_ancestors_and_what_a_view_reads_may_be_outside() -> None:
    """A parent, or a table that a view reads, is a fault where the filter keeps it; else it is outside, which is said.

    A sequence's owner and a row type are not looked for outside, nor is a table of a system schema.
    """
    left_out = public(
        table("t", partition_of=partition_of("gone")),
        table("u", inherits=(TableReference(schema_name="public", table="gone"),)),
        view("v", "select", "gone", "t"),
        table("w", [column("a", type=user_type("gone", TypeKind.COMPOSITE))]),
        sequences=(sequence("s", owned_by=owner("gone", "a")),),
    )
    found = validate(left_out, is_outside=lambda _schema, name: name == "gone")
    assert [(one.code.value, one.where.table, one.message) for one in found] == [
        ("outside_filter", "t", 'table "public"."t" is a partition of "public"."gone", which the filter leaves out'),
        ("outside_filter", "u", 'table "public"."u" is a child of "public"."gone", which the filter leaves out'),
        ("outside_filter", "v", 'view "public"."v" reads "public"."gone", which the filter leaves out'),
    ]
    system = TableReference(schema_name="information_schema", table="tables")
    reading = view("v", "select").model_copy(update={"depends_on": (system,)})
    assert validate(public(reading), is_outside=lambda _schema, _name: False) == ()


def test_types_of_other_schemas_are_not_looked_for() -> None:
    """The file has the types of its own schemas only."""
    assert validate(public(table("t", [column("a", type=user_type("e", TypeKind.ENUM, "other"))]))) == ()


def test_a_partition_shares_the_identity_of_its_root() -> None:
    """PostgreSQL 17 gives partitions the identity sequence of their root."""
    kind = TableKind.PARTITIONED_TABLE
    shared = column("a", nullable=False, identity=identity("s"))
    root = table("root", [shared], kind=kind, partition_key=partition_key("a"))
    leaf = table("leaf", [shared], partition_of=partition_of("root"))
    own = (sequence("s", owned_by=owner("root", "a"), identity=True),)
    assert validate(public(leaf, root, sequences=own)) == ()


def test_findings_stand_in_the_order_of_the_file() -> None:
    """Findings stand as the tables do: a sorted file gives sorted findings."""
    assert [one.where.table for one in validate(public(table("b", ["a", "a"]), table("a", ["a", "a"])))] == ["b", "a"]
