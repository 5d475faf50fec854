"""A dump, restored elsewhere, is the same structure: the oracle is pg_dump, which knows nothing of our code."""

import json
import re
from typing import Any

from datalchemy import DatabaseSchema
from tests.integration.capturing import renamed
from tests.integration.structures import Structure


def differences_of_restored(structure: Structure) -> list[tuple[str, Any, Any]]:
    """Compare the schema.json of the database with that of its restored dump: (path, original, copy)."""
    expected, found = _as_dumped(structure.captured.schema), _as_dumped(structure.restored.captured.schema)
    if found == expected:
        return []
    return _differences(json.loads(expected), json.loads(found)) or [("(the order of keys)", None, None)]


def _as_dumped(schema: DatabaseSchema) -> bytes:
    """Return schema.json with the one fact that no dump carries, and no table relies on, set to its default."""
    return re.sub(rb'"array_dimensions": \d+', b'"array_dimensions": 1', renamed(schema))


def _differences(expected: Any, found: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    if type(expected) is type(found) and isinstance(expected, dict):
        keys = sorted(expected.keys() | found.keys())
        pairs = [(f"{where}.{key}", expected.get(key), found.get(key)) for key in keys]
    elif type(expected) is type(found) and isinstance(expected, list) and len(expected) == len(found):
        names = [each.get("name", place) if isinstance(each, dict) else place for place, each in enumerate(expected)]
        pairs = [(f"{where}[{name}]", one, other) for name, one, other in zip(names, expected, found, strict=True)]
    else:
        return [] if expected == found else [(where, expected, found)]
    return [each for path, one, other in pairs for each in _differences(one, other, path)]
