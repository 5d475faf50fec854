"""Connection texts as the tests read them."""

from collections.abc import Mapping
from pathlib import Path

from datalchemy.adapters import harmless_parameters
from datalchemy.introspector.connection import read_small_file
from datalchemy.secrets.connection import ConnectionText, parse_connection
from datalchemy.secrets.references import Template
from datalchemy.secrets.resolve import look_up


def parsed(text: str) -> ConnectionText:
    """Parse a connection text in which `<env:NAME>` is a reference."""
    return parse_connection(Template.parse(text), harmless_parameters())


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the secrets in clear of a connection text."""
    return parsed(text).secrets()


def filled(text: Template | ConnectionText, environ: Mapping[str, str], setting: str = "db.url") -> str:
    """Return a text with the values of its references."""
    return text.fill(lambda one: look_up(one, environ, setting=setting, read_file=read_small_file))


def no_file(path: Path) -> str:
    """Fail: no file is to be read."""
    raise AssertionError(path)
