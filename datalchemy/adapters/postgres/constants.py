"""Constants in the texts that the server renders: what a default gives, and the bounds of a partition as values.

Source: PostgreSQL manual, "CREATE TABLE" and "Value Expressions"; the spellings are those of ruleutils.c.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from datalchemy.adapters.postgres.canonical_sql import closing_bracket, split_expressions
from datalchemy.model.table import BoundValue, PartitionBound
from datalchemy.model.types import DefaultKind

_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)'
_TYPE = re.compile(rf"{_NAME}(?:\.{_NAME})?(?: [a-z]+)*(?:\([\d,-]+\))?(?: [a-z]+)*(?:\[\])*")
_NUMBER = re.compile(r"-?\d+(?P<point>(?:\.\d+)?(?:e[+-]?\d+)?)", re.IGNORECASE)
_STRING = re.compile(r"[BXE]?'((?:[^']|'')*)'")
_CALL = re.compile(rf"(?:{_NAME}\.)?({_NAME})\(")
_CLOCKS = re.compile(r"(?:CURRENT_DATE|(?:CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)(?:\(\d\))?)")
_TIMES = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})
_UUIDS = frozenset(
    {"gen_random_uuid", "uuidv4", "uuidv7", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4"}
)
_SESSION = frozenset({"CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "USER", "CURRENT_CATALOG", "CURRENT_SCHEMA"})
_KEYWORDS = frozenset({"ROW", "COALESCE", "GREATEST", "LEAST", "NULLIF", "CASE", "ARRAY", "XMLELEMENT", "XMLFOREST"})
_LIMITS = frozenset({"null", "minvalue", "maxvalue"})


class DefaultFacts(NamedTuple):
    """What a default gives. `value` and `type` are those of a constant; `value` is None for NULL."""

    kind: DefaultKind
    value: str | None = None
    type: str | None = None


@lru_cache(maxsize=4096)
def default_facts(text: str) -> DefaultFacts:
    """Return what a default gives, from its rendered expression.

    A value is spelt as the type's own input takes it. A cast of a whole call, and brackets around it, change nothing.
    """
    core, cast = _uncast(text)
    if core.startswith("ARRAY[") and closing_bracket(core, 5) == len(core) - 1:
        return _array(core[6:-1], cast)
    if (number := _NUMBER.fullmatch(core)) is not None:
        return DefaultFacts(DefaultKind.CONSTANT, core, cast or ("numeric" if number["point"] else "integer"))
    if (string := _STRING.fullmatch(core)) is not None:
        value = string[1].replace("''", "'")
        if value.lower() == "now" and text.startswith("("):
            return DefaultFacts(DefaultKind.CURRENT_TIME)  # the cast of a text happens when a row is inserted
        return DefaultFacts(DefaultKind.CONSTANT, value, cast)
    if core in ("true", "false"):
        return DefaultFacts(DefaultKind.CONSTANT, core, cast or "boolean")
    if core == "NULL":
        return DefaultFacts(DefaultKind.CONSTANT, None, cast)
    return DefaultFacts(_computed(core))


def _computed(core: str) -> DefaultKind:
    if _is_current_time(core):
        return DefaultKind.CURRENT_TIME
    if core in _SESSION:
        return DefaultKind.FUNCTION
    name, _ = _call(core)
    if name is None:
        return DefaultKind.EXPRESSION
    if name == "nextval":
        return DefaultKind.SEQUENCE
    return DefaultKind.UUID if name in _UUIDS else DefaultKind.FUNCTION


def _is_current_time(core: str) -> bool:
    """Return whether it is the time of the transaction, statement or call, in whichever time zone."""
    if _CLOCKS.fullmatch(core):
        return True
    instant, at, zone = core.partition(" AT TIME ZONE ")
    if at:
        return _is_current_time(_uncast(instant)[0]) and _is_constant(zone)
    name, arguments = _call(core)
    if name == "timezone" and len(arguments) == 2:  # the zone, and the instant
        return _is_constant(arguments[0]) and _is_current_time(_uncast(arguments[1])[0])
    return name in _TIMES and not arguments


def _is_constant(text: str) -> bool:
    return default_facts(text).kind is DefaultKind.CONSTANT


def _call(core: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the name and the arguments of a text that is one call of a function; None where it is no such text."""
    match = _CALL.match(core)
    if match is None or match[1] in _KEYWORDS or closing_bracket(core, match.end() - 1) != len(core) - 1:
        return None, ()
    inside = core[match.end() : -1]
    return match[1].strip('"'), split_expressions(inside) if inside else ()


def _array(elements: str, cast: str | None) -> DefaultFacts:
    found = [default_facts(element) for element in split_expressions(elements)] if elements else []
    if any(one.kind is not DefaultKind.CONSTANT for one in found):
        return DefaultFacts(DefaultKind.EXPRESSION)
    value = "{" + ",".join(map(_element, found)) + "}"
    return DefaultFacts(DefaultKind.CONSTANT, value, cast or (f"{found[0].type}[]" if found else None))


def _element(one: DefaultFacts) -> str:
    """Return an element as the input of an array takes it."""
    if one.value is None:
        return "NULL"
    if _NUMBER.fullmatch(one.value):
        return one.value
    escaped = one.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _uncast(text: str) -> tuple[str, str | None]:
    """Return a text without the brackets around it and its casts, and the type of the outermost cast."""
    outermost: str | None = None
    while True:
        if text.startswith("(") and closing_bracket(text, 0) == len(text) - 1:
            text = text[1:-1]
            continue
        core, mark, of_type = text.rpartition("::")
        if not mark or not _TYPE.fullmatch(of_type) or not _is_whole(core):
            return text, outermost
        outermost = outermost or of_type
        text = core


def _is_whole(core: str) -> bool:
    """Return whether a cast behind a text is of the whole text: it is a constant, a call, an array or in brackets."""
    opening = core.find("[" if core.startswith("ARRAY[") else "(")
    return (
        _STRING.fullmatch(core) is not None
        or core == "NULL"
        or (opening >= 0 and closing_bracket(core, opening) == len(core) - 1)
        or ("::" in core and _uncast(core)[1] is not None)
    )


def partition_bound(text: str) -> PartitionBound | None:
    """Return a partition's bound as values, from its rendered text; None for a form that is not known."""
    if text == "DEFAULT":
        return PartitionBound(is_default=True)
    opening = text.find("(")
    closing = closing_bracket(text, opening) if opening >= 0 else -1
    if closing < 0:
        return None
    inside = split_expressions(text[opening + 1 : closing])
    match text[:opening], text[closing + 1 : closing + 6]:
        case "FOR VALUES IN ", "":
            return PartitionBound(values=tuple(map(_bound_value, inside)))
        case "FOR VALUES FROM ", " TO (":
            to = split_expressions(text[closing + 6 : -1])
            return PartitionBound(from_values=tuple(map(_bound_value, inside)), to_values=tuple(map(_bound_value, to)))
        case "FOR VALUES WITH ", "":
            modulus, remainder = (int(each.rpartition(" ")[2]) for each in inside)
            return PartitionBound(modulus=modulus, remainder=remainder)
    return None


def _bound_value(text: str) -> BoundValue:
    if text.lower() in _LIMITS:
        return BoundValue(limit=text.lower())
    string = _STRING.fullmatch(text)
    return BoundValue(text=text if string is None else string[1].replace("''", "'"))
