"""References become values: the one step in which a secret enters a setting, just before the connection is made."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import secrets_in_connection
from datalchemy.secrets.policy import is_secret_parameter
from datalchemy.secrets.references import REFERENCE, is_reference

_PLAIN_SETTINGS = frozenset({"name", "engine"})
_MISSPELT = re.compile(r"<(?:env|file):")


def resolve_references(
    text: str, environ: Mapping[str, str], *, setting: str, read_file: Callable[[Path], str]
) -> tuple[str, tuple[str, ...]]:
    """Replace `<env:NAME>`, `<env:NAME|default>` and `<file:PATH>` by their values.

    Args:
        text: the setting's text. The default holds when the variable is not set; `null` means the empty text.
        environ: the environment.
        setting: the setting's dotted key, for messages and to know what is secret. In a setting named `url` that is
            more than one reference, values before the last `@` and values of parameters are percent-encoded.
        read_file: reads a file's text; OSError and ValueError mean that it cannot be read. One line end at the end of
            the file, and a byte order mark at its beginning, do not belong to the value.

    Returns:
        The text, and the secrets in clear that are in it.

    Raises:
        ConfigurationError: a variable is not set, a file cannot be read, a reference is misspelt, or the text holds
            the character NUL.
    """
    if _MISSPELT.search(REFERENCE.sub("", text)):
        raise ConfigurationError(
            f"{setting} holds a misspelt reference",
            remedy="write <env:NAME>, <env:NAME|default> or <file:/path>",
        )
    name = setting.rpartition(".")[2]
    is_connection = name == "url" and not is_reference(text.strip())
    secrets: list[str] = []

    def swap(reference: re.Match[str]) -> str:
        value = _look_up(reference, environ, setting, read_file)
        if not is_connection:
            secrets.append(value)
            return value
        return _fit(value, text[: reference.start()], text[reference.end() :], secrets)

    resolved = REFERENCE.sub(swap, text)
    if "\0" in resolved:
        raise ConfigurationError(
            f"{setting} holds the character NUL, which no server takes", remedy=f"change {setting}"
        )
    if name == "url":
        secrets = [*(secrets if is_connection else ()), *secrets_in_connection(resolved, resolved=True)]
    elif name in _PLAIN_SETTINGS or not is_secret_parameter(name, resolved):
        secrets = []
    else:
        secrets.append(resolved)
    return resolved, tuple(dict.fromkeys(secret for secret in secrets if secret))


def _look_up(
    reference: re.Match[str], environ: Mapping[str, str], setting: str, read_file: Callable[[Path], str]
) -> str:
    if reference["file"]:
        return _read(Path(reference["file"]), setting, read_file)
    name, default = reference["variable"], reference["default"]
    value = environ.get(name, default)
    if value is None:
        raise ConfigurationError(
            f"environment variable {name} ({setting}) is not set",
            remedy=f"set {name}, or change {setting}",
        )
    refuse_line_break(value, name, setting)
    return "" if value == default == "null" else value


def refuse_line_break(value: str, variable: str, setting: str) -> None:
    """Raise ConfigurationError where a variable's value ends with a line break: no name and no password does."""
    if value.endswith(("\n", "\r")):
        raise ConfigurationError(
            f"environment variable {variable} ({setting}) ends with a line break",
            remedy=f"set {variable} without it",
        )


def _read(path: Path, setting: str, read_file: Callable[[Path], str]) -> str:
    try:
        return re.sub(r"\r?\n\Z", "", read_file(path).removeprefix("\ufeff"))
    except (OSError, ValueError) as error:
        # A decoding error carries the file's bytes: only its name goes on.
        cause = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text in UTF-8"
    raise ConfigurationError(
        f"file {path} ({setting}) cannot be read: {cause}",
        remedy=f"name a small text file that this user can read, or change {setting}",
    )


def _fit(value: str, before: str, after: str, secrets: list[str]) -> str:
    """Return `value` as it must be spelt between `before` and `after` in a connection text; note it when secret."""
    before, after = REFERENCE.sub("", before), REFERENCE.sub("", after)
    _, separator, rest = before.partition("://")
    parameter = re.search(r"[?&]([^=&]*)=[^&]*\Z", rest)
    if separator and "@" in after:
        if ":" in rest:
            secrets.append(value)
        return quote(value, safe="")
    if parameter:
        if is_secret_parameter(parameter[1], value):
            secrets.append(value)
        return quote(value, safe="")
    if not separator and "=" in before:  # keyword=value: a backslash keeps blanks and quotes in the value
        return re.sub(r"([\\'\s])", r"\\\1", value) or ("" if before.endswith("'") else "''")
    return value
