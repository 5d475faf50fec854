"""`datalchemy version`."""

from collections.abc import Sequence

from datalchemy.errors import ConfigurationError
from datalchemy.registry.provenance import tool_version


def run(words: Sequence[str]) -> int:
    """Print the version."""
    if words:
        raise ConfigurationError("version takes no arguments")
    print(f"datalchemy {tool_version()}")  # noqa: T201  # this is the command's output
    return 0
