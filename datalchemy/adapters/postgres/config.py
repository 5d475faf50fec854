"""Makes the driver's connection parameters from a ConnectionTarget."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from psycopg.pq.abc import PGconn

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.errors import ConfigurationError
from datalchemy.model.diagnostics import Diagnostic, WarningCode
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.vault import Vault

# A network that swallows packets would hold a run for hours: a peer that is silent to TCP itself is given up after a
# minute. A server that thinks is not silent: its kernel answers. Sockets without TCP ignore these.
_DEAD_PEER = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
_PATHS = ("passfile", "sslcert", "sslcrl", "sslcrldir", "sslkey", "sslrootcert")
_NAMES = re.compile(r"(?:^|&)([A-Za-z_][\w.\-]*)=[^&@]*(?=&|$)")
_INSTEAD = {
    "schema": "leave it out, and choose schemas with filter.include_schemas (introspect --schema)",
    "pgbouncer": "leave it out: it speaks to another program, and a pooler needs no word here",
    "connection_limit": "leave it out: it speaks to another program",
}


@cache
def _known_parameters() -> frozenset[str]:
    """Return the names of the connection parameters that this libpq knows; `ssl` is one in a URL."""
    return frozenset(option.keyword.decode() for option in Conninfo.get_defaults()) | {"ssl"}


def _check_parameters(query: str) -> None:
    """Raise ConfigurationError for the first parameter of a URL that libpq does not know; no value is shown."""
    if "@" in query:
        return  # a password may end there, and what looks like a name be a piece of it
    for name in _NAMES.findall(query):
        if name not in _known_parameters():
            raise ConfigurationError(
                f"db.url: libpq knows no parameter {name!r} (?{name}=...)",
                remedy=_INSTEAD.get(name, "leave it out, or look for its name in the manual's list of parameters"),
            )


def _parse_url(url: str) -> dict[str, Any]:
    if "://" in url:
        scheme, rest = url.split("://", 1)
        # SQLAlchemy writes postgresql+psycopg://, and libpq takes small letters only.
        url = f"{scheme.split('+', 1)[0].lower()}://{rest}"
        _check_parameters(rest.partition("?")[2])
    elif "=" not in url:
        raise ConfigurationError(
            "db.url is neither a URL nor a list of key=value",
            remedy="write postgresql://user@host:5432/database, or host=... dbname=...",
        )
    try:
        return dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        # The driver quotes pieces of the URL, and a piece of a URL may be a piece of a password.
        kind = "percent-encoding" if "percent" in str(error) else "form"
        raise ConfigurationError(
            f"db.url is malformed ({kind})",
            remedy="write postgresql://user:password@host:5432/database, special characters percent-encoded (@ is %40)",
        ) from None


def connection_parameters(target: ConnectionTarget, vault: Vault) -> dict[str, Any]:
    """Return libpq's parameters, secrets in clear: the URL's, overlaid by the separate fields, then by `options`.

    A host that is named is the host: libpq puts an address of any source before it, so that of PGHOSTADDR or a service
    is left out. An empty one counts as given, and as none (conninfo_add_defaults in libpq's fe-connect.c).

    Raises:
        ConfigurationError: the URL cannot be read. The text holds no part of it.
    """
    parameters: dict[str, Any] = _parse_url(vault.open(target.url)) if target.url else {}
    for name in ("host", "port", "dbname", "user", "password", "sslmode"):
        if (value := getattr(target, name)) is not None:
            parameters[name] = vault.open(value)
    parameters.update({name: vault.open(value) for name, value in target.options.items()})
    for name in _PATHS:
        if str(parameters.get(name, "")).startswith("~"):
            parameters[name] = str(Path(parameters[name]).expanduser())
    if parameters.get("host"):
        parameters.setdefault("hostaddr", "")
    parameters.setdefault("application_name", target.application_name)
    # libpq takes whole seconds
    parameters.setdefault("connect_timeout", max(1, ceil(target.connect_timeout_seconds)))
    for name, value in _DEAD_PEER.items():
        parameters.setdefault(name, value)
    parameters["client_encoding"] = "UTF8"
    return parameters


def ignored_variables(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield a warning for each variable of the environment that libpq would put before what the connection names."""
    if parameters.get("host") and not parameters.get("hostaddr") and environ.get("PGHOSTADDR"):
        yield Diagnostic(
            code=WarningCode.VARIABLE_IGNORED,
            message="PGHOSTADDR is set and not used: the connection names a host; set db.options.hostaddr to use it",
        )


def learn_secrets(connection: PGconn, vault: Vault) -> None:
    """Register with the vault the secrets that libpq found in a password file or a service file."""
    used = {option.keyword.decode(): option.val.decode("utf-8", "replace") for option in connection.info if option.val}
    for shown in ("user", "dbname", "host"):
        if shown in used:
            vault.allow(used[shown])
    for keyword, value in used.items():
        if looks_secret_key(keyword):
            vault.remember(value)
    if connection.password:  # what a password file held is in no option
        vault.remember(connection.password.decode("utf-8", "replace"))


def not_encodable(parameters: Mapping[str, Any]) -> ConfigurationError:
    """Return the error for the first parameter that cannot be sent: a lone surrogate; else a host that is no name."""
    for name, value in parameters.items():
        try:
            str(value).encode("utf-8")
        except UnicodeEncodeError:
            return ConfigurationError(
                f"db.{name} holds a character that is no text in UTF-8", remedy=f"change db.{name}"
            )
    return ConfigurationError("db.host is not a valid host name", remedy="check db.host or db.url")
