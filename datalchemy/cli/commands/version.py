"""`datalchemy version`."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from datalchemy.errors import ConfigurationError


def run(words: Sequence[str]) -> int:
    """Print the version."""
    if words:
        raise ConfigurationError("version takes no arguments")
    print(f"datalchemy {own_version()}")  # noqa: T201  # this is the command's output
    return 0


def own_version() -> str:
    """Return the version of the installation."""
    try:
        return installed_version("datalchemy")
    except PackageNotFoundError:
        return "unknown (not installed)"
