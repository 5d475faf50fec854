"""The contract between the product and an engine."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from datalchemy.analysis.fingerprint import GeneratedNames
from datalchemy.analysis.names import NamingRules
from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.events import Events
from datalchemy.model.capture import Capture
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.model.schema import DatabaseSchema
from datalchemy.secrets.references import Kept
from datalchemy.secrets.vault import Vault


@dataclass(frozen=True, kw_only=True)
class ConnectionTarget:
    """Where and how to connect. It holds no secret: the vault keeps the URL, the password, and secret options.

    The driver finds absent parts in its own environment. Timeouts are seconds; 0 means no limit. `max_rows` and
    `max_bytes` limit each answer; the adapter computes an absent limit. The driver gets `options` unchanged.
    """

    url: str | Kept | None = field(default=None, repr=False)
    host: str | Kept | None = field(default=None, repr=False)
    port: str | int | None = field(default=None, repr=False)
    dbname: str | Kept | None = field(default=None, repr=False)
    user: str | Kept | None = field(default=None, repr=False)
    password: str | Kept | None = field(default=None, repr=False)
    sslmode: str | None = None
    connect_timeout_seconds: float = 10.0
    statement_timeout_seconds: float = 300.0
    lock_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 5.0
    max_rows: int | None = None
    max_bytes: int | None = None
    deadline: Deadline = NO_DEADLINE
    options: Mapping[str, str | Kept] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    application_name: str = "datalchemy"


@dataclass(frozen=True, kw_only=True)
class ConnectionParameters:
    """The words of an engine's driver.

    Attributes:
        harmless: the connection parameters that hold no secret, in lower case.
        variables: the environment variable that gives an absent `host`, `port`, `dbname`, `user` or `password`.
        service: the parameter and the variable that name a set of parameters elsewhere; they have precedence.
    """

    harmless: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    service: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """The server that answered, and what the role may read there.

    Attributes:
        version: as the server writes it (`18.4`).
        database: the name of the database.
        role: the name of the role.
        tls: whether the connection is encrypted with TLS.
        round_trip_seconds: how long the smallest question took.
        schemas: how many schemas users made.
        tables: how many tables of any kind they hold; the catalog describes each of them to this role.
        selectable_tables: how many of them this role may also select from, which a run does not need.
        features: what only some servers of the engine have: names in lower_snake, sorted.
    """

    version: str
    database: str
    role: str
    tls: bool
    round_trip_seconds: float
    schemas: int
    tables: int
    selectable_tables: int
    features: tuple[str, ...]


PRE_DATA, DATA, POST_DATA = SECTIONS = ("pre-data", "data", "post-data")
"""The sections of a script: what rows need, the rows (a schema.json has none), and what needs the rows or functions."""


class Script(Protocol):
    """The DDL of a structure, in an order that loads into an empty database."""

    @property
    def refused(self) -> tuple[str, ...]:
        """The beginnings of the statements that are not written, because a text in each could end its statement."""
        ...

    def text(self, *, restrict_key: str | None = None, sections: Collection[str] = ()) -> str:
        """Return the whole script, or some of its SECTIONS.

        `restrict_key` disables the client's own commands, if it has any.
        """
        ...


class Dialect(NamingRules, Protocol):
    """The rules of an engine that need no connection.

    `generated_names` recognises the names that a server generates; None if it generates none.
    """

    @property
    def generated_names(self) -> GeneratedNames | None:
        """See above."""
        ...

    def script(self, schema: DatabaseSchema) -> Script:
        """Return the DDL of a structure. Raises EngineNotSupportedError where the engine writes none."""
        ...


class Adapter(Protocol):
    """Reads the catalog of one engine. Each call opens and closes its own connection.

    Every method raises ConnectionFailedError, CatalogError or ConfigurationError, with texts that hold no secret.
    """

    def ping(self) -> ServerInfo:
        """Connect, return who answered and what this role may read, disconnect."""
        ...

    def introspect(
        self,
        object_filter: ObjectFilter,
        *,
        options: CaptureOptions = DEFAULT_CAPTURE,
        skip_unrenderable: bool = False,
    ) -> Capture:
        """Read the whole catalog in one read-only transaction and return it as a value.

        `options` ask for facts that are not captured otherwise; an engine that has none of them ignores it.
        On the last attempt `skip_unrenderable` is True: an object that the server does not render becomes a warning.
        """
        ...


class AdapterFactory(Protocol):
    """Makes an adapter. It may read files, and opens no connection."""

    def __call__(
        self,
        target: ConnectionTarget,
        *,
        events: Events,
        vault: Vault,
    ) -> Adapter:
        """Return the adapter. `vault` opens what the target keeps there, and gets the secrets that the driver finds.

        Raises ConfigurationError.
        """
        ...
