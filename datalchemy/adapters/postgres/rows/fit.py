"""Checks rows against their query's type: no PostgreSQL sends others, but another program with its protocol may."""

from collections.abc import Iterable
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints


class _Field(NamedTuple):
    name: str
    expected: str
    types: frozenset[type]
    elements: frozenset[type]


def misfit(rows: Iterable[tuple[Any, ...]], row_type: type) -> str | None:
    """Return the place of the first value that its field does not allow (never the value), or None.

    Args:
        rows: of one query.
        row_type: their NamedTuple; a type that names no fields fits everything.
    """
    fields = _fields(row_type)
    for row in rows if fields else ():
        for field, value in zip(fields, row, strict=True):
            if type(value) not in field.types:
                found = "null" if value is None else type(value).__name__
                return f"the column {field.name} is {found} where {field.expected} is expected"
            if type(value) is list and not field.elements.issuperset(map(type, value)):
                return f"the column {field.name} has an element of a wrong type"
    return None


@cache
def _fields(row_type: type) -> tuple[_Field, ...]:
    names = getattr(row_type, "_fields", ())
    hints = get_type_hints(row_type) if names else {}
    return tuple(_field(name, hints[name]) for name in names)


def _field(name: str, hint: Any) -> _Field:
    types = _alternatives(hint)
    lists = [each for each in types if get_origin(each) is list]
    elements = _alternatives(get_args(lists[0])[0]) if lists else ()
    plain = [get_origin(each) or each for each in types]
    expected = next(each.__name__ for each in plain if each is not NoneType)
    return _Field(name, expected, frozenset(plain), frozenset(elements))


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the types of `int | None`, or the one type that it is."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
