"""Which schemas and tables a run looks at."""

from collections.abc import Collection
from fnmatch import fnmatchcase
from glob import escape
from typing import Self

from datalchemy.model.base import FrozenModel


def is_glob(pattern: str) -> bool:
    """Tell whether `pattern` holds a wildcard (`*`, `?`, `[`)."""
    return any(character in pattern for character in "*?[")


def _matches(patterns: tuple[str, ...], *names: str) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns for name in names)


class ObjectFilter(FrozenModel):
    """Globs, case-sensitive. A table's glob is tried on `table` and on `schema.table`; exclusion wins.

    A pattern that is a name, letter for letter, matches it; `[[]x]` matches the name `[x]` alone.
    """

    include_schemas: tuple[str, ...] = ("public",)
    exclude_schemas: tuple[str, ...] = ()
    include_tables: tuple[str, ...] = ("*",)
    exclude_tables: tuple[str, ...] = ()

    def naming_schemas(self, names: Collection[str]) -> Self:
        """Return the filter for a database with these schemas: a pattern that is one's name means that one only."""
        named = {
            field: tuple(escape(pattern) if pattern in names else pattern for pattern in patterns)
            for field, patterns in (
                ("include_schemas", self.include_schemas),
                ("exclude_schemas", self.exclude_schemas),
            )
        }
        return self.model_copy(update=named)

    def keeps_schema(self, name: str) -> bool:
        """Tell whether the schema is looked at."""
        return _matches(self.include_schemas, name) and not _matches(self.exclude_schemas, name)

    def keeps_table(self, schema: str, name: str) -> bool:
        """Tell whether the table is looked at, given that its schema is."""
        names = (name, f"{schema}.{name}")
        return _matches(self.include_tables, *names) and not _matches(self.exclude_tables, *names)
