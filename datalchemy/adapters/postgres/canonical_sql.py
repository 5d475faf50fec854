"""Two rules for the SQL text that the server renders: how to split a list, and which spelling to keep.

The text is scanned with its quotes and brackets, which is all that these rules need to know of its grammar.
"""

import re
from collections.abc import Iterable, Iterator

from datalchemy.adapters.postgres.rows import QUERIES, CatalogRows
from datalchemy.errors import CatalogError
from datalchemy.model.text_class import TextClass, leaves

_CLOSING = {"(": ")", "[": "]"}
_ARRAY = "(ARRAY["
_ARRAY_TYPE = re.compile(r'::((?:"(?:[^"]|"")*"|[\w$.]|\([\d,]*\)| (?=[\w(]))+)\[\]')


def _pieces(text: str, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield (depth, begin, end) of each quoted run or character from `start` on; a bracket has its inner depth."""
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        end = position + 1
        if character in "'\"":
            # A doubled quote inside is two adjacent runs: nothing between them can be a bracket or a comma.
            escapes = character == "'" and text[position - 1 : position] in ("E", "e")
            while end < len(text) and text[end] != character:
                end += 2 if escapes and text[end] == "\\" else 1
            end += 1
        elif character in _CLOSING:
            depth += 1
        yield depth, position, end
        if character in _CLOSING.values():
            depth -= 1
        position = end


def split_expressions(text: str) -> tuple[str, ...]:
    """Split a rendered list at its top-level commas: `lower(a), (b + 1)` gives two.

    The server renders a list with `, ` between its items, and brackets or quotes around every other comma.
    """
    expressions = [""]
    for depth, begin, end in _pieces(text):
        if depth == 0 and text[begin:end] == ",":
            expressions.append("")
        else:
            expressions[-1] += text[begin:end]
    return tuple(expression.strip() for expression in expressions)


def closing_bracket(text: str, opening: int) -> int:
    """Return where the bracket at `opening` closes; -1 where it does not."""
    return next((begin for depth, begin, _ in _pieces(text, opening) if depth == 1 and text[begin] in ")]"), -1)


def when_condition(definition: str) -> str:
    """Return the condition in a CREATE TRIGGER statement: what is in the brackets of its WHEN.

    Raises:
        CatalogError: the statement has none.
    """
    opening = next(
        (begin + 5 for depth, begin, _ in _pieces(definition) if depth == 0 and definition.startswith("WHEN (", begin)),
        -1,
    )
    closing = closing_bracket(definition, opening) if opening >= 0 else -1
    if closing < 0:
        raise CatalogError("a trigger's WHEN could not be found", remedy="please report this trigger")
    return definition[opening + 1 : closing]


def canonical(text: str) -> str:
    """Return the one spelling of a rendered expression that a dump and restore leaves alone.

    `v in ('a', 'b')` on a varchar is kept as a cast of the whole array, `(ARRAY['a'::character varying, ...])::text[]`;
    read back, the parser casts each element instead, `ARRAY[('a'::character varying)::text, ...]`. Both mean the same
    (manual: "Array Constructors"); the second is the fixed point, so it is the one that is kept.
    """
    if _ARRAY not in text:
        return text
    result: list[str] = []
    copied = 0
    for _, begin, _ in _pieces(text):
        if begin >= copied and text.startswith(_ARRAY, begin):
            cast = _cast_array(text, begin)
            if cast is not None:
                rendered, after = cast
                result += (text[copied:begin], rendered)
                copied = after
    return "".join((*result, text[copied:]))


def _cast_array(text: str, begin: int) -> tuple[str, int] | None:
    """Render the cast array constructor that starts at `begin` with a cast for each element; None if it is no such."""
    opening = begin + len(_ARRAY) - 1
    closing = closing_bracket(text, opening)
    target = _ARRAY_TYPE.match(text, closing + 2) if closing > 0 and text[closing + 1 : closing + 2] == ")" else None
    return None if target is None else (_array(text[opening + 1 : closing], target[1]), target.end())


def _array(elements: str, target: str) -> str:
    cast = (
        _array(element[len("ARRAY[") : -1], target)
        if element.startswith("ARRAY[") and closing_bracket(element, len("ARRAY")) == len(element) - 1
        else f"({canonical(element)})::{target}"
        for element in split_expressions(elements)
    )
    return f"ARRAY[{', '.join(cast)}]"


def canonical_rows(rows: CatalogRows) -> CatalogRows:
    """Return the rows with every text that the server rendered in its canonical spelling."""
    changed: dict[str, object] = {}
    for query in QUERIES:
        rendered = {leaf.field for leaf in leaves(query.row_type) if leaf.text and leaf.text.kind is TextClass.SQL}
        if rendered:
            changed[query.name] = tuple(_canonical_row(row, rendered) for row in getattr(rows, query.name))
    return rows._replace(**changed)  # type: ignore[arg-type]  # the names are those of fields, the types are kept


def _canonical_row(row: tuple[object, ...], rendered: Iterable[str]) -> tuple[object, ...]:
    changes: dict[str, object] = {}
    for field in rendered:
        value = getattr(row, field)
        if isinstance(value, list):
            changes[field] = [text and canonical(text) for text in value]
        elif value and _ARRAY in value:
            changes[field] = canonical(value)
    return row._replace(**changes) if changes else row  # type: ignore[attr-defined]  # every row is a NamedTuple
