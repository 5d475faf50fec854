"""The known engines, by name and by URL scheme. Their modules are imported at their first use."""

from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple, cast

from datalchemy.adapters.base import Adapter, AdapterFactory, ConnectionParameters, ConnectionTarget, Dialect
from datalchemy.analysis.fingerprint import GeneratedNames, fingerprint
from datalchemy.errors import EngineNotSupportedError
from datalchemy.events import Events
from datalchemy.model.schema import DatabaseSchema
from datalchemy.secrets.vault import Vault


class Engine(NamedTuple):
    """An engine: its name, its name for people and its URL schemes.

    `adapter`, `dialect` and `parameters` say where its AdapterFactory, its Dialect and its ConnectionParameters are
    (`module:name`); without the first two, the engine is planned.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    adapter: str | None = None
    dialect: str | None = None
    parameters: str | None = None


ENGINES: tuple[Engine, ...] = (
    Engine(
        "postgres",
        "PostgreSQL",
        ("postgres", "postgresql"),
        adapter="datalchemy.adapters.postgres.adapter:PostgresAdapter",
        dialect="datalchemy.adapters.postgres.dialect:PostgresDialect",
        parameters="datalchemy.adapters.postgres.parameters:PARAMETERS",
    ),
    Engine("mysql", "MySQL", ("mysql", "mariadb")),
    Engine("sqlite", "SQLite", ("sqlite", "sqlite3", "file")),
)


def detect_engine(*, engine: str | None, scheme: str | None) -> Engine:
    """Return the engine of that name, or of a URL's scheme; without both, the first engine.

    Raises:
        EngineNotSupportedError: the name or the scheme is unknown.
    """
    scheme = scheme.split("+", 1)[0].lower() if scheme else None
    if scheme and scheme.startswith("jdbc:"):
        raise EngineNotSupportedError(
            f"{scheme}:// is a URL for Java", remedy="leave out jdbc:, and write user:password@ before the host"
        )
    asked = engine.lower() if engine else scheme
    if asked is None:
        return ENGINES[0]
    for known in ENGINES:
        if asked == known.name or asked in known.schemes:
            return known
    names = [name for known in ENGINES for name in (known.name, *known.schemes)]
    near = get_close_matches(asked, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = "engine" if engine else "URL scheme"
    raise EngineNotSupportedError(
        f"unknown {what} {asked!r}",
        remedy=f"{hint}known: {', '.join(dict.fromkeys(names))}",
    )


def engine_title(name: str) -> str:
    """Return an engine's name for people; an unknown engine keeps its name."""
    return next((known.title for known in ENGINES if known.name == name), name)


def create_adapter(engine: Engine, target: ConnectionTarget, *, events: Events, vault: Vault) -> Adapter:
    """Import and build the engine's adapter.

    Raises:
        EngineNotSupportedError: the engine is planned.
        ConfigurationError: the target cannot be read.
    """
    factory = cast("AdapterFactory", _imported(engine, engine.adapter))
    return factory(target, events=events, vault=vault)


def dialect_of(engine: Engine) -> Dialect:
    """Import and build the engine's dialect.

    Raises:
        EngineNotSupportedError: the engine is planned.
    """
    return cast("Dialect", _imported(engine, engine.dialect)())


def parameters_of(engine: Engine) -> ConnectionParameters:
    """Return the words of the engine's driver."""
    return cast("ConnectionParameters", _imported(engine, engine.parameters)) if engine.parameters else _NO_WORDS


_NO_WORDS = ConnectionParameters()


def harmless_parameters() -> frozenset[str]:
    """Return the connection parameters of all engines that hold no secret, in lower case."""
    return frozenset().union(*(parameters_of(engine).harmless for engine in ENGINES))


def generated_names(engine: str) -> GeneratedNames | None:
    """Return the engine's rules for generated names; None if it has none or is only planned."""
    known = next((each for each in ENGINES if each.name == engine and each.dialect), None)
    return None if known is None else dialect_of(known).generated_names


def fingerprint_of(schema: DatabaseSchema) -> str:
    """Return the fingerprint of a structure, by the rules of its engine."""
    return fingerprint(schema.schemas, generated_names(schema.engine), extensions=schema.extensions)


def _imported(engine: Engine, place: str | None) -> Any:
    if place is None:
        readable = ", ".join(known.title for known in ENGINES if known.adapter)
        raise EngineNotSupportedError(
            f"{engine.title} is planned and cannot be read yet", remedy=f"today only {readable} can be read"
        )
    module, name = place.split(":")
    return getattr(import_module(module), name)
