"""Makes a connection plan from the settings. References become values here, in memory only."""

import errno
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datalchemy.adapters import Engine, create_adapter, detect_engine, harmless_parameters, parameters_of
from datalchemy.adapters.base import Adapter, ConnectionParameters, ConnectionTarget
from datalchemy.deadline import Deadline
from datalchemy.errors import ConfigurationError
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.settings import DatabaseSettings, Provision, Settings
from datalchemy.secrets.connection import ConnectionText, parse_connection
from datalchemy.secrets.policy import is_secret_parameter
from datalchemy.secrets.references import MARK, Kept, Reference, Secret, Template
from datalchemy.secrets.resolve import look_up, refuse_line_break, refuse_nul
from datalchemy.secrets.vault import Vault

_LONGEST_FILE_BYTES = 64_000
_FIELDS = ("host", "port", "dbname", "user", "password")
_UNCLEAR = re.compile(f"://|=|{MARK}")


def read_small_file(path: Path) -> str:
    """Return the text of a small regular file, unchanged. Links are followed.

    Raises:
        OSError: it cannot be read, is too long, or is no regular file (reading a pipe or a device may never end).
        ValueError: it is not UTF-8.
    """

    def at_once(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NONBLOCK)  # a pipe would wait for its writer

    with open(path.expanduser(), "rb", opener=at_once) as file:  # Path.open takes no opener
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        data = file.read(_LONGEST_FILE_BYTES + 1)
    if len(data) > _LONGEST_FILE_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {_LONGEST_FILE_BYTES} bytes")
    return data.decode("utf-8")


class _Relay:
    """Sends events to the current receiver: the adapter is built before the run has a log."""

    def __init__(self) -> None:
        self.to: Events = ignore_events

    def __call__(self, event: str, *, level: str = "info", **fields: Any) -> None:
        self.to(event, level=level, **fields)


@dataclass(frozen=True, kw_only=True)
class ConnectionPlan:
    """What a run will connect to, checked as far as possible without a network.

    Attributes:
        engine: the engine.
        target: where and how to connect; its deadline is the run's.
        place: host, port, dbname and user, as far as they are known.
        vault: the secrets.
        built: the adapter; None where a throwaway server is started first.
    """

    engine: Engine
    target: ConnectionTarget
    place: Mapping[str, str]
    vault: Vault
    relay: _Relay
    built: Adapter | None

    def adapter(self, events: Events, *, url: Kept | None = None) -> Adapter:
        """Return the engine's adapter, which reports to `events`; `url` is that of a throwaway server.

        Raises:
            ConfigurationError: the target cannot be read, or the engine is only planned.
        """
        self.relay.to = events
        if self.built is not None:
            return self.built
        nobody: dict[str, Any] = dict.fromkeys(("host", "port", "dbname", "user", "password", "sslmode"))
        target = replace(self.target, url=url, options=MappingProxyType({}), **nobody)
        return create_adapter(self.engine, target, events=self.relay, vault=self.vault)


def plan_connection(
    settings: Settings,
    *,
    vault: Vault,
    run_id: str | None = None,
    environ: Mapping[str, str] = os.environ,
    read_file: Callable[[Path], str] = read_small_file,
) -> ConnectionPlan:
    """Resolve every reference, detect the engine and build the adapter; start the run's deadline.

    The server sees `run_id` in the application's name.

    Raises:
        ConfigurationError: a variable or file is missing, the engine is unknown or planned, the URL cannot be read, or
            a path holds a secret.
    """
    db = settings.db

    def resolve(text: Template | ConnectionText | None, key: str) -> str | Kept | None:
        """Return the text with the values of its references; the vault keeps one that may hold a secret."""

        def value(one: Reference) -> str:
            if isinstance(one, Kept):
                return vault.open(one)
            return look_up(one, environ, setting=f"db.{key}", read_file=read_file)

        filled = text.fill(value) if text else ""
        refuse_nul(filled, f"db.{key}")
        if isinstance(text, Secret) or (
            isinstance(text, Template) and is_secret_parameter(key.removeprefix("options."), filled, harmless)
        ):
            vault.remember(filled)
        elif isinstance(text, Template):
            return filled or None
        return vault.keep(filled) if filled else None

    harmless = harmless_parameters()
    url = resolve(db.url, "url")
    connection = db.url
    if connection is None or not connection.is_final:
        connection = parse_connection(Template(vault.open(url or "")), harmless)
    vault.remember(*connection.secrets())
    target = ConnectionTarget(
        url=url,
        host=resolve(db.host, "host"),
        port=db.port,
        dbname=resolve(db.dbname, "dbname"),
        user=resolve(db.user, "user"),
        password=resolve(db.password, "password"),
        sslmode=db.sslmode,
        connect_timeout_seconds=db.connect_timeout_seconds,
        statement_timeout_seconds=db.statement_timeout_seconds,
        lock_timeout_seconds=db.lock_timeout_seconds,
        read_timeout_seconds=db.read_timeout_seconds,
        max_rows=db.max_rows,
        max_bytes=db.max_bytes,
        deadline=Deadline.after(settings.deadline_seconds),
        application_name="datalchemy" if run_id is None else f"datalchemy {run_id}",
        options={
            key: value for key, text in db.options.items() if (value := resolve(text, f"options.{key}")) is not None
        },
    )
    engine = detect_engine(engine=db.engine, scheme=connection.scheme)
    words = parameters_of(engine)
    parts = _parts(target, connection, words, environ)
    if password := environ.get(words.variables.get("password", "")):
        vault.remember(password)
    for key in ("host", "dbname", "user"):
        if key in parts:
            vault.allow(parts[key])  # `postgres:postgres`: a name that equals the password is public already
    _check_paths(settings, vault)
    relay = _Relay()
    if db.provision is not Provision.NONE:
        _check_provision(db, url)
        return ConnectionPlan(engine=engine, target=target, place={}, vault=vault, relay=relay, built=None)
    place: dict[str, str] = {key: parts[key] for key in ("host", "port", "dbname", "user") if key in parts}
    built = create_adapter(engine, target, events=relay, vault=vault)
    return ConnectionPlan(engine=engine, target=target, place=place, vault=vault, relay=relay, built=built)


def _parts(
    target: ConnectionTarget, connection: ConnectionText, words: ConnectionParameters, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the connection's parts. Fields and options override the URL; the environment gives the rest.

    Raises:
        ConfigurationError: a needed variable ends with a line break.
    """
    parts = connection.values()
    parts.update({key: str(value) for key in _FIELDS if (value := getattr(target, key)) is not None})
    parts.update({key: str(value) for key, value in target.options.items()})
    parameter, variable = words.service or ("", "")
    for key, name in words.variables.items():
        if key not in parts and environ.get(name):
            refuse_line_break(environ[name], name, f"db.{key}")
            if parameter not in parts and variable not in environ:
                parts[key] = environ[name]
    # A database's name may be a connection text, which holds a password.
    return {key: value for key, value in parts.items() if not _UNCLEAR.search(value)}


def _check_paths(settings: Settings, vault: Vault) -> None:
    for key, path in (("runs_dir", settings.output.runs_dir), ("out", settings.output.out)):
        if path is not None and vault.scrub_exact(str(path)) != str(path):
            raise ConfigurationError(
                f"output.{key} holds a secret of this run, and folders are shown", remedy="choose another path"
            )


def _check_provision(db: DatabaseSettings, url: object) -> None:
    given = [key for key, value in (("url", url), ("host", db.host), ("dbname", db.dbname)) if value]
    if given:
        raise ConfigurationError(
            f"db.provision={db.provision} starts a server of its own, so db.{given[0]} has no meaning",
            remedy=f"leave out db.{given[0]}, or set db.provision=none",
        )
