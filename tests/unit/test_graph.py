"""The FK graph: orders, cycles, and what to postpone."""

from typing import Any

import pytest

from datalchemy.analysis.graph import build_graph
from datalchemy.analysis.graph_model import Cycle, ForeignKeyGraph, GraphForeignKey, GraphStatus
from datalchemy.model.base import QualifiedName
from datalchemy.model.constraints import Match
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import (
    GenerationKind,
    Identity,
    IdentityGeneration,
    Table,
    TableKind,
    TableReference,
)
from tests.unit.builders import (
    OPTIONS,
    column,
    database,
    foreign_key,
    partition_key,
    partition_of,
    primary_key,
    public,
    schema,
    table,
)


def order_of(graph: ForeignKeyGraph) -> list[str]:
    """Return the tables in dependency order."""
    return [one.table for one in graph.dependency_order]


def levels_of(graph: ForeignKeyGraph) -> dict[str, int]:
    """Return the level of each table."""
    return {one.table: one.level for one in graph.dependency_order}


def names(references: tuple[TableReference, ...] | None) -> list[str]:
    """Return the tables' names."""
    assert references is not None
    return [one.table for one in references]


def foreign_key_names(foreign_keys: tuple[GraphForeignKey, ...] | None) -> list[str]:
    """Return the FKs' names."""
    assert foreign_keys is not None
    return [one.name for one in foreign_keys]


def referencing(name: str, *referenced: str, nullable: bool = False, **facts: Any) -> Table:
    """Return a table with one FK to each of the referenced tables."""
    columns = [column("id", nullable=False), *(column(f"{one}_id", nullable=nullable) for one in referenced)]
    return table(name, columns, [foreign_key(f"{one}_id", one, **facts) for one in referenced])


def only_cycle(graph: ForeignKeyGraph) -> Cycle:
    """Return the cycle of a graph that has one."""
    [cycle] = graph.cycles
    return cycle


def test_referenced_before_referencing() -> None:
    """A table comes after all that it references, its level one above the highest of them."""
    graph = build_graph(
        public(
            referencing("a_lines", "orders", "products"),
            referencing("orders", "zz_customers"),
            table("products", ["id"]),
            table("zz_customers", ["id"]),
        )
    )
    assert order_of(graph) == ["products", "zz_customers", "orders", "a_lines"]
    assert levels_of(graph) == {"products": 0, "zz_customers": 0, "orders": 1, "a_lines": 2}
    assert (graph.status, graph.edges, graph.cycles) == (GraphStatus.OK, 3, ())


def test_ties_go_by_schema_then_table() -> None:
    """Inside a level tables stand by schema, then by table, in code point order."""
    graph = build_graph(database(schema("b", table("a"), table("B")), schema("a", table("ç"), table("z"))))
    assert [(one.schema_name, one.table) for one in graph.dependency_order] == [
        ("a", "z"),
        ("a", "ç"),
        ("b", "B"),
        ("b", "a"),
    ]


def test_an_empty_file_has_an_empty_graph() -> None:
    """No schema, no table: an empty order, and status ok."""
    graph = build_graph(database())
    assert (graph.status, graph.dependency_order, graph.dependency_order_by_schema) == (GraphStatus.OK, (), ())


def test_parallel_foreign_keys_count_each() -> None:
    """Two FKs between the same tables are two edges."""
    both = [foreign_key("a", "t", name="one"), foreign_key("b", "t", name="two")]
    assert build_graph(public(table("s", ["a", "b"], both), table("t", ["id"]))).edges == 2


def test_a_self_reference_is_no_cycle() -> None:
    """An FK of a table to itself is listed apart, and orders no tables."""
    graph = build_graph(public(table("staff", ["id", "boss"], [foreign_key("boss", "staff")])))
    assert (graph.status, graph.edges) == (GraphStatus.OK, 0)
    assert foreign_key_names(graph.self_references) == ["boss_fk"]


def test_not_enforced_orders_nothing() -> None:
    """An FK that is not enforced is listed apart, even where it would close a cycle or leave the file."""
    graph = build_graph(
        public(
            referencing("a", "b", enforced=False),
            referencing("b", "a"),
            table("c", ["x"], [foreign_key("x", "gone", enforced=False)]),
        )
    )
    assert order_of(graph) == ["a", "c", "b"]
    assert foreign_key_names(graph.not_enforced) == ["b_id_fk", "x_fk"]
    assert graph.outside == ()


def test_foreign_keys_that_leave_the_file_are_listed() -> None:
    """An FK to a table that is not in the file is in `outside`, with both its ends."""
    graph = build_graph(public(table("a", ["x"], [foreign_key("x", "t", ref_schema="other")])))
    [outside] = graph.outside
    assert (outside.table, outside.ref_schema, outside.ref_table, graph.edges) == ("a", "other", "t", 0)


def test_views_are_no_nodes() -> None:
    """Only what takes rows has a place in the order: tables, partitioned tables, foreign tables."""
    graph = build_graph(public(*(table(kind.value, ["a"], kind=kind) for kind in TableKind)))
    assert order_of(graph) == ["foreign_table", "partitioned_table", "table"]


def partitioned(*, with_root: bool = True) -> DatabaseSchema:
    """Return a partitioned table of two storeys, what it references and what references its leaf."""
    copied = foreign_key("t_id", "t", name="to_t").model_copy(update={"local": False, "inherited": True})
    kind = TableKind.PARTITIONED_TABLE
    root = table("root", ["id", "t_id"], [foreign_key("t_id", "t", name="to_t")], kind=kind)
    middle = table(
        "middle",
        ["id", "t_id"],
        [copied],
        kind=kind,
        partition_of=partition_of("root"),
        partition_key=partition_key("id"),
    )
    leaf = table("leaf", ["id", "t_id"], [copied], partition_of=partition_of("middle"))
    asking = table("asking", ["x"], [foreign_key("x", "leaf")])
    return public(*([root] if with_root else []), asking, leaf, middle, table("t", ["id"]))


def test_partitions_are_part_of_their_root() -> None:
    """Rows go into the topmost partitioned table: copies are no edges, and an FK to a partition is one to the root."""
    graph = build_graph(partitioned())
    assert order_of(graph) == ["t", "root", "asking"]
    assert graph.edges == 2


def test_a_partition_without_its_root_stands_for_itself() -> None:
    """Where the filter leaves out the root, the topmost partition is a node, and its copied FKs count."""
    graph = build_graph(partitioned(with_root=False))
    assert order_of(graph) == ["t", "middle", "asking"]
    assert graph.edges == 2


def test_a_foreign_key_from_a_partition_to_its_root_is_a_self_reference() -> None:
    """Both ends of such an FK are one node."""
    kind = TableKind.PARTITIONED_TABLE
    root = table("root", ["id", "prev"], kind=kind, partition_key=partition_key("id"))
    leaf = table("leaf", ["id", "prev"], [foreign_key("prev", "root")], partition_of=partition_of("root"))
    graph = build_graph(public(leaf, root))
    assert (graph.status, foreign_key_names(graph.self_references)) == (GraphStatus.OK, ["prev_fk"])


def test_a_cycle_is_reported_with_its_foreign_keys() -> None:
    """A cycle names its tables and every FK inside it, and its tables stand together at one level."""
    graph = build_graph(
        public(
            table("base", ["id"]),
            table("a", ["id", "c_id", "base_id"], [foreign_key("c_id", "c"), foreign_key("base_id", "base")]),
            table("b", ["id", "base_id"], [foreign_key("base_id", "base")]),
            referencing("c", "a", nullable=True),
            referencing("after", "c"),
        )
    )
    assert graph.status is GraphStatus.CYCLE
    assert [(one.table, one.level) for one in graph.dependency_order] == [
        ("base", 0),
        ("a", 1),
        ("c", 1),
        ("b", 1),
        ("after", 2),
    ]
    cycle = only_cycle(graph)
    assert names(cycle.tables) == ["a", "c"]
    assert foreign_key_names(cycle.foreign_keys) == ["c_id_fk", "a_id_fk"]


def test_a_nullable_foreign_key_breaks_a_cycle() -> None:
    """The breaker is the FK that may stay unset, and the fill order starts with its table."""
    graph = build_graph(public(referencing("a", "b"), referencing("b", "a", nullable=True)))
    cycle = only_cycle(graph)
    assert foreign_key_names(cycle.breakers) == ["a_id_fk"]
    assert names(cycle.fill_order) == ["b", "a"]


def test_a_deferrable_foreign_key_breaks_a_cycle() -> None:
    """A deferrable FK can wait until commit, be it nullable or not."""
    graph = build_graph(public(referencing("a", "b", deferrable=True), referencing("b", "a")))
    assert foreign_key_names(only_cycle(graph).breakers) == ["b_id_fk"]


def test_a_hard_cycle_has_no_breakers() -> None:
    """Where no FK can be postponed there is neither a set of breakers nor a fill order."""
    cycle = only_cycle(build_graph(public(referencing("a", "b"), referencing("b", "a"))))
    assert (cycle.breakers, cycle.fill_order) == (None, None)


def test_a_parallel_hard_foreign_key_keeps_the_edge() -> None:
    """A nullable FK beside a mandatory one breaks nothing."""
    both = [foreign_key("b1", "b"), foreign_key("b2", "b")]
    a = table("a", ["id", "b1", column("b2", nullable=False)], both)
    assert only_cycle(build_graph(public(a, referencing("b", "a")))).breakers is None


def test_parallel_soft_foreign_keys_break_together() -> None:
    """Two nullable FKs side by side must both be postponed."""
    both = [foreign_key("b1", "b"), foreign_key("b2", "b")]
    graph = build_graph(public(table("a", ["id", "b1", "b2"], both), referencing("b", "a")))
    assert foreign_key_names(only_cycle(graph).breakers) == ["b1_fk", "b2_fk"]


GENERATED: dict[str, Any] = {
    "is_generated": True,
    "generation_kind": GenerationKind.STORED,
    "generation_expression": "1",
}
IDENTITY = Identity(
    generation=IdentityGeneration.ALWAYS, sequence=QualifiedName(schema_name="public", name="s"), options=OPTIONS
)


@pytest.mark.parametrize(
    ("columns", "match", "nullable"),
    [
        pytest.param([column("x"), column("y", nullable=False)], Match.SIMPLE, True, id="simple_one"),
        pytest.param([column("x"), column("y", nullable=False)], Match.FULL, False, id="full_one"),
        pytest.param([column("x"), column("y")], Match.FULL, True, id="full_all"),
        pytest.param([column("x"), column("y", nullable=False)], Match.PARTIAL, False, id="partial_one"),
        pytest.param([column("x", nullable=False), column("y", nullable=False)], Match.SIMPLE, False, id="none"),
        pytest.param([column("x", **GENERATED), column("y", nullable=False)], Match.SIMPLE, False, id="generated"),
        pytest.param([column("x", identity=IDENTITY), column("y", nullable=False)], Match.SIMPLE, False, id="identity"),
        pytest.param([column("key"), column("y", nullable=False)], Match.SIMPLE, False, id="primary_key"),
    ],
)
def test_nullable(columns: list[Any], match: Match, nullable: bool) -> None:
    """MATCH SIMPLE needs one column that can be NULL, else all; key, identity and generated columns never can."""
    pair = foreign_key((columns[0].name, "y"), "t", ("id", "id2"), match=match)
    graph = build_graph(public(table("s", columns, [pair, primary_key("key")]), table("t", ["id", "id2"])))
    other = build_graph(public(table("s", columns, [pair, primary_key("key")])))
    [fact] = other.outside
    assert (graph.edges, fact.nullable) == (1, nullable)


def test_orders_by_schema_count_only_inner_edges() -> None:
    """A cycle through two schemas is none inside either, and a schema without tables has an empty order."""
    to_b = foreign_key("x", "t", ref_schema="b")
    to_a = foreign_key("x", "t", ref_schema="a")
    graph = build_graph(
        database(
            schema("b", table("t", ["id", "x"], [to_a])),
            schema("a", table("t", ["id", "x"], [to_b])),
            schema("c", *public(referencing("p", "q"), referencing("q", "p")).schemas[0].tables),
            schema("empty"),
        )
    )
    assert graph.status is GraphStatus.CYCLE
    found = [
        (one.schema_name, one.status.value, [(t.table, t.level) for t in one.tables])
        for one in graph.dependency_order_by_schema
    ]
    # the FKs of c reference public, which is not there
    assert found == [
        ("a", "ok", [("t", 0)]),
        ("b", "ok", [("t", 0)]),
        ("c", "ok", [("p", 0), ("q", 0)]),
        ("empty", "ok", []),
    ]


def test_a_cycle_inside_a_schema_is_told_at_the_schema() -> None:
    """The status of a schema is cycle when its own tables make one."""
    graph = build_graph(
        database(schema("ok", table("t")), *public(referencing("p", "q"), referencing("q", "p")).schemas)
    )
    assert [(one.schema_name, one.status.value) for one in graph.dependency_order_by_schema] == [
        ("ok", "ok"),
        ("public", "cycle"),
    ]


def test_a_long_chain() -> None:
    """A chain of 10,000 tables is ordered: nothing recurses."""
    tables = [referencing("t00000"), *(referencing(f"t{n:05}", f"t{n - 1:05}") for n in range(1, 10_000))]
    graph = build_graph(public(*tables))
    assert graph.dependency_order[-1].level == 9_999


@pytest.mark.parametrize("nullable", [True, False])
def test_a_huge_cycle(nullable: bool) -> None:
    """A cycle of 5,000 tables is found, and one FK breaks it where all may be unset."""
    tables = [referencing(f"t{n:05}", f"t{(n + 1) % 5_000:05}", nullable=nullable) for n in range(5_000)]
    cycle = only_cycle(build_graph(public(*tables)))
    assert len(cycle.tables) == 5_000
    assert (cycle.breakers is None) is not nullable
    assert not nullable or len(cycle.breakers or ()) == 1


def test_a_graph_is_json() -> None:
    """The graph survives JSON and back."""
    graph = build_graph(partitioned())
    assert ForeignKeyGraph.model_validate_json(graph.model_dump_json()) == graph
