"""What the expressions of an object need: types of the file, and functions, which the file does not hold."""

from collections.abc import Iterable

from datalchemy.model.base import Uses
from datalchemy.model.types import TypeReference

TypeName = tuple[str, str]
"""The schema and the name of a type."""


def calls(*uses: Uses) -> bool:
    """Return whether an expression calls a function that neither the server nor an extension brings."""
    return any(one.kind == "function" and one.extension is None for each in uses for one in each or ())


def types_in(*uses: Uses) -> frozenset[TypeName]:
    """Return the types that expressions name, those of arrays as their elements."""
    return frozenset((one.schema_name, one.name) for each in uses for one in each or () if one.kind == "type")


def types_of(references: Iterable[TypeReference]) -> frozenset[TypeName]:
    """Return the types that columns or attributes have, those of arrays as their elements."""
    named = ((one.element or one) for one in references)
    return frozenset((one.schema_name, one.name) for one in named)
