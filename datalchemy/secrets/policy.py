"""Decides by its name whether a value may be shown, for settings and connection parameters."""

import re
from collections.abc import Set
from urllib.parse import unquote

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


def is_secret_parameter(key: str, value: str, harmless: Set[str]) -> bool:
    """Return whether a connection parameter's value may be a secret.

    `options` is none, although it is not shown, unless a server's setting in it has a name that looks secret.

    Args:
        key: the parameter's name.
        value: its value, perhaps percent-encoded.
        harmless: the names of the parameters, in lower case, that hold no secret.
    """
    name = key.lower()
    if name == "options":
        return any(map(looks_secret_key, _SETTING_INSIDE.findall(unquote(value))))
    return name not in harmless
