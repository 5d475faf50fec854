"""The names that PostgreSQL generates. A dump omits them, and another version may generate others."""

import re

_NAME_BYTES = 63
SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
"""The schemas that every database has and no capture reads."""


class PostgresNames:
    """Recognises generated names; see analysis.fingerprint.GeneratedNames."""

    def is_not_null(self, name: str, owner: str, column: str | None) -> bool:
        """Return whether the server would generate this name: `table_column_not_null`, `domain_not_null`.

        The name is shortened to 63 bytes, and a number may follow it.
        """
        number = re.search(r"_not_null([1-9][0-9]*|)$", name)
        return number is not None and name == _made_name(owner, column, f"not_null{number[1]}")

    def is_multirange(self, name: str, range_name: str) -> bool:
        """Return whether the server would generate this name of a multirange type (makeMultirangeTypeName)."""
        if "range" in range_name:
            made = range_name.replace("range", "multirange", 1)
        else:
            made = _clip(range_name.encode(), _NAME_BYTES - len("_multirange")) + "_multirange"
        return name == _clip(made.encode(), _NAME_BYTES)

    def is_standard_extension(self, name: str) -> bool:
        """Return whether every database has the extension: initdb makes plpgsql."""
        return name == "plpgsql"


def _made_name(first: str, second: str | None, label: str) -> str:
    """Join two names by `_` as the server's makeObjectName does: shorten the longer one to fit 63 bytes."""
    one, two = first.encode(), None if second is None else second.encode()
    room = _NAME_BYTES - len(label) - 1 - (0 if two is None else 1)
    one_length, two_length = len(one), 0 if two is None else len(two)
    while one_length + two_length > room:
        if one_length > two_length:
            one_length -= 1
        else:
            two_length -= 1
    parts = [_clip(one, one_length)] + ([] if two is None else [_clip(two, two_length)])
    return "_".join([*parts, label])


def _clip(name: bytes, length: int) -> str:
    """Return at most `length` bytes of a name, without splitting a character."""
    return name[:length].decode(errors="ignore")
