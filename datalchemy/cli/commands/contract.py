"""`datalchemy contract`."""

import sys
from collections.abc import Sequence

from datalchemy.errors import ConfigurationError
from datalchemy.model.json_schema import shipped_text


def run(words: Sequence[str]) -> int:
    """Print the JSON Schema of schema.json, as it ships."""
    if words and words[0] not in ("-h", "--help"):
        raise ConfigurationError("contract takes no arguments", remedy="datalchemy contract > schema.schema.json")
    if words:
        sys.stdout.write("usage: datalchemy contract\n\nPrints the JSON Schema that every schema.json is valid by.\n")
        return 0
    sys.stdout.write(shipped_text())
    return 0
