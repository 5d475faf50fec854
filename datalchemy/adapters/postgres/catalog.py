"""The only place that executes SQL: one connection, one read-only transaction, one query for each kind of object."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.types.string import StrDumper, TextLoader

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.bounds import Bounds
from datalchemy.adapters.postgres.config import (
    connection_parameters,
    ignored_variables,
    learn_secrets,
    not_encodable,
)
from datalchemy.adapters.postgres.connection import Bound, BoundedConnection, connect
from datalchemy.adapters.postgres.errors import catalog_error, connection_error, nonsense, too_many_rows
from datalchemy.adapters.postgres.pretenders import pretender
from datalchemy.adapters.postgres.rows import OLDEST_VERSION_NUM, QUERIES, CatalogRows
from datalchemy.adapters.postgres.rows.fit import misfit
from datalchemy.adapters.postgres.rows.session import AccessRow, CatalogStateRow, SchemaRow, ServerRow, VersionRow
from datalchemy.errors import CatalogError, ConfigurationError, ConnectionFailedError
from datalchemy.events import Events
from datalchemy.model.capture import QueryTiming
from datalchemy.model.diagnostics import Diagnostic
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.secrets.vault import Vault
from datalchemy.text import shown

_ROLLBACK_SECONDS = 2.0
_VERSION_SECONDS = 5.0
_ROUND_TRIPS = 3
_SQL = Path(__file__).parent / "sql"
_LOCKING = frozenset({"views", "rules", "policies", "function_bodies"})
"""The server locks what these read until the transaction ends; a migration would have to wait for us."""
_Row = TypeVar("_Row", bound=tuple[Any, ...])


@cache
def read_sql(name: str) -> str:
    """Return the text of sql/`name`.sql."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _tolerate_any_bytes(connection: psycopg.Connection[Any], undecoded: dict[str, bytes]) -> None:
    r"""Make the connection read what an SQL_ASCII database may hold: bytes of no known encoding.

    What is not UTF-8 is shown as \xNN, and noted in `undecoded`, so that it can be asked for by its bytes.
    """

    class TolerantLoader(TextLoader):
        def load(self, data: Any) -> str:
            found = bytes(data)
            text = found.decode("utf-8", errors="backslashreplace")
            if text.encode() != found:
                undecoded[text] = found
            return text

    class TolerantDumper(StrDumper):
        def dump(self, obj: str) -> Any:
            return undecoded.get(obj) or super().dump(obj)

    for name in ("text", "name", "varchar", '"char"'):
        connection.adapters.register_loader(name, TolerantLoader)
    connection.adapters.register_dumper(str, TolerantDumper)


class Catalog:
    """A reader inside one open transaction. Every failure leaves as one of our errors."""

    def __init__(
        self, connection: BoundedConnection, bounds: Bounds, events: Events, scrub: Callable[[str], str]
    ) -> None:
        self._connection = connection
        self._bounds = bounds
        self._events = events
        self._scrub = scrub
        self.timings: list[QueryTiming] = []
        self.undecoded: dict[str, bytes] = {}

    def server(self) -> ServerRow:
        """Return the server that answered; the size of its catalogs limits later answers."""
        found = self._fetch("server", ServerRow, {})
        if len(found) != 1:
            raise self.nonsense("server", f"{len(found)} rows where there is one")
        self._bounds = self._bounds.foreseen(found[0].catalog_bytes)
        return found[0]

    def access(self) -> AccessRow:
        """Return what this role may read."""
        found = self._fetch("access", AccessRow, {})
        if len(found) != 1:
            raise self.nonsense("access", f"{len(found)} rows where there is one")
        return found[0]

    def round_trip_seconds(self) -> float:
        """Return how long the smallest query took, from here to the server and back: the least of three."""
        for _ in range(_ROUND_TRIPS):
            self._fetch("version", VersionRow, {})
        return min(timing.seconds for timing in self.timings[-_ROUND_TRIPS:])

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted with TLS."""
        return self._connection.pgconn.ssl_in_use

    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return what was noticed when the connection was made."""
        return self._connection.warnings

    def schemas(self) -> tuple[SchemaRow, ...]:
        """Return every schema that a user created."""
        return self._fetch("schemas", SchemaRow, {})

    def read(
        self, schemas: tuple[SchemaRow, ...], version_num: int, options: CaptureOptions = DEFAULT_CAPTURE
    ) -> CatalogRows:
        """Run every query that the server supports and the options ask for, for the given schemas at a time."""
        parameters = {"schemas": [schema.name for schema in schemas], "function_source": options.function_source}
        found: dict[str, Any] = {"schemas": schemas}
        for query in QUERIES:
            fetch = self._fetch_unlocking if query.name in _LOCKING else self._fetch
            asked = query.is_asked(version_num, options)
            found[query.name] = fetch(query.name, query.row_type, parameters) if asked else ()
        return CatalogRows(**found)

    def state(self) -> str:
        """Return a text that changes with every committed change of a user's object."""
        found = self._fetch("catalog_state", CatalogStateRow, {})
        if len(found) != 1:
            raise self.nonsense("catalog_state", f"{len(found)} rows where there is one")
        return found[0].state

    def begin_again(self) -> None:
        """End the transaction and begin another: what is read next sees what was committed meanwhile."""
        try:
            self._expect("commit")
            self._connection.commit()
        except psycopg.Error as error:
            raise catalog_error(error, query="commit", place=self._connection.place, scrub=self._scrub) from None
        self.pin_session()

    def pin_session(self) -> None:
        """Set, for this transaction only, the timeouts and all that the rendering of a catalog depends on.

        Raises:
            CatalogError: the server refuses, or is another product than PostgreSQL.
        """
        try:
            self._expect("pin_timeouts")
            with psycopg.ClientCursor(self._connection) as cursor:
                cursor.execute(read_sql("pin_timeouts").encode(), self._bounds.server_timeouts)
        except psycopg.Error as error:
            raise catalog_error(error, query="pin_timeouts", place=self._connection.place, scrub=self._scrub) from None
        (version, *_), *_ = self._fetch("pin_session", tuple, {}) or [("nothing",)]
        if self._connection.info.encoding == "ascii":
            _tolerate_any_bytes(self._connection, self.undecoded)
        # An SQL_ASCII database gives bytes from here on.
        text = version.decode("utf-8", errors="replace") if isinstance(version, bytes) else str(version)
        if other := pretender(text, self._scrub):
            raise other

    def other_product(self) -> CatalogError | None:
        """Return the error for a server that is another product than PostgreSQL, or None. It ends the transaction."""
        self._connection.expect(Bound(what="version()", seconds=_VERSION_SECONDS, size_bytes=self._bounds.max_bytes))
        with suppress(psycopg.Error, ConnectionFailedError, ValueError):
            self._connection.rollback()
            self._connection.isolation_level = self._connection.read_only = None
            row = self._connection.execute(read_sql("version").encode()).fetchone()
            return None if row is None else pretender(str(row[0]), self._scrub)
        return None

    def _fetch_unlocking(self, name: str, row_type: type[_Row], parameters: Mapping[str, Any]) -> tuple[_Row, ...]:
        """Fetch as `_fetch` does, in a savepoint that is rolled back, which releases its locks."""
        try:
            self._connection.execute(b"savepoint unlocking")
            fetched = self._fetch(name, row_type, parameters)
            self._connection.execute(b"rollback to savepoint unlocking")
            self._connection.execute(b"release savepoint unlocking")
        except psycopg.Error as error:
            raise catalog_error(error, query=name, place=self._connection.place, scrub=self._scrub) from None
        return fetched

    def _fetch(self, name: str, row_type: type[_Row], parameters: Mapping[str, Any]) -> tuple[_Row, ...]:
        def make_row(_: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], _Row]:
            return getattr(row_type, "_make", row_type)

        started = time.perf_counter()
        try:
            self._expect(name)
            with self._connection.cursor(row_factory=make_row) as cursor:
                cursor.execute(read_sql(name).encode(), parameters)
                if cursor.rowcount > self._bounds.max_rows:
                    raise too_many_rows(self._connection.place, name, self._bounds.max_rows)
                fetched = tuple(cursor.fetchall())
        except psycopg.Error as error:
            raise catalog_error(error, query=name, place=self._connection.place, scrub=self._scrub) from None
        except UnicodeDecodeError:
            raise CatalogError(
                f"the catalog query {name} gave a text that is not in the database's declared encoding",
                remedy="repair the name, or the encoding that the database declares",
            ) from None
        except (TypeError, ValueError, ArithmeticError) as error:  # a value that the driver, or a row, cannot be
            raise self.nonsense(name, str(error)) from None
        if what := misfit(fetched[:1], row_type):
            raise self.nonsense(name, what)
        seconds = time.perf_counter() - started
        self.timings.append(QueryTiming(query=name, rows=len(fetched), seconds=round(seconds, 6)))
        self._events("catalog_query", query=name, rows=len(fetched), seconds=round(seconds, 6))
        return fetched

    def _expect(self, what: str) -> None:
        """Raise psycopg.OperationalError where the connection was lost since the last query."""
        bounds = self._bounds
        self._connection.expect(
            Bound(what=f"the catalog query {what}", seconds=bounds.answer_seconds, size_bytes=bounds.max_bytes)
        )

    def nonsense(self, query: str, what: str) -> CatalogError:
        """Return the error for an answer that no PostgreSQL gives; `what` says where it is wrong."""
        return nonsense(self._connection.place, query, what, scrub=self._scrub)


@contextmanager
def open_catalog(target: ConnectionTarget, *, events: Events, vault: Vault) -> Iterator[tuple[Catalog, float]]:
    """Connect, begin a REPEATABLE READ READ ONLY transaction, yield its reader and the seconds it took to connect.

    Raises:
        ConnectionFailedError: no answer, a refusal, or no answer in time.
        ConfigurationError: a parameter is unknown to the driver.
        CatalogError: the server is too old, or another product.
    """
    started = time.perf_counter()
    connection = _connect(target, vault)
    connect_seconds = time.perf_counter() - started
    try:
        connection.deadline = target.deadline
        connection.place = f"the server {vault.scrub(connection.info.host or 'localhost')}"
        catalog = Catalog(connection, Bounds.of(target), events, vault.scrub)
        if connection.info.server_version < OLDEST_VERSION_NUM:
            version = connection.info.parameter_status("server_version")
            raise catalog.other_product() or CatalogError(
                f"the server is PostgreSQL {version}; the oldest that can be read is {OLDEST_VERSION_NUM // 10000}",
                remedy="upgrade the server, or restore a schema-only dump of the database on a newer one",
            )
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            catalog.pin_session()
        except CatalogError as error:
            raise catalog.other_product() or error from None
        yield catalog, connect_seconds
        connection.expect(Bound(what="a rollback", seconds=_ROLLBACK_SECONDS))
        with suppress(psycopg.Error, ConnectionFailedError):
            connection.rollback()  # a pooler keeps the server's connection only when no transaction is open
    finally:
        connection.close()


def _connect(target: ConnectionTarget, vault: Vault) -> BoundedConnection:
    parameters = connection_parameters(target, vault)
    try:
        connection = connect(parameters, target.deadline)
    except psycopg.ProgrammingError as error:
        raise ConfigurationError(
            f"a connection parameter is not accepted: {shown(str(error), vault.scrub)}",
            remedy="check db.options against the manual's list of libpq parameters",
        ) from None
    except psycopg.Error as error:
        if error.pgconn is not None:
            learn_secrets(error.pgconn, vault)
        failure = connection_error(error, vault.scrub)
        # The frames behind a timeout hold the half-open connection: it would keep a place at a server that has few.
        error.__traceback__ = None
    except UnicodeError:
        raise not_encodable(parameters) from None
    else:
        learn_secrets(connection.pgconn, vault)
        connection.warnings = tuple(ignored_variables(parameters, os.environ))
        return connection
    raise failure
