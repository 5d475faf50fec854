"""Rules for the SQL text that the server renders: how to split a list, and which spelling to keep.

The text is scanned with its quotes and brackets, which is all that these rules need to know of its grammar.
"""

import re
from collections.abc import Iterable, Iterator

from datalchemy.adapters.postgres.rows import QUERIES, CatalogRows
from datalchemy.errors import CatalogError
from datalchemy.model.text_class import TextClass, leaves

_CLOSING = {"(": ")", "[": "]"}
_ARRAY = "(ARRAY["
_RESPELT = re.compile(r"\(- \d|\(VALUES |SELECT | TO '")
_LITERAL = r"(?:E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|NULL)"
_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_TYPE = rf"{_NAME}(?:\.{_NAME}|\([\d,-]+\)| (?:[a-z]+))*(?:\[\])*"
_RESPELLINGS = re.compile(
    rf"""
      (?P<values> \(VALUES[ ](?=\() )
    | \(-[ ] (?P<negative> \d+ (?:\.\d*)? ) \)
    | (?P<mark> [ ]TO[ ]{_LITERAL})::text (?P<other> [ ]DEFAULT[ ]{_LITERAL})::text (?=[ ]USING[ ])
    | (?P<unnamed> (?: SELECT[ ](?:DISTINCT[ ](?:ON[ ]\([^()]*\)[ ])?)? | ,\n[ ]+ )
        (?: (?P<open>\()? (?: {_LITERAL}::(?P<type>{_TYPE.replace(" ", "[ ]")}) | \(-[ ](?P<number> \d+ (?:\.\d*)? )\) )
        (?(open) [ ]COLLATE[ ]{_NAME}(?:\.{_NAME})?\) ) ) (?= [),;\n] | $ ) )
    | {_LITERAL} | {_NAME}
    """,
    re.VERBOSE,
)
_NAMES_OF_CASTS = {
    "bigint": "int8",
    "bit": '"bit"',
    "bit varying": "varbit",
    "boolean": "bool",
    "character": "bpchar",
    "character varying": '"varchar"',
    "double precision": "float8",
    "integer": "int4",
    "numeric": '"numeric"',
    "real": "float4",
    "smallint": "int2",
    "time with time zone": "timetz",
    "time without time zone": '"time"',
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": '"timestamp"',
}
"""The name that the parser gives to a cast to a type, where it is not the last part of the type's own name."""
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
    """Return the one spelling of a rendered text that a dump and restore leaves alone.

    Each of these is read back as another tree of the same meaning, whose spelling is the fixed point and is kept:

    - `v in ('a', 'b')` on a varchar is kept as a cast of the array, `(ARRAY['a'::character varying, ...])::text[]`;
      the parser casts each element, `ARRAY[('a'::character varying)::text, ...]` (manual: "Array Constructors");
    - `-1::int` is kept as an operator, `(- 1)`; the parser makes a negative constant of it, `'-1'::integer`;
    - a query that is VALUES and no more becomes a subquery, `( VALUES ...` instead of `(VALUES ...`;
    - a constant without a name, in a subquery whose names nobody sees, is rendered with its cast; the parser names the
      column after the type, `SELECT 'x'::text AS text`;
    - a mark of CYCLE is a constant to the parser, which refuses the cast that the server renders it with.
    """
    if _ARRAY in text:
        text = _with_cast_elements(text)
    return _RESPELLINGS.sub(_respelt, text) if _RESPELT.search(text) else text


def _respelt(found: re.Match[str]) -> str:
    if found["values"]:
        return "( VALUES "
    if found["negative"]:
        return _negative(found["negative"])
    if found["mark"]:
        return found["mark"] + found["other"]
    if not found["unnamed"]:
        return found[0]
    if found["number"]:
        item = _negative(found["number"])
        return f"{found[0].rpartition('(- ')[0]}{item} AS {_name_of_cast(item.partition('::')[2])}"
    return f"{found[0]} AS {_name_of_cast(found['type'])}"


def _negative(number: str) -> str:
    return f"'-{number}'::{'numeric' if '.' in number else 'integer'}"


def _name_of_cast(data_type: str) -> str:
    """Return what the parser calls a column that is a cast to this type and has no name of its own."""
    bare = re.sub(r"\[\]|\([\d,-]+\)", "", data_type)
    if bare.startswith("interval"):
        return '"interval"'
    return _NAMES_OF_CASTS.get(bare) or re.findall(_NAME, bare)[-1]


def _with_cast_elements(text: str) -> str:
    """Return the text with casts of whole array constructors as casts of each element."""
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
        else f"({_with_cast_elements(element)})::{target}"
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
        elif value and (_ARRAY in value or _RESPELT.search(value)):
            changes[field] = canonical(value)
    return row._replace(**changes) if changes else row  # type: ignore[attr-defined]  # every row is a NamedTuple
