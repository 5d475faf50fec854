"""Names and facts by OID, for one capture. Nothing after assembly knows OIDs."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from datalchemy.adapters.postgres.constants import default_facts
from datalchemy.adapters.postgres.rows import CatalogRows
from datalchemy.adapters.postgres.rows.session import UseRow
from datalchemy.adapters.postgres.rows.tables import RelationRow
from datalchemy.adapters.postgres.rows.types import SequenceRow, TypeRow
from datalchemy.adapters.postgres.type_modifiers import decode
from datalchemy.errors import CatalogError
from datalchemy.model.base import Parameter, QualifiedName, UsedObject
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.privileges import Access
from datalchemy.model.types import ElementType, SequenceOptions, TypeKind, TypeReference

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Row = TypeVar("_Row")
_Named = TypeVar("_Named", bound="Named")


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


_TYPE_KINDS = {
    "b": TypeKind.BASE,
    "c": TypeKind.COMPOSITE,
    "d": TypeKind.DOMAIN,
    "e": TypeKind.ENUM,
    "m": TypeKind.MULTIRANGE,
    "p": TypeKind.PSEUDO,
    "r": TypeKind.RANGE,
}


def from_code(words: Mapping[str, _Value], code: str, what: str) -> _Value:
    """Return the word for a catalog's letter.

    Raises:
        CatalogError: the letter is new: a server later than this program.
    """
    try:
        return words[code]
    except KeyError:
        raise CatalogError(
            f"the server uses {what} {code!r}, which this version does not know",
            remedy="upgrade datalchemy, or report the server's version",
        ) from None


def grouped(rows: Iterable[_Value], key: Callable[[_Value], _Key]) -> dict[_Key, list[_Value]]:
    """Group rows by `key`, keeping their order."""
    groups: defaultdict[_Key, list[_Value]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def by_name(values: Iterable[_Named]) -> tuple[_Named, ...]:
    """Return values in order of their names."""
    return tuple(sorted(values, key=lambda value: value.name))


def qualified(schema: str | None, name: str | None) -> QualifiedName | None:
    """Return the two fields as one name, or None where there is none."""
    return None if schema is None or name is None else QualifiedName(schema_name=schema, name=name)


def parameters_of(options: Iterable[str] | None) -> tuple[Parameter, ...]:
    """Return the storage parameters that the catalogs keep as `name=value`, sorted by name."""
    pairs = (option.partition("=") for option in options or ())
    return tuple(sorted((Parameter(name=n, value=v) for n, _, v in pairs), key=lambda p: p.name))


def sequence_options(row: SequenceRow) -> SequenceOptions:
    """Return how the sequence counts."""
    return SequenceOptions(
        start=row.start,
        increment=row.increment,
        minimum=row.minimum,
        maximum=row.maximum,
        cache=row.cache,
        cycle=row.cycle,
    )


def default_of(expression: str | None) -> dict[str, Any]:
    """Return the default of a column or domain and what it gives, as fields of the model."""
    if expression is None:
        return {}
    facts = default_facts(expression)
    return {
        "default": expression,
        "default_kind": facts.kind,
        "default_value": facts.value,
        "default_type": facts.type,
    }


class Lookup:
    """The maps from OIDs for assembling one capture, and the warnings for what is skipped.

    Args:
        rows: the capture.
        kept: the relations that the filter keeps, by OID.
        skip_unrenderable: an object that the server did not render is skipped; otherwise its error is raised.
        access: owners and privileges by catalog, OID and part, where they were asked for.

    Attributes:
        skipped: a warning for each object that was skipped, in the order of the tables.
    """

    def __init__(
        self,
        rows: CatalogRows,
        kept: Mapping[int, RelationRow],
        *,
        skip_unrenderable: bool,
        access: Mapping[tuple[str, int, int], Access],
    ) -> None:
        self.rows = rows
        self._access = access
        self.kept = kept
        self.skipped: list[Diagnostic] = []
        self._skip_unrenderable = skip_unrenderable
        self._comments = {(row.catalog, row.object_oid, row.part): row.comment for row in rows.comments}
        self._extensions = {(row.catalog, row.object_oid): row.extension for row in rows.extension_members}
        self._uses = grouped(rows.uses, lambda row: (row.catalog, row.object_oid, row.part))
        self._columns = {(row.relation_oid, row.attnum): row.name for row in rows.columns}
        self._columns.update({(row.relation_oid, row.attnum): row.name for row in rows.outside_columns})
        self._collations = {
            row.collation_oid: QualifiedName(schema_name=row.schema, name=row.name) for row in rows.collations
        }
        self._operator_classes = {
            row.operator_class_oid: (QualifiedName(schema_name=row.schema, name=row.name), row.is_default)
            for row in rows.operator_classes
        }
        self._types = {(row.type_oid, row.type_modifier): row for row in rows.types}
        self._references = {key: _reference(row) for key, row in self._types.items()}

    def skip(self, error: CatalogError, where: Place) -> None:
        """Skip the object at `where` with a warning, or raise `error` when another attempt may read it."""
        if error.transient and not self._skip_unrenderable:
            raise error
        self.skipped.append(
            Diagnostic(code=WarningCode.INCOMPLETE_CAPTURE, message=f"not captured: {error.message}", where=where)
        )

    def built(
        self, rows: Iterable[_Row], build: Callable[[_Row], _Value], where: Callable[[_Row], Place]
    ) -> list[_Value]:
        """Return the values that `build` makes of the rows; a row for which it raises CatalogError is skipped."""
        values = []
        for row in rows:
            try:
                values.append(build(row))
            except CatalogError as error:
                self.skip(error, where(row))
        return values

    def known(self, words: Mapping[str, _Value], code: str, what: str, where: Callable[[], Place]) -> _Value | None:
        """Return the word for a catalog's letter; None for a letter that is new."""
        try:
            return from_code(words, code, what)
        except CatalogError as error:
            self.skip(error, where())
            return None

    def place(
        self, relation_oid: int, *, column: str | None = None, constraint: str | None = None, name: str | None = None
    ) -> Place:
        """Return where a table that the filter keeps is, or the column, the constraint or another part of it."""
        table = self.kept[relation_oid]
        return Place(schema_name=table.schema, table=table.name, column=column, constraint=constraint, name=name)

    def comment(self, catalog: str, oid: int, part: int = 0) -> str | None:
        """Return the comment on an object, or on a part of it."""
        return self._comments.get((catalog, oid, part))

    def extension(self, catalog: str, oid: int) -> str | None:
        """Return the extension that owns the object."""
        return self._extensions.get((catalog, oid))

    def uses(self, catalog: str, oid: int, part: int = 0) -> tuple[UsedObject, ...] | None:
        """Return what the expressions of an object use, or those of a part of it, in order; None for nothing."""
        found = (_used(row) for row in self._uses.get((catalog, oid, part), ()))
        return tuple(sorted(found, key=lambda one: (one.kind, one.schema_name, one.name, one.arguments or ()))) or None

    def access(self, catalog: str, oid: int, part: int = 0) -> Access | None:
        """Return who owns the object and what is granted on it, or on a part of it; None where it was not asked for."""
        return self._access.get((catalog, oid, part))

    def column(self, relation_oid: int, attnum: int) -> str:
        """Return the name of a live column."""
        try:
            return self._columns[relation_oid, attnum]
        except KeyError:
            raise CatalogError(
                "the catalog names a column that it does not list",
                remedy="the structure changed while it was read, or the catalog is damaged: run it again",
                transient=True,
            ) from None

    def columns(self, relation_oid: int, attnums: Iterable[int] | None) -> tuple[str, ...]:
        """Return names by attnum, in the key's own order."""
        return tuple(self.column(relation_oid, attnum) for attnum in attnums or ())

    def collation(self, oid: int | None) -> QualifiedName | None:
        """Return the collation's name; None for 0 and None."""
        return self._collations[oid] if oid else None

    def operator_class(self, oid: int) -> tuple[QualifiedName, bool]:
        """Return the operator class's name, and whether it is the default for its type."""
        return self._operator_classes[oid]

    def type_row(self, oid: int, modifier: int = -1) -> TypeRow:
        """Return the row of a type with this modifier."""
        return self._types[oid, modifier]

    def type_reference(self, oid: int, modifier: int, dimensions: int = 0) -> TypeReference:
        """Return the type in parts; an array has the declared dimensions, at least one."""
        reference = self._references[oid, modifier]
        if reference.kind is TypeKind.ARRAY:
            return reference.model_copy(update={"array_dimensions": max(1, dimensions)})
        return reference


def _used(row: UseRow) -> UsedObject:
    return UsedObject(
        kind=row.kind,
        schema_name=row.schema,
        name=row.name,
        arguments=None if row.arguments is None else tuple(row.arguments),
        extension=row.extension,
    )


def _reference(row: TypeRow) -> TypeReference:
    element = None
    kind = from_code(_TYPE_KINDS, row.kind, "the type kind")
    base_schema, base_name = row.schema, row.name
    if row.element_schema is not None and row.element_name is not None and row.element_kind is not None:
        kind = TypeKind.ARRAY
        base_schema, base_name = row.element_schema, row.element_name
        element = ElementType(
            schema_name=base_schema, name=base_name, kind=from_code(_TYPE_KINDS, row.element_kind, "the type kind")
        )
    length, precision, scale = decode(base_name, row.type_modifier if base_schema == "pg_catalog" else -1)
    return TypeReference(
        schema_name=row.schema,
        name=row.name,
        kind=kind,
        element=element,
        length=length,
        precision=precision,
        scale=scale,
    )
