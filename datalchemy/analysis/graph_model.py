"""What the graph of foreign keys says: values only (analysis.graph makes them)."""

from enum import StrEnum

from datalchemy.model.base import FrozenModel, SchemaName
from datalchemy.model.table import TableReference


class GraphStatus(StrEnum):
    """Whether an order exists in which every referenced table is filled before the referencing one."""

    OK = "ok"
    CYCLE = "cycle"


class OrderedTable(FrozenModel):
    """A table at its place; `level` is 0 when it depends on no other, else one more than the highest it depends on."""

    schema_name: SchemaName
    table: str
    level: int


class SchemaOrder(FrozenModel):
    """The order inside one schema, counting only the FKs between its own tables."""

    schema_name: SchemaName
    status: GraphStatus
    tables: tuple[OrderedTable, ...]


class GraphForeignKey(FrozenModel):
    """An FK as it is declared (its tables may be partitions), and what an insert can do about it.

    `nullable` says that a row can be inserted with the FK unset and set later: with MATCH SIMPLE at least one column
    can be NULL, else all of them. CHECK constraints and triggers are not looked at.
    """

    schema_name: SchemaName
    table: str
    name: str
    columns: tuple[str, ...]
    ref_schema: str
    ref_table: str
    ref_columns: tuple[str, ...]
    deferrable: bool
    nullable: bool

    @property
    def postponable(self) -> bool:
        """Tell whether the referencing row can be inserted before the referenced one."""
        return self.deferrable or self.nullable


class Cycle(FrozenModel):
    """A strongly connected component of more than one table, with every FK inside it.

    `breakers` are FKs whose postponing (until commit if deferrable, by a later update if nullable) leaves no cycle,
    and `fill_order` is the order of the tables once they are postponed; both are None when no such set exists, since
    some cycle has neither kind. The set is found greedily: correct, not guaranteed to be the smallest.
    """

    tables: tuple[TableReference, ...]
    foreign_keys: tuple[GraphForeignKey, ...]
    breakers: tuple[GraphForeignKey, ...] | None
    fill_order: tuple[TableReference, ...] | None


class ForeignKeyGraph(FrozenModel):
    """Every FK of the file that is not a copy stands once: as an edge, or in one of the three lists.

    `edges` counts the FKs that order two different tables, parallel ones each. `self_references` order rows, not
    tables; `not_enforced` order nothing; `outside` reference a table that is not in the file. `dependency_order` has
    every table once, referenced before referencing, by (level, schema, table); tables of one cycle share a level and
    stand together, at the place of the first of them. `status` is `cycle` when `cycles` is not empty.
    """

    status: GraphStatus
    edges: int
    dependency_order: tuple[OrderedTable, ...]
    dependency_order_by_schema: tuple[SchemaOrder, ...]
    cycles: tuple[Cycle, ...]
    self_references: tuple[GraphForeignKey, ...]
    not_enforced: tuple[GraphForeignKey, ...]
    outside: tuple[GraphForeignKey, ...]
