"""The graph of foreign keys: the order in which tables can be filled, and the cycles that prevent one.

A node is a table that rows are inserted into: a table, a partitioned table or a foreign table. A partition is part of
the topmost partitioned table above it that is in the file, because rows are inserted there. Views are no nodes. An edge
runs from the referencing table to the referenced one. The result does not depend on the order of the input. No
function recurses, so a cycle may have thousands of tables.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from datalchemy.analysis.cycle_breaking import Ends, fill_order, find_breakers
from datalchemy.analysis.graph_model import (
    Cycle,
    ForeignKeyGraph,
    GraphForeignKey,
    GraphStatus,
    OrderedTable,
    SchemaOrder,
)
from datalchemy.model.constraints import ForeignKey, Match, PrimaryKey
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import Table, TableKind, TableReference

if TYPE_CHECKING:
    from networkx import DiGraph

ROW_KINDS = frozenset({TableKind.TABLE, TableKind.PARTITIONED_TABLE, TableKind.FOREIGN_TABLE})
"""The kinds of table that rows are inserted into."""


class TableKey(NamedTuple):
    """The name of a table as a key; tuples compare by code point, schema first."""

    schema: str
    table: str


def build_graph(schema: DatabaseSchema) -> ForeignKeyGraph:
    """Return the FK graph of a database; time and memory are near-linear in its tables and FKs."""
    roots = partition_roots(schema)
    nodes = sorted(set(roots.values()))
    edges: dict[Ends[TableKey], list[GraphForeignKey]] = defaultdict(list)
    self_references: list[GraphForeignKey] = []
    not_enforced: list[GraphForeignKey] = []
    outside: list[GraphForeignKey] = []
    for name, table, foreign_key in _declared_foreign_keys(schema, roots):
        node, referenced = roots[name], roots.get(TableKey(foreign_key.ref_schema, foreign_key.ref_table))
        fact = _graph_foreign_key(name, table, foreign_key)
        if not foreign_key.enforced:
            not_enforced.append(fact)
        elif referenced is None:
            outside.append(fact)
        elif referenced == node:
            self_references.append(fact)
        else:
            edges[node, referenced].append(fact)
    order, components = _order(nodes, edges)
    inner = {ends for ends in edges if ends[0].schema == ends[1].schema}
    inner_order, inner_components = (order, components) if len(inner) == len(edges) else _order(nodes, inner)
    return ForeignKeyGraph(
        status=_status(bool(components)),
        edges=sum(map(len, edges.values())),
        dependency_order=order,
        dependency_order_by_schema=_by_schema(schema, inner_order, {one[0].schema for one in inner_components}),
        cycles=_cycles(components, edges),
        self_references=_in_order(self_references),
        not_enforced=_in_order(not_enforced),
        outside=_in_order(outside),
    )


def partition_roots(schema: DatabaseSchema) -> dict[TableKey, TableKey]:
    """Return, for every table that holds rows, the table that rows are inserted into.

    That is the topmost partitioned table above it in the file, or the table itself.
    """
    parents: dict[TableKey, TableKey | None] = {}
    for owner in schema.schemas:
        for table in owner.tables:
            if table.kind in ROW_KINDS:
                above = table.partition_of
                parents[TableKey(owner.name, table.name)] = (
                    None if above is None else TableKey(above.schema_name, above.table)
                )
    roots: dict[TableKey, TableKey] = {}
    for name in sorted(parents):
        path = {name: None}  # a dict for its order and its quick look-up
        last = name
        while last not in roots and (above_it := parents[last]) in parents and above_it not in path:
            path[above_it] = None
            last = above_it
        roots.update(dict.fromkeys(path, roots.get(last, last)))
    return roots


def _declared_foreign_keys(
    schema: DatabaseSchema, roots: Mapping[TableKey, TableKey]
) -> Iterator[tuple[TableKey, Table, ForeignKey]]:
    """Yield every FK that is not a copy of one in the file.

    A partition whose parent is not in the file has only copies: these count.
    """
    for owner in schema.schemas:
        for table in owner.tables:
            name = TableKey(owner.name, table.name)
            if name not in roots:
                continue
            orphan = table.partition_of is not None and roots[name] == name
            for constraint in table.constraints:
                if isinstance(constraint, ForeignKey) and (orphan or constraint.local or not constraint.inherited):
                    yield name, table, constraint


def _graph_foreign_key(name: TableKey, table: Table, foreign_key: ForeignKey) -> GraphForeignKey:
    settable = {
        column.name
        for column in table.columns
        if column.nullable and column.identity is None and not column.is_generated
    }
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKey):
            settable.difference_update(constraint.columns)
    can_be_null = [column in settable for column in foreign_key.columns]
    return GraphForeignKey(
        schema_name=name.schema,
        table=name.table,
        name=foreign_key.name,
        columns=foreign_key.columns,
        ref_schema=foreign_key.ref_schema,
        ref_table=foreign_key.ref_table,
        ref_columns=foreign_key.ref_columns,
        deferrable=foreign_key.deferrable,
        nullable=any(can_be_null) if foreign_key.match is Match.SIMPLE else bool(can_be_null) and all(can_be_null),
    )


def _order(
    nodes: Iterable[TableKey], edges: Collection[Ends[TableKey]]
) -> tuple[tuple[OrderedTable, ...], list[list[TableKey]]]:
    """Return the tables in dependency order, and the components of more than one table, each sorted."""
    import networkx

    graph: DiGraph[TableKey] = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((referenced, referencing) for referencing, referenced in edges)
    condensed = networkx.condensation(graph)
    places: list[tuple[int, list[TableKey]]] = []
    for level, generation in enumerate(networkx.topological_generations(condensed)):
        places += [(level, sorted(condensed.nodes[one]["members"])) for one in generation]
    places.sort()
    order = tuple(
        OrderedTable(schema_name=name.schema, table=name.table, level=level)
        for level, members in places
        for name in members
    )
    return order, sorted(members for _, members in places if len(members) > 1)


def _by_schema(
    schema: DatabaseSchema, order: Iterable[OrderedTable], cyclic: Collection[str]
) -> tuple[SchemaOrder, ...]:
    tables: dict[str, list[OrderedTable]] = {name: [] for name in sorted(one.name for one in schema.schemas)}
    for table in order:
        tables[table.schema_name].append(table)
    return tuple(
        SchemaOrder(schema_name=name, status=_status(name in cyclic), tables=tuple(tables[name])) for name in tables
    )


def _cycles(
    components: Iterable[list[TableKey]], edges: Mapping[Ends[TableKey], list[GraphForeignKey]]
) -> tuple[Cycle, ...]:
    component_of = {name: number for number, members in enumerate(components) for name in members}
    inside: dict[int, dict[Ends[TableKey], list[GraphForeignKey]]] = defaultdict(dict)
    for ends, foreign_keys in edges.items():
        number = component_of.get(ends[0])
        if number is not None and number == component_of.get(ends[1]):
            inside[number][ends] = foreign_keys
    cycles = []
    for number, members in enumerate(components):
        own = inside[number]
        # an edge can be postponed only if every FK on it can
        weights = {ends: len(fks) if all(fk.postponable for fk in fks) else None for ends, fks in own.items()}
        broken = find_breakers(members, weights)
        order = None if broken is None else fill_order(members, own.keys() - broken)
        cycles.append(
            Cycle(
                tables=_references(members),
                foreign_keys=_in_order(fk for fks in own.values() for fk in fks),
                breakers=None if broken is None else _in_order(fk for ends in broken for fk in own[ends]),
                fill_order=None if order is None else _references(order),
            )
        )
    return tuple(cycles)


def _status(cyclic: bool) -> GraphStatus:
    return GraphStatus.CYCLE if cyclic else GraphStatus.OK


def _references(names: Iterable[TableKey]) -> tuple[TableReference, ...]:
    return tuple(TableReference(schema_name=name.schema, table=name.table) for name in names)


def _in_order(foreign_keys: Iterable[GraphForeignKey]) -> tuple[GraphForeignKey, ...]:
    return tuple(sorted(foreign_keys, key=lambda one: (one.schema_name, one.table, one.name)))
