"""The engines that Datalchemy knows, by name and by URL scheme. An adapter is imported when it is asked for."""

from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple, cast

from datalchemy.adapters.base import Adapter, AdapterFactory, ConnectionTarget
from datalchemy.errors import EngineNotSupportedError
from datalchemy.events import Events
from datalchemy.secrets.vault import Vault


class Engine(NamedTuple):
    """An engine's name, the URL schemes that mean it, and where its adapter's factory lies (`module:name`)."""

    name: str
    schemes: tuple[str, ...]
    factory: str


ENGINES = (
    Engine("postgres", ("postgres", "postgresql"), "datalchemy.adapters.postgres.adapter:PostgresAdapter"),
    Engine("mysql", ("mysql", "mariadb"), "datalchemy.adapters.mysql:planned"),
    Engine("sqlite", ("sqlite", "sqlite3", "file"), "datalchemy.adapters.sqlite:planned"),
)


def detect_engine(*, engine: str | None, url: str | None) -> Engine:
    """Return the engine that the settings name, or that the URL's scheme means; PostgreSQL where neither speaks.

    Raises:
        EngineNotSupportedError: the name or the scheme is unknown.
    """
    scheme = url.split("://", 1)[0].split("+", 1)[0].lower() if url and "://" in url else None
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


def create_adapter(engine: Engine, target: ConnectionTarget, *, events: Events, vault: Vault) -> Adapter:
    """Import and build the engine's adapter.

    Raises:
        EngineNotSupportedError: the engine is known and only planned.
        ConfigurationError: the target cannot be read.
    """
    module, name = engine.factory.split(":")
    factory = cast("AdapterFactory", getattr(import_module(module), name))
    return factory(target, events=events, vault=vault)
