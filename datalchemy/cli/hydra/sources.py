"""Finds the file that sets a setting: for messages, for missing values, and for relative paths."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datalchemy.cli.hydra import config_folders
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.references import FromFile, Reference


class Sources:
    """The files behind one composed configuration.

    Args:
        choices: the chosen option of each group.
        overrides: the overrides of the command line, which have precedence over files.
    """

    def __init__(self, choices: Mapping[str, Any], overrides: Sequence[str] = ()) -> None:
        self._choices = choices
        self._overrides = overrides

    def where(self, key: str) -> str | None:
        """Return `FILE, line N` for the file that sets a dotted key; None if the command line or no file does."""
        if any(override.partition("=")[0].lstrip("+") == key for override in self._overrides):
            return None
        group, _, rest = key.partition(".")
        name = re.escape(rest.rpartition(".")[2] if not rest.rpartition(".")[2].isdecimal() else rest.split(".")[0])
        for file in self._files(group):
            if name and (line := _line(file, rf"\s*{name}\s*:")):
                return f"{file}, line {line}"
        return None

    def check_database(self, database: Mapping[str, Any], *, names_a_server: bool) -> None:
        """Raise ConfigurationError if the chosen file leaves a value open (`???`), or sets nothing at all.

        Hydra reads `???` as a value that another file sets, and drops it if one does.
        """
        file = next(self._files("db"), None)
        if file is None:
            return
        for key, value in database.items():
            if value is None and (line := _line(file, rf"\s*{re.escape(str(key))}\s*:\s*['\"]?\?\?\?")):
                raise ConfigurationError(
                    f"db.{key}: a value is missing (??? in {file}, line {line})",
                    remedy=f"write it there, or add db.{key}=VALUE",
                )
        if not names_a_server and not _line(file, r"(?!name\s*:)['\"\w]+\s*:|\{.*\w"):
            raise ConfigurationError(
                f"{file} says nothing of the database",
                remedy="write host, dbname and user, or `url: ${oc.env:DATABASE_URL,null}` to leave all to PGHOST ...",
            )

    def absolute(self, reference: Reference) -> Reference:
        """Return a reference; the path of a file is relative to the folder of the configuration file that names it."""
        if not isinstance(reference, FromFile):
            return reference
        path = Path(reference.path).expanduser()
        if path.is_absolute():
            return reference
        said = rf".*(?:secret\s*:\s*file\s*,\s*|<file:)['\"]?{re.escape(reference.path)}"
        if any(reference.path in override for override in self._overrides):
            return FromFile(str(path.absolute()))
        files = (file for file in [*self._files("db"), *self._primaries()] if _line(file, said))
        folder = next((file.parent for file in files), Path())
        return FromFile(str((folder / path).absolute()))

    def _files(self, group: str) -> Iterator[Path]:
        """Yield the user's files of a group, the chosen one first: it may include others as its defaults."""
        choice = self._choices.get(group)
        chosen = config_folders.source(group, choice, os.environ) if isinstance(choice, str) else None
        if chosen is None:
            return
        yield chosen
        if _line(chosen, r"defaults\s*:"):
            yield from sorted(file for file in chosen.parent.glob("*.yaml") if file != chosen)

    def _primaries(self) -> Iterator[Path]:
        for folder in config_folders.users(os.environ):
            yield from folder.glob(f"{config_folders.PRIMARY}.yaml")


def _line(file: Path, pattern: str) -> int | None:
    """Return the number of the first line that begins with `pattern`, or None."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((number for number, line in enumerate(lines, start=1) if re.match(pattern, line)), None)
