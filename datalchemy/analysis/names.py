"""The names in a file: the look-ups of the validator."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from datalchemy.analysis.graph import TableKey, partition_roots
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.types import ElementType, TypeKind, TypeReference

IsOutside = Callable[[str, str], bool]
"""Returns whether the filter leaves out a table, given the names of its schema and itself."""


class NamingRules(Protocol):
    """An engine's rules for names."""

    @property
    def system_columns(self) -> Collection[str]:
        """The system columns, which every table has and none lists."""
        ...

    @property
    def system_schemas(self) -> Collection[str]:
        """The schemas that every database has and no file holds."""
        ...

    def name_spaces(self, schema: Schema) -> Iterable[Iterable[str]]:
        """Return the names of a schema, grouped: inside a group each name must be unique."""
        ...


class SchemaIndex:
    """The names in a database's structure.

    Args:
        schema: the structure.
        rules: the engine's rules for names.
        is_outside: which tables the filter leaves out; by default, those of schemas that are not in the file.
    """

    def __init__(self, schema: DatabaseSchema, rules: NamingRules, is_outside: IsOutside | None) -> None:
        self.rules = rules
        self.schemas = schema.schemas
        self.tables = {TableKey(owner.name, table.name): table for owner in schema.schemas for table in owner.tables}
        self.columns = {name: {column.name for column in table.columns} for name, table in self.tables.items()}
        self.sequences = {(owner.name, one.name): one for owner in schema.schemas for one in owner.sequences}
        self.roots = partition_roots(schema)
        self._schema_names = {owner.name for owner in schema.schemas}
        self._types: dict[TypeKind, set[tuple[str, str]]] = {
            TypeKind.ENUM: {(owner.name, one.name) for owner in schema.schemas for one in owner.enums},
            TypeKind.DOMAIN: {(owner.name, one.name) for owner in schema.schemas for one in owner.domains},
            TypeKind.COMPOSITE: {(owner.name, one.name) for owner in schema.schemas for one in owner.composites}
            | self.tables.keys(),  # every table is a row type, too
            TypeKind.RANGE: {(owner.name, one.name) for owner in schema.schemas for one in owner.ranges},
        }
        self._is_outside = is_outside

    def has_schema(self, name: str) -> bool:
        """Return whether the file holds the schema."""
        return name in self._schema_names

    def is_outside(self, schema: str, table: str) -> bool:
        """Return whether the filter leaves the table out."""
        if self._is_outside is None:
            return not self.has_schema(schema)
        return self._is_outside(schema, table)

    def lacks_type(self, reference: TypeReference) -> TypeReference | ElementType | None:
        """Return the type (or array element) that the file should hold and does not; None if there is no such type."""
        used = reference.element or reference
        known = self._types.get(used.kind)
        if known is None or not self.has_schema(used.schema_name) or (used.schema_name, used.name) in known:
            return None
        if used.kind is TypeKind.COMPOSITE and self.is_outside(used.schema_name, used.name):
            return None  # the row type of a table that the filter leaves out
        return used


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)
