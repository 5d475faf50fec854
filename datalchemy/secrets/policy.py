"""Decides by its name whether a value may be shown, for settings and connection parameters."""

import re
from urllib.parse import unquote

HARMLESS_PARAMETERS = frozenset(
    {
        "application_name",
        "channel_binding",
        "client_encoding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssencmode",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "passfile",
        "port",
        "replication",
        "require_auth",
        "requirepeer",
        "service",
        "ssl",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    }
)
"""The libpq parameters whose values are no secrets (paths to secrets are none)."""

_SETTING_INSIDE = re.compile(r"([\w.]+)\s*=")

_SECRET_WORDS = ("password", "passwd", "passphrase", "secret", "apikey", "accesskey", "privatekey", "credential")
_SECRET_ENDINGS = ("pwd", "token", "tokens", "clientkey", "serverkey", "authorization")
_SECRET_SEGMENTS = frozenset({"pass", "pw"})


def looks_secret_key(key: str) -> bool:
    """Return whether the last segment of a dotted key (`db.options.sslpassword`) names something secret."""
    name = key.rpartition(".")[2].lower()
    word = re.sub(r"[^a-z0-9]", "", name)
    return (
        any(secret in word for secret in _SECRET_WORDS)
        or word.endswith(_SECRET_ENDINGS)
        or re.split(r"[^a-z0-9]", name)[-1] in _SECRET_SEGMENTS
    )


def is_secret_parameter(key: str, value: str) -> bool:
    """Return whether a connection parameter's value may be a secret.

    `options` is none, although it is not shown, unless a server's setting in it has a name that looks secret.
    """
    name = key.lower()
    if name == "options":
        return any(map(looks_secret_key, _SETTING_INSIDE.findall(unquote(value))))
    return name not in HARMLESS_PARAMETERS
