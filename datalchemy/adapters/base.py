"""The contract between the product and an engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from datalchemy.analysis.names import NamingRules
from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.events import Events
from datalchemy.model.capture import Capture
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.schema import DatabaseSchema
from datalchemy.secrets.vault import Vault


@dataclass(frozen=True, kw_only=True)
class ConnectionTarget:
    """Where and how to connect, secrets in clear: it lives in memory only and does not print itself.

    Absent parts are left to the driver's own environment (PGHOST, PGSERVICE, PGPASSFILE ...). Timeouts are
    seconds; 0 means no limit. `max_rows` and `max_bytes` bound each answer; None lets the adapter foresee it. `options`
    are further connection parameters, handed to the driver as they are.
    """

    url: str | None = field(default=None, repr=False)
    host: str | None = field(default=None, repr=False)
    port: int | None = field(default=None, repr=False)
    dbname: str | None = field(default=None, repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sslmode: str | None = None
    connect_timeout_seconds: float = 10.0
    statement_timeout_seconds: float = 300.0
    lock_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 5.0
    max_rows: int | None = None
    max_bytes: int | None = None
    deadline: Deadline = NO_DEADLINE
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    application_name: str = "datalchemy"


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """Who answered: `version` as the server writes it (`18.4`), the database's and the role's name."""

    version: str
    database: str
    role: str


class Script(Protocol):
    """The DDL of a structure, in an order that loads into an empty database."""

    @property
    def refused(self) -> tuple[str, ...]:
        """The beginnings of the statements that are left out, because a text in each could end its statement."""
        ...

    def text(self, *, restrict_key: str | None = None) -> str:
        """Return the whole script, safe against its client's own commands by `restrict_key` where it has them."""
        ...


class Dialect(NamingRules, Protocol):
    """What an engine says of a structure without a connection."""

    def script(self, schema: DatabaseSchema) -> Script:
        """Return the DDL of a structure. Raises EngineNotSupportedError where the engine writes none."""
        ...


class Adapter(Protocol):
    """One engine's way to its catalog. Each call opens and closes its own connection.

    Every method raises ConnectionFailedError, CatalogError or ConfigurationError, with texts that hold no secret.
    """

    def ping(self) -> ServerInfo:
        """Connect, ask who is there, disconnect."""
        ...

    def capabilities(self) -> tuple[str, ...]:
        """Return the features that not every server of the engine has: names in lower_snake, sorted."""
        ...

    def introspect(self, object_filter: ObjectFilter, *, skip_unrenderable: bool = False) -> Capture:
        """Read the whole catalog in one read-only transaction and return it as a value.

        With `skip_unrenderable`, for the last try, an object that the server does not render is skipped with a warning.
        """
        ...


class AdapterFactory(Protocol):
    """How an adapter is made: it may read configuration, and touches no network."""

    def __call__(
        self,
        target: ConnectionTarget,
        *,
        events: Events,
        vault: Vault,
    ) -> Adapter:
        """Return the adapter; secrets that the driver finds by itself join `vault`. Raises ConfigurationError."""
        ...
