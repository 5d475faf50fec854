"""The rendered tables, by name: those of the file that no extension creates, without views that lack a table."""

import re
from collections import defaultdict

from datalchemy.adapters.postgres.naming import SYSTEM_SCHEMAS
from datalchemy.analysis.graph import TableKey
from datalchemy.model.base import QualifiedName, UsedObject
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import PartitionOf, Table, TableReference
from datalchemy.model.types import ColumnName, Sequence


class Source:
    """The look-ups that rendering one table needs."""

    def __init__(self, schema: DatabaseSchema) -> None:
        self.lost_defaults: dict[tuple[str, str, str], UsedObject] = {}
        self.tables: dict[TableKey, Table] = {
            TableKey(owner.name, table.name): self._without_lost_defaults(owner.name, table)
            for owner in schema.schemas
            for table in owner.tables
            if table.extension is None
        }
        major = re.match("[0-9]{1,9}", schema.engine_version)
        # a server before 15 does not know the word
        self.has_unlogged_sequences = major is not None and int(major[0]) >= 15
        self._brought = {
            TableKey(owner.name, table.name)
            for owner in schema.schemas
            for table in owner.tables
            if table.extension is not None
        }
        self._sequences = {(owner.name, one.name): one for owner in schema.schemas for one in owner.sequences}
        self.unmade_views = self._take_out_views()

    def has(self, schema: str, table: str) -> bool:
        """Return whether the table will be there: it is rendered, or an extension that is in the file brings it."""
        return TableKey(schema, table) in self.tables or TableKey(schema, table) in self._brought

    def _without_lost_defaults(self, schema: str, table: Table) -> Table:
        """Return the table without the defaults that use a sequence which is not in the file; note these."""
        columns = []
        for column in table.columns:
            lost = next((one for one in column.uses or () if one.kind == "sequence"), None)
            if lost is not None:
                self.lost_defaults[schema, table.name, column.name] = lost
            columns.append(column if lost is None else column.model_copy(update={"default": None, "uses": None}))
        return table.model_copy(update={"columns": tuple(columns)}) if self.lost_defaults else table

    def _take_out_views(self) -> dict[TableKey, TableReference]:
        """Take out each view that reads a table which will not be there, and those that read such a view.

        Returns:
            the views, each with the first table that it lacks.
        """
        readers: defaultdict[TableKey, set[TableKey]] = defaultdict(set)
        for key, table in self.tables.items():
            for one in table.depends_on or ():
                readers[TableKey(one.schema_name, one.table)].add(key)
        unmade = {}
        unchecked = list(self.tables)
        while unchecked:
            key = unchecked.pop()
            if key in self.tables and (lacking := next(filter(self._lacks, self.tables[key].depends_on or ()), None)):
                unmade[key] = lacking
                del self.tables[key]
                unchecked += sorted(readers[key])
        return dict(sorted(unmade.items()))

    def _lacks(self, read: TableReference) -> bool:
        return read.schema_name not in SYSTEM_SCHEMAS and not self.has(read.schema_name, read.table)

    def parents(self, table: Table) -> list[tuple[TableReference, Table]]:
        """Return the parents by inheritance that are rendered, in order."""
        found = ((one, self.tables.get(TableKey(one.schema_name, one.table))) for one in table.inherits)
        return [(reference, parent) for reference, parent in found if parent is not None]

    def creating_parents(self, table: Table) -> list[tuple[TableReference, Table]]:
        """Return the rendered parents that CREATE TABLE names: none where the table has all of it as its own, too."""
        found = self.parents(table)
        above = {column.name for _, parent in found for column in parent.columns}
        own = all(column.local for column in table.columns if column.name in above)
        adopted = own and all(one.local or not one.inherited for one in table.constraints)
        return [] if adopted else found

    def partition_parent(self, table: Table) -> tuple[PartitionOf, Table] | None:
        """Return the partitioned table that this one is attached to, if it is rendered."""
        link = table.partition_of
        parent = None if link is None else self.tables.get(TableKey(link.schema_name, link.table))
        return None if link is None or parent is None else (link, parent)

    def ancestors(self, table: Table) -> list[Table]:
        """Return every rendered parent, by inheritance or partitioning."""
        attached = self.partition_parent(table)
        return [parent for _, parent in self.parents(table)] + ([] if attached is None else [attached[1]])

    def makes_sequence(self, sequence: Sequence) -> bool:
        """Return whether the sequence is made by itself: it serves no identity and comes with no extension."""
        owner = sequence.owned_by
        brought = owner is not None and TableKey(owner.schema_name, owner.table) in self._brought
        return sequence.extension is None and not sequence.identity and not brought

    def own_sequence(self, schema: str, table: str, column: str, sequence: QualifiedName) -> Sequence | None:
        """Return the sequence if that column owns it, and None if another does."""
        found = self._sequences.get((sequence.schema_name, sequence.name))
        owner = ColumnName(schema_name=schema, table=table, column=column)
        return found if found is not None and found.owned_by == owner else None
