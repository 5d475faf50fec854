"""Connection texts as the tests read them."""

from collections.abc import Mapping
from pathlib import Path

from datalchemy.adapters import harmless_parameters
from datalchemy.introspector.connection import read_small_file
from datalchemy.secrets.connection import ConnectionText, parse_connection
from datalchemy.secrets.intake import taken
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Kept, Reference, Template
from datalchemy.secrets.resolve import look_up


def parsed(text: str) -> ConnectionText:
    """Parse a connection text in which `<env:NAME>` is a reference."""
    return parse_connection(Template.parse(text), harmless_parameters())


def given(text: str) -> ConnectionText:
    """Parse a connection text whose secrets in clear only the process's vault keeps."""
    return taken(parsed(text), process_vault())


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the secrets in clear of a connection text."""
    return parsed(text).secrets()


def filled(text: Template | ConnectionText, environ: Mapping[str, str], setting: str = "db.url") -> str:
    """Return a text with the values of its references."""

    def value(one: Reference) -> str:
        if isinstance(one, Kept):
            return process_vault().open(one)
        return look_up(one, environ, setting=setting, read_file=read_small_file)

    return text.fill(value)


def no_file(path: Path) -> str:
    """Fail: no file is to be read."""
    raise AssertionError(path)
