"""What holds for any FK graph, tried on drawn ones."""

import random
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from datalchemy.analysis.graph import build_graph
from datalchemy.analysis.graph_model import Cycle
from datalchemy.model.table import Table
from tests.scale import scaled
from tests.unit.builders import column, foreign_key, public, table

Edge = tuple[int, int, bool, bool]  # from, to, nullable, deferrable
EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans(), st.booleans()), max_size=14)


def from_edges(edges: list[Edge]) -> list[Table]:
    """Return seven tables with these FKs."""
    tables = []
    for number in range(7):
        own = [(place, edge) for place, edge in enumerate(edges) if edge[0] == number]
        columns = [column("id", nullable=False), *(column(f"c{place}", nullable=edge[2]) for place, edge in own)]
        constraints = [foreign_key(f"c{place}", f"t{edge[1]}", deferrable=edge[3]) for place, edge in own]
        tables.append(table(f"t{number}", columns, constraints))
    return tables


def has_order(tables: set[str], pairs: set[tuple[str, str]]) -> bool:
    """Tell, by another road than the graph's own, whether no cycle is left."""
    left, waiting = set(tables), deque(sorted(tables))
    while waiting:
        name = waiting.popleft()
        if name in left and not any(a == name and b in left for a, b in pairs):
            left.discard(name)
            waiting.extend(a for a, b in pairs if b == name)
    return not left


@settings(max_examples=scaled(300), deadline=None)
@given(edges=EDGES, seed=st.randoms(use_true_random=False))
def test_any_graph(edges: list[Edge], seed: random.Random) -> None:
    """For any graph: the order respects every edge between components, breakers really break and none is superfluous.

    And neither the order of the tables nor that of their constraints changes one byte.
    """
    tables = from_edges(edges)
    graph = build_graph(public(*tables))
    level = {one.table: one.level for one in graph.dependency_order}
    place = {one.table: number for number, one in enumerate(graph.dependency_order)}
    knot = {name.table: number for number, cycle in enumerate(graph.cycles) for name in cycle.tables}
    for source, target, _, _ in edges:
        a, b = f"t{source}", f"t{target}"
        if a != b and (a not in knot or knot[a] != knot.get(b)):
            assert place[b] < place[a]
            assert level[b] < level[a]
    for cycle in graph.cycles:
        check_cycle(cycle)
    shuffled = [
        one.model_copy(update={"constraints": tuple(seed.sample(one.constraints, len(one.constraints)))})
        for one in seed.sample(tables, len(tables))
    ]
    assert build_graph(public(*shuffled)) == graph


def check_cycle(cycle: Cycle) -> None:
    """Assert what a reported cycle promises."""
    tables = {one.table for one in cycle.tables}
    pairs = [(fk.table, fk.ref_table, fk) for fk in cycle.foreign_keys]
    hard = {(a, b) for a, b, fk in pairs if not (fk.nullable or fk.deferrable)}
    if cycle.breakers is None:
        assert not has_order(tables, hard)
        return
    assert all(fk.nullable or fk.deferrable for fk in cycle.breakers)
    kept = {(a, b) for a, b, fk in pairs if fk not in cycle.breakers}
    assert has_order(tables, kept)
    place = {one.table: number for number, one in enumerate(cycle.fill_order or ())}
    assert place.keys() == tables
    assert all(place[b] < place[a] for a, b in kept)
    for fk in cycle.breakers:
        assert not has_order(tables, kept | {(fk.table, fk.ref_table)})
