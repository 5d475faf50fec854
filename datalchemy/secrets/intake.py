"""Replaces the secrets in connection texts that arrive in clear by references."""

import re
from typing import Any
from urllib.parse import unquote

from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import conninfo_pairs, secrets_in_connection, unquoted
from datalchemy.secrets.policy import is_secret_parameter
from datalchemy.secrets.process import hide, process_vault
from datalchemy.secrets.references import PLACE, Placeholders

_URL = re.compile(r"^[a-z][a-z0-9+.\-]*://", re.IGNORECASE)
_PARAMETERS = re.compile(r"[A-Za-z_][\w.\-]*=[^&]*(&[A-Za-z_][\w.\-]*=[^&]*)*")
_REFERENCE = re.compile(r"\$\{|<(env|file):[^>]*>")
_WHOLE_REFERENCE = re.compile(r"\$\{(?:[^${}]|\$\{[^${}]*\})*\}|<(?:env|file):[^>]*>")
_FALLBACK = re.compile(r"\$\{\s*oc\.env\s*:\s*([A-Za-z_]\w*)\s*,\s*(?!null\s*\})([^${}]+)\}")
_CONNINFO_SECRET = re.compile(
    r"\b(\w*(?:password|secret|token)\w*)(\s*[=:]\s*)('(?:\\.|[^'\\])*'|[^\s']\S*)", re.IGNORECASE
)


def is_url(text: str) -> bool:
    """Return whether `text` starts with a scheme and `://`."""
    return bool(_URL.match(text))


def refuse_nul(url: str, name: str) -> None:
    """Raise ConfigurationError where a URL holds the character NUL; `name` is what the URL was given as."""
    if "%00" in url:
        raise ConfigurationError(f"{name} holds %00, the character NUL, which no server takes", remedy=f"change {name}")


def is_reference(text: str) -> bool:
    """Return whether `text` refers to its value, rather than gives it."""
    return bool(_REFERENCE.search(text))


def hide_fallbacks(text: str) -> str:
    """Return `text` with the fallback of each `${oc.env:NAME,fallback}` replaced by a reference."""
    return _FALLBACK.sub(lambda found: f"${{oc.env:{found[1]},${{oc.env:{_variable(found[2].strip())}}}}}", text)


def _variable(secret: str) -> str:
    return hide(secret.strip("'\"")).removeprefix("<env:").removesuffix(">")


def hide_value(text: str) -> str:
    """Return a reference to the secret `text`, or `text` itself when it is empty or a reference already.

    In a mix of references and clear text, the clear text is replaced.
    """
    if not text or text == "null":
        return text
    return _hide_between(text) if is_reference(text) else hide(text)


def _hide_between(text: str) -> str:
    """Return `text` with a reference in place of each piece that is none."""
    placeholders = Placeholders(text, _WHOLE_REFERENCE)
    return hide(text) if placeholders.ambiguous else _hide_clear(placeholders.text, placeholders)


def _hide_clear(with_placeholders: str, placeholders: Placeholders, *, encoded: bool = False) -> str:
    """Hide the text between the references, and their fallbacks; `encoded`: after decoding (UnicodeDecodeError)."""
    return "".join(
        hide_fallbacks(placeholders.back(piece))
        if PLACE.fullmatch(piece)
        else hide(unquote(piece, errors="strict") if encoded else piece)
        for piece in re.split(f"({PLACE.pattern})", with_placeholders)
        if piece
    )


def hide_in_url(url: str) -> str:
    """Return `url` with its password replaced by a reference; the whole of it if a secret is elsewhere in it.

    A password may hold what a URL forbids (`@ / # : %`): the last `@` before the parameters ends it.
    """
    placeholders = Placeholders(url, _WHOLE_REFERENCE)
    if placeholders.ambiguous:
        return hide(url)
    scheme, _, rest = placeholders.text.partition("://")
    head, mark, query = rest.partition("?")
    if mark and not (_PARAMETERS.fullmatch(query) and ("@" in head or "@" not in query)):
        head, mark, query = rest, "", ""
    pairs = query.split("&")
    userinfo, at, place = head.rpartition("@")
    user, colon, password = userinfo.partition(":")
    if placeholders.text == url:  # no reference in it
        if any(map(_is_secret_parameter, pairs)):
            return hide_connection(url)
        if not password:
            return url
        _remember_parts(url)
    try:
        hidden = _hide_clear(password, placeholders, encoded=True)
        query = "&".join(_hide_parameter(pair, placeholders) if _is_secret_parameter(pair) else pair for pair in pairs)
    except UnicodeDecodeError:
        return hide(url)
    return placeholders.back(f"{scheme}://{user}{colon}{hidden}{at}{place}{mark}{query}")


def _is_secret_parameter(pair: str) -> bool:
    key, _, value = pair.partition("=")
    return bool(pair) and is_secret_parameter(key, value)


def _hide_parameter(pair: str, placeholders: Placeholders) -> str:
    key, equals, value = pair.partition("=")
    return key + equals + _hide_clear(value, placeholders, encoded=True)


def hide_connection(text: str) -> str:
    """Return a reference to a whole connection text; the secrets in it are known from now on, too.

    Where a part of it is a reference, the rest stays, but for the secrets in it.
    """
    if not is_reference(text):
        _remember_parts(text)
        return hide(text)
    if set("@:") <= set(_WHOLE_REFERENCE.sub("", text)):  # no URL, although it may become one
        return _hide_between(text)
    return _hide_pairs(hide_fallbacks(text))


def _remember_parts(connection: str) -> None:
    for secret in secrets_in_connection(connection):
        process_vault().remember(secret)


def settings_of_conninfo(text: str) -> dict[str, Any]:
    """Return the `db` settings that libpq's `keyword=value ...` names, its secrets put away.

    Raises:
        ConfigurationError: it cannot be read.
    """
    pairs = conninfo_pairs(text)
    if pairs is None:
        raise ConfigurationError(
            "CONN cannot be read as keyword=value pairs", remedy="quote values with spaces: \"password='a b' host=h\""
        )
    settings: dict[str, Any] = {"options": {}}
    for key, value in ((key, unquoted(written)) for key, written in pairs):
        if key in ("host", "port", "dbname", "user", "sslmode"):
            settings[key] = value
        elif key == "password":
            settings[key] = hide_value(value)
        elif key == "connect_timeout":
            settings["connect_timeout_seconds"] = value
        else:
            settings["options"][key] = hide_value(value) if is_secret_parameter(key, value) else value
    return settings


def hide_in_text(text: str) -> str:
    """Return any word of a command line without the secrets that can be recognised in it."""
    if is_url(text):
        return hide_in_url(text)
    return _hide_pairs(text)


def _hide_pairs(text: str) -> str:
    return _CONNINFO_SECRET.sub(lambda found: found[1] + found[2] + hide_value(unquoted(found[3])), text)
