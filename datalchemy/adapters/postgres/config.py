"""From a ConnectionTarget to the driver's connection parameters."""

from math import ceil
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq.abc import PGconn

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.vault import Vault

# A network that swallows packets would hold a run for hours: a peer that is silent to TCP itself is given up after a
# minute. A server that thinks is not silent: its kernel answers. Sockets without TCP ignore these.
_DEAD_PEER = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}


def _parse_url(url: str) -> dict[str, Any]:
    if "://" in url:
        scheme, rest = url.split("://", 1)
        url = f"{scheme.split('+', 1)[0]}://{rest}"  # SQLAlchemy writes postgresql+psycopg://
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


def connection_parameters(target: ConnectionTarget) -> dict[str, Any]:
    """Return libpq's parameters: the URL's, overlaid by the separate fields, overlaid by `options`.

    Raises:
        ConfigurationError: the URL cannot be read. The text holds no part of it.
    """
    parameters: dict[str, Any] = _parse_url(target.url) if target.url else {}
    fields = {
        "host": target.host,
        "port": target.port,
        "dbname": target.dbname,
        "user": target.user,
        "password": target.password,
        "sslmode": target.sslmode,
    }
    parameters.update({key: value for key, value in fields.items() if value is not None})
    parameters.update(target.options)
    parameters.setdefault("application_name", target.application_name)
    # libpq takes whole seconds
    parameters.setdefault("connect_timeout", max(1, ceil(target.connect_timeout_seconds)))
    for name, value in _DEAD_PEER.items():
        parameters.setdefault(name, value)
    parameters["client_encoding"] = "UTF8"
    return parameters


def learn_secrets(connection: PGconn, vault: Vault) -> None:
    """Let the vault know the secrets that libpq used and found by itself: in a password file, in a service file."""
    used = {option.keyword.decode(): option.val.decode("utf-8", "replace") for option in connection.info if option.val}
    for shown in ("user", "dbname", "host"):
        if shown in used:
            vault.allow(used[shown])
    for keyword, value in used.items():
        if looks_secret_key(keyword):
            vault.remember(value)
    if connection.password:  # what a password file held is in no option
        vault.remember(connection.password.decode("utf-8", "replace"))
