"""References become values: the one step in which a secret enters a setting, just before the connection is made."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from datalchemy.errors import ConfigurationError
from datalchemy.secrets.references import FromEnv, FromFile, Reference


def look_up(reference: Reference, environ: Mapping[str, str], *, setting: str, read_file: Callable[[Path], str]) -> str:
    """Return the value of a reference.

    Args:
        reference: the reference.
        environ: the environment.
        setting: the setting's dotted key, for messages.
        read_file: reads a file's text; OSError and ValueError mean that it cannot be read. One line end at the end of
            the file, and a byte order mark at its beginning, do not belong to the value.

    Raises:
        ConfigurationError: a variable is not set or ends with a line break, or a file cannot be read.
    """
    if isinstance(reference, FromFile):
        return _read(Path(reference.path), setting, read_file)
    if not isinstance(reference, FromEnv):
        raise TypeError("the vault opens what it keeps, and composing resolves interpolations")
    value = environ.get(reference.variable, reference.default)
    if value is None:
        raise ConfigurationError(
            f"environment variable {reference.variable} ({setting}) is not set",
            remedy=f"set {reference.variable}, or change {setting}",
        )
    refuse_line_break(value, reference.variable, setting)
    return "" if value == reference.default == "null" else value


def refuse_line_break(value: str, variable: str, setting: str) -> None:
    """Raise ConfigurationError where a variable's value ends with a line break: no name and no password does."""
    if value.endswith(("\n", "\r")):
        raise ConfigurationError(
            f"environment variable {variable} ({setting}) ends with a line break",
            remedy=f"set {variable} without it",
        )


def refuse_nul(value: str, setting: str) -> None:
    """Raise ConfigurationError where a value holds the character NUL, in a URL also as `%00`."""
    spelling = next((spelling for spelling in ("\0", "%00") if spelling in value), None)
    if spelling == "\0" or (spelling and "://" in value):
        said = "" if spelling == "\0" else "%00, "
        raise ConfigurationError(
            f"{setting} holds {said}the character NUL, which no server takes", remedy=f"change {setting}"
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
