"""What the graph of foreign keys says: values only (analysis.graph makes them)."""

from enum import StrEnum

from pydantic import Field

from datalchemy.model.base import FrozenModel, SchemaName
from datalchemy.model.table import TableReference


class GraphStatus(StrEnum):
    """Whether an order exists in which every referenced table is filled before the referencing one."""

    OK = "ok"
    CYCLE = "cycle"


class OrderedTable(TableReference):
    """A table at its place; `level` is 0 when it depends on no other, else one more than the highest it depends on."""

    schema_name: SchemaName = Field(description="The table's schema.")
    table: str = Field(description="Its name.")
    level: int = Field(
        description="0 when it references no other table, else one more than the highest level that it references."
    )


class SchemaOrder(FrozenModel):
    """The order inside one schema, counting only the FKs between its own tables."""

    schema_name: SchemaName = Field(description="The schema.")
    status: GraphStatus = Field(description="Whether its tables have an order.")
    tables: tuple[OrderedTable, ...] = Field(description="Its tables, referenced before referencing.")


class GraphForeignKey(TableReference):
    """An FK as it is declared (its tables may be partitions), and what an insert can do about it.

    `nullable` says that a row can be inserted with the FK unset and set later: with MATCH SIMPLE at least one column
    can be NULL, else all of them. CHECK constraints and triggers are not looked at.
    """

    schema_name: SchemaName = Field(description="The referencing table's schema.")
    table: str = Field(description="The referencing table.")
    name: str = Field(description="The name of the FK.")
    columns: tuple[str, ...] = Field(description="Its columns.")
    ref_schema: str = Field(description="The referenced table's schema.")
    ref_table: str = Field(description="The referenced table.")
    ref_columns: tuple[str, ...] = Field(description="The referenced columns.")
    deferrable: bool = Field(description="Whether its check can wait until commit.")
    nullable: bool = Field(description="Whether a row can be inserted with the FK unset.")

    @property
    def postponable(self) -> bool:
        """Return whether the referencing row can be inserted before the referenced one."""
        return self.deferrable or self.nullable


class Cycle(FrozenModel):
    """A strongly connected component of more than one table, with every FK inside it.

    `breakers` are FKs whose postponing (until commit if deferrable, by a later update if nullable) leaves no cycle,
    and `fill_order` is the order of the tables once they are postponed; both are None when no such set exists, since
    some cycle has neither kind. The set is found greedily: correct, not guaranteed to be the smallest.
    """

    tables: tuple[TableReference, ...] = Field(description="The tables of the cycle.")
    foreign_keys: tuple[GraphForeignKey, ...] = Field(description="The FKs inside it.")
    breakers: tuple[GraphForeignKey, ...] | None = Field(
        description="FKs whose postponing leaves no cycle; null when there are none such."
    )
    fill_order: tuple[TableReference, ...] | None = Field(
        description="The tables' order once `breakers` are postponed; null when there are none."
    )


class ForeignKeyGraph(FrozenModel):
    """Every FK of the file that is not a copy stands once: as an edge, or in one of the three lists.

    `edges` counts the FKs that order two different tables, parallel ones each. `self_references` order rows, not
    tables; `not_enforced` order nothing; `outside` reference a table that is not in the file. `dependency_order` has
    every table once, referenced before referencing, by (level, schema, table); tables of one cycle share a level and
    stand together, at the place of the first of them. `status` is `cycle` when `cycles` is not empty.
    """

    status: GraphStatus = Field(description="`ok` when an order exists, `cycle` when not.")
    edges: int = Field(description="FKs that order two different tables.")
    dependency_order: tuple[OrderedTable, ...] = Field(description="Every table once, referenced before referencing.")
    dependency_order_by_schema: tuple[SchemaOrder, ...] = Field(description="The same inside each schema.")
    cycles: tuple[Cycle, ...] = Field(description="The cycles.")
    self_references: tuple[GraphForeignKey, ...] = Field(description="FKs of a table to itself.")
    not_enforced: tuple[GraphForeignKey, ...] = Field(description="FKs that the server does not enforce.")
    outside: tuple[GraphForeignKey, ...] = Field(description="FKs to a table that is not in the file.")
