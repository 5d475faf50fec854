"""Values with an inner structure on the command line: `a,b`, `[a, b]`, `{key: value}`, `'quoted'`, `glob(a*)`.

Only quotes at the start of a word, and brackets, have a meaning; every other character is a part of the value.
"""

import re
from collections.abc import Iterator

_CLOSING = {"[": "]", "{": "}", "(": ")"}
_STARTS_WORD = "[{(,:"


def pieces(text: str) -> list[str]:
    """Return the pieces between commas, without blanks around them; quotes and brackets protect a comma."""
    cuts = [at for at, character, depth in _outside_quotes(text) if character == "," and depth == 0]
    return [text[start:end].strip() for start, end in zip([0, *(cut + 1 for cut in cuts)], [*cuts, None], strict=True)]


def closed_at(text: str) -> int | None:
    """Return where the bracket closes that `text` begins with; None if it never does, or there is none."""
    if text[:1] not in _CLOSING:
        return None
    return next((at for at, _, depth in _outside_quotes(text) if depth == 0), None)


def inside(text: str, opening: str) -> str | None:
    """Return what is between `opening` and the bracket that closes it at the end of `text`; None for other texts."""
    if text[:1] == opening and closed_at(text) == len(text) - 1:
        return text[1:-1]
    return None


def arguments(text: str, function: str) -> list[str] | None:
    """Return the pieces inside `function(...)`; None for other texts."""
    given = inside(text.removeprefix(function), "(") if text.startswith(f"{function}(") else None
    return None if given is None else pieces(given)


def unquoted(text: str) -> str:
    """Return `text` without the quotes around the whole of it; a backslash before such a quote is removed."""
    mark = text[:1]
    if len(text) > 1 and mark in "'\"" and text[-1] == mark and mark not in re.sub(r"\\.", "", text[1:-1]):
        return re.sub(rf"\\([\\{mark}])", r"\1", text[1:-1])
    return text


def _outside_quotes(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield each character outside quotes: its index, itself, and how many brackets are open after it."""
    closing: list[str] = []
    quote, escaped, starts_word = "", False, True
    for at, character in enumerate(text):
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and not escaped
            continue
        if starts_word and character in "'\"":
            quote = character
        elif character in _CLOSING:
            closing.append(_CLOSING[character])
        elif closing and character == closing[-1]:
            closing.pop()
        starts_word = character in _STARTS_WORD or (starts_word and character.isspace())
        if not quote:
            yield at, character, len(closing)
