"""Owners and privileges: rows → values."""

from collections.abc import Iterable

from datalchemy.adapters.postgres.assemble.lookup import Lookup, from_code, grouped
from datalchemy.adapters.postgres.rows.privileges import DefaultPrivilegeRow, PrivilegeRow
from datalchemy.model.diagnostics import Place
from datalchemy.model.privileges import Access, DefaultPrivileges, Grant

_OBJECTS = {
    "r": "tables",
    "S": "sequences",
    "f": "functions",
    "T": "types",
    "n": "schemas",
    "L": "large_objects",
}


def access_by_object(rows: Iterable[PrivilegeRow]) -> dict[tuple[str, int, int], Access]:
    """Return who owns an object and what is granted on it, by catalog, OID and part."""
    return {
        key: Access(owner=found[0].owner, is_default=found[0].is_default, grants=_grants(found))
        for key, found in grouped(rows, lambda row: (row.catalog, row.object_oid, row.part)).items()
    }


def default_privileges(lookup: Lookup) -> tuple[DefaultPrivileges, ...]:
    """Return the default privileges by role, schema (none first) and kind of objects."""

    def made(found: list[DefaultPrivilegeRow]) -> DefaultPrivileges:
        return DefaultPrivileges(
            role=found[0].role,
            schema_name=found[0].schema,
            objects=from_code(_OBJECTS, found[0].objects, "the kind of default privileges"),
            grants=_grants(found),
        )

    groups = grouped(lookup.rows.default_privileges, lambda row: row.default_oid).values()
    built = lookup.built(groups, made, lambda found: Place(schema_name=found[0].schema, name=found[0].role))
    return tuple(sorted(built, key=lambda one: (one.role, one.schema_name or "", one.objects)))


def _grants(rows: Iterable[PrivilegeRow | DefaultPrivilegeRow]) -> tuple[Grant, ...]:
    made = (
        Grant(
            grantee=row.grantee,
            grantor=row.grantor,
            privileges=_words(row.privileges),
            grantable=_words(row.grantable),
        )
        for row in rows
        if row.grantor is not None
    )
    return tuple(sorted(made, key=lambda one: (one.grantee is not None, one.grantee or "", one.grantor)))


def _words(privileges: list[str] | None) -> tuple[str, ...]:
    return tuple(one.replace(" ", "_") for one in privileges or ())
