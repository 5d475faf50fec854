"""Pure: the rows of one capture → the schema as a value, and warnings."""

from collections.abc import Iterator
from typing import NamedTuple

from datalchemy.adapters.postgres.assemble.functions import FunctionAssembler
from datalchemy.adapters.postgres.assemble.lookup import Lookup, by_name, grouped
from datalchemy.adapters.postgres.assemble.privileges import access_by_object, default_privileges
from datalchemy.adapters.postgres.assemble.tables import TableAssembler
from datalchemy.adapters.postgres.assemble.types import TypeAssembler
from datalchemy.adapters.postgres.canonical_sql import canonical_rows
from datalchemy.adapters.postgres.naming import SYSTEM_SCHEMAS, PostgresNames
from datalchemy.adapters.postgres.rows import CatalogRows
from datalchemy.adapters.postgres.rows.session import ExtensionRow, ServerRow
from datalchemy.adapters.postgres.rows.tables import RelationRow
from datalchemy.adapters.postgres.rows.types import TypeRow
from datalchemy.analysis.fingerprint import FINGERPRINT_VERSION, fingerprint
from datalchemy.errors import CatalogError
from datalchemy.model.capture import TableEstimate
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.schema import DatabaseSchema, Extension, Schema
from datalchemy.text import escape_controls, quoted

_OWNED_KINDS = "cdemr"
"""Letters of pg_type.typtype: the types whose definitions are in schema.json."""

_MOST_NAMED = 20


class Assembled(NamedTuple):
    """The schema, the planner's estimates, and the warnings."""

    schema: DatabaseSchema
    estimates: tuple[TableEstimate, ...]
    warnings: tuple[Diagnostic, ...]


def assemble(
    rows: CatalogRows, *, server: ServerRow, object_filter: ObjectFilter, skip_unrenderable: bool = False
) -> Assembled:
    """Build the database's schema from the rows of the schemas that were read.

    An object whose row holds an unknown letter is skipped with a warning. With `skip_unrenderable`, so is an object
    that the server did not render.

    Raises:
        CatalogError: a definition has disappeared (transient), or the kind of a table or type is not known.
    """
    rows = canonical_rows(rows)
    kept = {row.relation_oid: row for row in rows.relations if object_filter.keeps_table(row.schema, row.name)}
    lookup = Lookup(rows, kept, skip_unrenderable=skip_unrenderable, access=access_by_object(rows.privileges))
    assembler = TableAssembler(lookup)
    tables = grouped(kept.values(), lambda row: row.schema)
    owned = TypeAssembler(lookup).of_schemas()
    functions = FunctionAssembler(lookup).of_schemas()
    schemas = tuple(
        Schema(
            name=row.name,
            comment=lookup.comment("pg_namespace", row.schema_oid),
            access=lookup.access("pg_namespace", row.schema_oid),
            extension=lookup.extension("pg_namespace", row.schema_oid),
            tables=tuple(assembler.table(table) for table in by_name(tables.get(row.name, ()))),
            **owned.get(row.name, {}),
            functions=functions.get(row.name, ()),
        )
        for row in by_name(rows.schemas)
    )
    extensions = by_name(lookup.built(rows.extensions, _extension, lambda row: Place(name=row.name)))
    schema = DatabaseSchema(
        engine="postgres",
        engine_version=server.version.split(" ")[0],
        database=server.database,
        fingerprint=fingerprint(schemas, PostgresNames(), extensions=extensions),
        fingerprint_version=FINGERPRINT_VERSION,
        extensions=extensions,
        schemas=schemas,
        default_privileges=default_privileges(lookup) or None,
    )
    warnings = (
        *_empty_schemas(schemas),
        *_types_outside(rows, lookup),
        *_children_outside(rows, kept),
        *_not_modelled(rows),
        *lookup.skipped,
    )
    return Assembled(schema, tuple(_estimates(kept, server.version_num)), warnings)


def _extension(row: ExtensionRow) -> Extension:
    if row.schema is None:
        raise CatalogError(
            f"the catalog has lost the schema of the extension {row.name}", remedy="the catalog is damaged"
        )
    return Extension(name=row.name, schema_name=row.schema, version=row.version)


def _estimates(kept: dict[int, RelationRow], version_num: int) -> Iterator[TableEstimate]:
    for row in sorted(kept.values(), key=lambda row: (row.schema, row.name)):
        if row.kind == "v":
            continue
        # Before PostgreSQL 14 a table that was never analysed had 0 rows and 0 pages; since then it has -1 rows.
        unknown = row.estimated_rows < 0 or (
            version_num < 140000 and not row.estimated_rows and not row.estimated_pages
        )
        yield TableEstimate(
            schema_name=row.schema,
            table=row.name,
            rows=None if unknown else round(row.estimated_rows),
            pages=None if unknown else row.estimated_pages,
            populated=row.populated if row.kind == "m" else None,
        )


def _empty_schemas(schemas: tuple[Schema, ...]) -> Iterator[Diagnostic]:
    for schema in schemas:
        if not schema.tables:
            yield Diagnostic(
                code=WarningCode.EMPTY_SCHEMA,
                message=f"the schema {schema.name} has no table that the filter keeps",
                where=Place(schema_name=schema.name),
            )


def _types_outside(rows: CatalogRows, lookup: Lookup) -> Iterator[Diagnostic]:
    inside = {row.name for row in rows.schemas} | SYSTEM_SCHEMAS
    outside: set[tuple[str, str]] = set()
    for row in rows.types:
        for schema, name, kind in _named_types(row):
            if schema not in inside and kind in _OWNED_KINDS and not lookup.extension("pg_type", row.type_oid):
                outside.add((schema, name))
    for schema, name in sorted(outside):
        yield Diagnostic(
            code=WarningCode.OUTSIDE_FILTER,
            message=f"the type {name} is used, but its schema {schema} is outside the filter",
            where=Place(schema_name=schema, name=name),
        )


def _children_outside(rows: CatalogRows, kept: dict[int, RelationRow]) -> Iterator[Diagnostic]:
    """Yield a warning for each kept table some of whose partitions, or children by inheritance, are left out."""
    children = grouped(
        (row for row in rows.parents if row.parent_oid in kept and row.relation_oid not in kept),
        lambda row: (row.parent_schema, row.parent_table, kept[row.parent_oid].kind),
    )
    for (schema, table, kind), found in sorted(children.items()):
        names = sorted(quoted(row.schema, row.name) for row in found)
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        what = "partitions" if kind == "p" else "children"
        yield Diagnostic(
            code=WarningCode.OUTSIDE_FILTER,
            message=f"table {quoted(schema, table)} has {what} that the filter leaves out: "
            f"{', '.join(names[:_MOST_NAMED])}{more}",
            where=Place(schema_name=schema, table=table),
        )


def _named_types(row: TypeRow) -> Iterator[tuple[str, str, str]]:
    if row.element_schema and row.element_name and row.element_kind:
        yield row.element_schema, row.element_name, row.element_kind
    else:
        yield row.schema, row.name, row.kind


def _not_modelled(rows: CatalogRows) -> Iterator[Diagnostic]:
    for row in sorted(rows.not_modelled, key=lambda row: (row.schema is None, row.schema or "", row.kind)):
        where = "in the database" if row.schema is None else f"in the schema {row.schema}"
        names = ", ".join(quoted(escape_controls(name)) for name in row.names)
        more = f" and {row.objects - len(row.names)} more" if row.objects > len(row.names) else ""
        yield Diagnostic(
            code=WarningCode.NOT_MODELLED,
            message=f"{row.objects} of kind {row.kind!r} {where}: {names}{more}; schema.json has no place for them",
            where=Place(schema_name=row.schema, name=row.kind),
        )
