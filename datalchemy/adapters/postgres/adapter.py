"""The PostgreSQL adapter: connection → rows → one Capture."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from datalchemy.adapters.base import ConnectionTarget, ServerInfo
from datalchemy.adapters.postgres.assemble import Assembled, assemble
from datalchemy.adapters.postgres.catalog import Catalog, open_catalog
from datalchemy.adapters.postgres.config import connection_parameters
from datalchemy.adapters.postgres.errors import schema_changed
from datalchemy.adapters.postgres.rows import OLDEST_VERSION_NUM, QUERIES, CatalogRows
from datalchemy.adapters.postgres.rows.fit import misfit
from datalchemy.adapters.postgres.rows.session import SchemaRow, ServerRow
from datalchemy.errors import ConfigurationError, DatalchemyError
from datalchemy.events import Events
from datalchemy.model.capture import Capture
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.filter import ObjectFilter, is_glob
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.secrets.vault import Vault
from datalchemy.text import escape_controls, shown


class PostgresAdapter:
    """Reads pg_catalog in sets: the number of queries does not grow with the database."""

    def __init__(self, target: ConnectionTarget, *, events: Events, vault: Vault) -> None:
        self._target = target
        self._events = events
        self._vault = vault
        connection_parameters(target, vault)  # what cannot be read is refused before anything connects

    def ping(self) -> ServerInfo:
        """Connect, return who answered and what this role may read, disconnect.

        The features are the facts that only later servers have, by the names of their queries.
        """
        with self._open() as (catalog, server, _):
            access = catalog.access()
            later = (query for query in QUERIES if OLDEST_VERSION_NUM < query.since <= server.version_num)
            return ServerInfo(
                version=server.version,
                database=server.database,
                role=server.role,
                tls=catalog.tls,
                round_trip_seconds=catalog.round_trip_seconds(),
                schemas=access.schemas,
                tables=access.tables,
                selectable_tables=access.selectable_tables,
                features=tuple(sorted(f"has_{query.name}" for query in later)),
            )

    def introspect(
        self,
        object_filter: ObjectFilter,
        *,
        options: CaptureOptions = DEFAULT_CAPTURE,
        skip_unrenderable: bool = False,
    ) -> Capture:
        """Read the catalog in one REPEATABLE READ READ ONLY transaction and assemble it.

        With `skip_unrenderable`, an object whose definition the server does not render becomes a warning.

        Raises:
            ConnectionFailedError: no connection, or it was lost.
            CatalogError: a query failed, the server is too old, or the structure changed meanwhile (transient).
            ConfigurationError: a schema that the filter names does not exist.
        """
        with self._open() as (catalog, server, connect_seconds):
            started = time.perf_counter()
            every_schema = catalog.schemas()
            schemas = _chosen(every_schema, object_filter, server.database)
            rows = catalog.read(schemas, server.version_num, options)
            before = catalog.state()
            catalog.begin_again()
            if catalog.state() != before:
                raise schema_changed()  # what the server rendered may be newer than what the snapshot shows
            timings = tuple(catalog.timings)
            noticed = catalog.warnings()
            read_seconds = time.perf_counter() - started
        started = time.perf_counter()
        assembled = _assemble(catalog, rows, server, object_filter, skip_unrenderable)
        return Capture(
            schema=assembled.schema,
            estimates=assembled.estimates,
            warnings=(
                *noticed,
                *_schema_warnings(every_schema, schemas, object_filter),
                *_encoding_warnings(catalog.undecoded, self._vault.scrub),
                *assembled.warnings,
            ),
            queries=timings,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            assemble_seconds=time.perf_counter() - started,
        )

    @contextmanager
    def _open(self) -> Iterator[tuple[Catalog, ServerRow, float]]:
        with open_catalog(self._target, events=self._events, vault=self._vault) as (catalog, connect_seconds):
            server = catalog.server()
            self._events(
                "connected", database=server.database, role=server.role, version=server.version, seconds=connect_seconds
            )
            yield catalog, server, connect_seconds


def _assemble(
    catalog: Catalog, rows: CatalogRows, server: ServerRow, object_filter: ObjectFilter, skip_unrenderable: bool
) -> Assembled:
    try:
        return assemble(rows, server=server, object_filter=object_filter, skip_unrenderable=skip_unrenderable)
    except DatalchemyError:
        raise
    except Exception:
        # A check of every value would slow down every run; only a wrong answer, or a bug of ours, comes here.
        for query in QUERIES:
            if what := misfit(getattr(rows, query.name), query.row_type):
                raise catalog.nonsense(query.name, what) from None
        raise


def _chosen(every_schema: tuple[SchemaRow, ...], object_filter: ObjectFilter, database: str) -> tuple[SchemaRow, ...]:
    names = [schema.name for schema in every_schema]
    missing = [name for name in object_filter.include_schemas if not is_glob(name) and name not in names]
    if missing:
        known = ", ".join(names) or "none"
        raise ConfigurationError(
            escape_controls(f"the schema {', '.join(missing)} does not exist in the database {database}"),
            remedy=escape_controls(f"set filter.include_schemas (or --schema) to some of: {known}"),
        )
    named = object_filter.naming_schemas(names)
    return tuple(schema for schema in every_schema if named.keeps_schema(schema.name))


def _schema_warnings(
    every_schema: tuple[SchemaRow, ...], chosen: tuple[SchemaRow, ...], object_filter: ObjectFilter
) -> Iterator[Diagnostic]:
    chosen_names = {schema.name for schema in chosen}
    left_out = [schema.name for schema in every_schema if schema.name not in chosen_names]
    # The user excluded these schemas by name: no warning.
    left_out = [name for name in left_out if name not in object_filter.exclude_schemas]
    if left_out:
        yield Diagnostic(
            code=WarningCode.SCHEMAS_LEFT_OUT,
            message=f"{len(left_out)} schema(s) are outside the filter: {', '.join(left_out)}",
        )
    for pattern in object_filter.include_schemas:
        if is_glob(pattern) and not any(
            ObjectFilter(include_schemas=(pattern,)).keeps_schema(schema.name) for schema in every_schema
        ):
            yield Diagnostic(
                code=WarningCode.NOTHING_MATCHED,
                message=f"no schema matches {pattern!r} (filter.include_schemas)",
                where=Place(name=pattern),
            )


def _encoding_warnings(undecoded: Collection[str], scrub: Callable[[str], str]) -> Iterator[Diagnostic]:
    if undecoded:
        first = ", ".join(shown(text, scrub, limit=63) for text in sorted(undecoded)[:3])
        more = f" and {len(undecoded) - 3} more" if len(undecoded) > 3 else ""
        yield Diagnostic(
            code=WarningCode.NOT_UTF8,
            message=f"{len(undecoded)} text(s) are not UTF-8, and shown with \\xNN for a byte: {first}{more}",
        )
