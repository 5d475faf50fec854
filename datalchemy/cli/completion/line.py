"""A command line that is being typed, up to the cursor: its words without the shell's quotes."""

import re
from typing import NamedTuple

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_ESCAPED_IN = {'"': '"\\$`', "'": "'\\"}


class Line(NamedTuple):
    """The words behind the program's name.

    Attributes:
        before: the finished words.
        current: the word at the cursor; empty where a new one begins.
        kept: how many of its first characters the shell keeps; it replaces the others.
        quote: the quote that is open at the cursor, or nothing.
    """

    before: tuple[str, ...]
    current: str
    kept: int = 0
    quote: str = ""


def read(text: str, *, breaks: str = "", is_fish: bool = False) -> Line:
    """Return the words of a command, whose first is the program.

    Args:
        text: what was typed, from the command's beginning to the cursor.
        breaks: the characters that end a word for bash's editor, which replaces only what follows the last of them.
        is_fish: whether a backslash in single quotes has a meaning, as in fish.
    """
    words: list[str] = []
    word: str | None = None
    quote, escaped, kept, quoted_from = "", False, 0, 0
    for character in text:
        if word is None and character.isspace() and not escaped:
            continue
        if word is None:
            word, kept = "", 0
        if escaped:
            is_literal = bool(quote) and character not in _ESCAPED_IN[quote]
            word += f"\\{character}" if is_literal else character
            escaped = False
        elif character == "\\" and (quote != "'" or is_fish):
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
            word += character if quote else ""
        elif character in "'\"":
            quote, quoted_from = character, len(word)
        elif character.isspace():
            words.append(word)
            word = None
        else:
            word += character
            kept = len(word) if character in breaks else kept
    while words and _VARIABLE.match(words[0]):  # `NAME=value datalchemy ...`
        del words[0]
    if word is None or not words:
        return Line(tuple(words[1:]), "")
    return Line(tuple(words[1:]), word, quoted_from if quote else kept, quote)
