"""Text as people may see it: without secrets, not endless, and with nothing in it that a terminal would obey."""

from collections.abc import Callable

LONGEST = 64_000
"""The most characters that are shown of one text of somebody else's: a server's, a library's."""

_MARGIN = 40_000


def shown(text: str, scrub: Callable[[str], str], *, limit: int = LONGEST) -> str:
    """Return a text that came from elsewhere without its secrets, cut to `limit` characters and `...`.

    It takes the text as it came: a secret whose blanks were collapsed, or that was cut, is not recognised. Whatever
    else a text goes through (one line, a few of its lines, quotes) is done to what this returns.
    """
    # What begins within the limit is seen to its end. What may be the beginning of a secret at the end is dropped: the
    # margin is wider than any usual spelling of a secret's piece, and than the masks that may be longer than what they
    # cover.
    is_cut = len(text) > limit + _MARGIN
    text = scrub(text[: limit + _MARGIN])
    if is_cut:
        text = text[: max(0, len(text) - _MARGIN)]
    return f"{text[:limit]}..." if is_cut or len(text) > limit else text


def escape_controls(text: str) -> str:
    """Return a text on one line: control characters, line ends and invisible marks are spelled out; letters stay."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )


def quoted(*names: str) -> str:
    """Return a name as an SQL identifier: each part in double quotes, joined by points."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
