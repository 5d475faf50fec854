"""The class of each text of a model: a field states it by its annotation.

Search and masking of credentials, the fingerprint and the canonical spelling read it here and hold no list of fields.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints


class TextClass(StrEnum):
    """What a text is."""

    NAME = "name"
    """An identifier, or a type as the server spells it."""
    WORD = "word"
    """One of a fixed list of words, a version, a digest."""
    SQL = "sql"
    """SQL that the server renders."""
    DEFAULT = "default"
    """SQL that gives what the model names its value."""
    VALUE = "value"
    """The plain value of what the model names."""
    FREE = "free"
    """Written by people, and a part of the structure."""
    COSMETIC = "cosmetic"
    """Written by people, and no part of the structure."""
    SOURCE = "source"
    """A program in any language. It is no part of the structure: its digest is."""

    @property
    def is_structure(self) -> bool:
        """Whether a text of this class is a part of the structure."""
        return self not in (TextClass.COSMETIC, TextClass.SOURCE)


class Text(NamedTuple):
    """An annotation: the class of a text, what a sentence calls it, and whether it only repeats another fact."""

    kind: TextClass
    called: str = ""
    derived: bool = False


COSMETIC = Text(TextClass.COSMETIC, "comment")
"""For a fact that is no text, this says only that it is no part of the structure."""

DERIVED = Text(TextClass.WORD, derived=True)
"""The fact says in a form for programs what another text says: the fingerprint has that text."""

Name = Annotated[str, Text(TextClass.NAME)]
Word = Annotated[str, Text(TextClass.WORD)]
Sql = Annotated[str, Text(TextClass.SQL, "definition")]
UsingSql = Annotated[str, Text(TextClass.SQL, "USING expression")]
WithCheckSql = Annotated[str, Text(TextClass.SQL, "WITH CHECK expression")]
WhenSql = Annotated[str, Text(TextClass.SQL, "WHEN condition")]
GenerationSql = Annotated[str, Text(TextClass.SQL, "generation expression")]
PartitionKeySql = Annotated[str, Text(TextClass.SQL, "partition key")]
PartitionBoundSql = Annotated[str, Text(TextClass.SQL, "partition bound")]
DefaultSql = Annotated[str, Text(TextClass.DEFAULT, "default")]
DefaultValue = Annotated[str, Text(TextClass.VALUE, "default", derived=True)]
DefaultType = Annotated[str, DERIVED]
BoundText = Annotated[str, Text(TextClass.FREE, "partition bound")]
ParameterValue = Annotated[str, Text(TextClass.VALUE, "storage parameters")]
Label = Annotated[str, Text(TextClass.FREE, "labels")]
Comment = Annotated[str, COSMETIC]
Source = Annotated[str, Text(TextClass.SOURCE, "source")]
Digest = Annotated[str, Text(TextClass.COSMETIC, "digest")]
Version = Annotated[str, Text(TextClass.COSMETIC, "version")]


class Leaf(NamedTuple):
    """A type that a field may hold, by itself or in a tuple, and the class that goes with it."""

    field: str
    type: type
    text: Text | None


@cache
def leaves(holder: type) -> tuple[Leaf, ...]:
    """Return what the fields of a model or of a NamedTuple hold, in the order of the fields; no None, no literals."""
    hints = get_type_hints(holder, include_extras=True)
    fields: Iterable[str] = getattr(holder, "model_fields", getattr(holder, "_fields", ()))
    return tuple(Leaf(field, *leaf) for field in fields for leaf in _leaves(hints[field], None))


def _leaves(hint: Any, text: Text | None) -> Iterator[tuple[type, Text | None]]:
    inside = get_args(hint)
    if get_origin(hint) is Annotated:
        said = [extra for extra in inside[1:] if isinstance(extra, Text)]
        yield from _leaves(inside[0], said[-1] if said else text)
    elif inside and get_origin(hint) is not Literal:
        for each in inside:
            yield from _leaves(each, text)
    elif isinstance(hint, type) and hint is not type(None):
        yield hint, text
