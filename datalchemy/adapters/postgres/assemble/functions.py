"""The functions that a schema owns: rows → values."""

from datalchemy.adapters.postgres.assemble.lookup import Lookup, from_code, grouped
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.functions import FunctionRow
from datalchemy.errors import CatalogError
from datalchemy.model.base import QualifiedName
from datalchemy.model.diagnostics import Place
from datalchemy.model.functions import Function, FunctionKind, Parallel, Volatility

_KINDS = {
    "f": FunctionKind.FUNCTION,
    "p": FunctionKind.PROCEDURE,
    "a": FunctionKind.AGGREGATE,
    "w": FunctionKind.WINDOW,
}
_VOLATILITIES = {"i": Volatility.IMMUTABLE, "s": Volatility.STABLE, "v": Volatility.VOLATILE}
_PARALLEL = {"s": Parallel.SAFE, "r": Parallel.RESTRICTED, "u": Parallel.UNSAFE}


class FunctionAssembler:
    """Builds the functions of all schemas. One that the catalog has lost a part of is skipped with a warning."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._bodies = {row.function_oid: row for row in lookup.rows.function_bodies}

    def of_schemas(self) -> dict[str, tuple[Function, ...]]:
        """Return the functions of each schema, by name and arguments."""
        return {
            schema: tuple(
                sorted(
                    self._lookup.built(rows, self._function, lambda row: Place(schema_name=row.schema, name=row.name)),
                    key=lambda one: (one.name, one.arguments),
                )
            )
            for schema, rows in grouped(self._lookup.rows.functions, lambda row: row.schema).items()
        }

    def _function(self, row: FunctionRow) -> Function:
        if row.language is None:
            raise _lost(row, "its language")
        if row.arguments is None:
            raise _lost(row, "the type of an argument or of its result")
        body = self._bodies.get(row.function_oid)
        if body is not None and body.body_sha256 is None:
            raise object_vanished(f"the function {row.schema}.{row.name}({row.arguments})")
        pairs = zip(row.argument_schemas or (), row.argument_types or (), strict=True)
        return Function(
            name=row.name,
            kind=from_code(_KINDS, row.kind, "the function kind"),
            arguments=row.arguments,
            argument_types=tuple(
                QualifiedName(schema_name=schema, name=name) for schema, name in pairs if schema and name
            ),
            result=row.result,
            language=row.language,
            volatility=from_code(_VOLATILITIES, row.volatility, "the volatility"),
            parallel=from_code(_PARALLEL, row.parallel, "the parallel safety"),
            strict=row.is_strict,
            security_definer=row.security_definer,
            search_path_set=row.search_path_set,
            source_sha256=row.source_sha256 if body is None else None,
            body_sha256=None if body is None else body.body_sha256,
            source=row.source if body is None else body.source,
            comment=self._lookup.comment("pg_proc", row.function_oid),
            access=self._lookup.access("pg_proc", row.function_oid),
        )


def _lost(row: FunctionRow, what: str) -> CatalogError:
    arguments = "..." if row.arguments is None else row.arguments
    return CatalogError(
        f"the function {row.schema}.{row.name}({arguments}): the catalog has lost {what}",
        remedy="drop the function, or create it again",
    )
