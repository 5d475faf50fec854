r"""Checks SQL from a server or from an edited file before it becomes part of a script.

What a server renders (defaults, checks, views, bounds, types) holds words, numbers, operators, quoted names and
strings. Nothing else passes here: no backslash outside quotes (psql runs `\!`), no semicolon, comment, dollar quote or
NUL, no open quote or bracket. So a text cannot end its statement, neither in psql nor in a server's parser. The actions
of a rule may have semicolons between them: inside brackets neither psql nor the parser ends a statement at one.

Source: the lexers psqlscan.l and scan.l of PostgreSQL 13 to 18; where they differ, the text is refused.
"""

import re

from datalchemy.text import escape_controls

REFUSED = "\\"
"""Replaces a text that did not pass; no statement that holds it passes."""

_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\n\r\f\v]++ )
    | (?P<escaped> [eE]' (?: [^'\\\0] | \\[^\0] | '' )*+ ' )
    | (?P<bits> [bBxX]' [0-9a-fA-F]*+ ' )
    | (?P<string> ' (?: [^'\0] | '' )*+ ' )
    | (?P<name> " (?: [^"\0] | "" )++ " )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]*+ (?! ['"$] ) (?! & ['"] ) )
    | (?P<number> [0-9]++ (?: \.[0-9]*+ )?+ (?: [eE][+-]?[0-9]++ )?+ (?! [A-Za-z0-9_'"$] ) )
    | (?P<open> [(\[] )
    | (?P<close> [)\]] )
    | (?P<comma> , )
    | (?P<semicolon> ; )
    | (?P<cast> :: )
    | (?P<colon> : (?! = ) )
    | (?P<operator> (?: (?! -- | /\* ) [-~!@\#^&|`?+*/%<>=] )++ )
    | (?P<point> \. )
    """,
    re.VERBOSE,
)
_STRINGS = frozenset({"escaped", "bits", "string"})
_CLOSED_BY = {"(": ")", "[": "]"}
_RULE = "CREATE RULE "
_LONGEST_SHOWN = 200


def given(text: str, *, is_list: bool = False, is_rule: bool = False) -> str:
    r"""Return a text as a statement can hold it, or REFUSED.

    A string with a backslash becomes `E'..'`, which every setting of standard_conforming_strings reads the same way. A
    single colon (of a slice) is set apart from what follows, so that psql sees no variable in `[1:n]`.

    Args:
        text: from the server or the file.
        is_list: whether commas are allowed outside brackets, as in a query.
        is_rule: whether it is a CREATE RULE, which may have semicolons inside brackets, between its actions.
    """
    written, end = _scan(text, is_list=is_list, is_rule=is_rule)
    return written if end == len(text) else REFUSED


def is_one_statement(statement: str) -> bool:
    """Return whether a whole statement, without its semicolon, is closed in itself and holds nothing refused."""
    return _scan_statement(statement)[1] == len(statement)


def left_out(text: str) -> str:
    """Return the comment line that names what is not rendered; nothing in a name ends it."""
    return f"-- not rendered: {escape_controls(' '.join(text.split()))}"


def beginning(statement: str) -> str:
    """Return how a refused statement begins, and the line in it that did not pass: a name for it in a comment."""
    lines = statement[: _scan_statement(statement)[1]].strip().split("\n")
    shown = lines[0] if len(lines) == 1 else f"{lines[0]} ... {lines[-1].strip()}"
    return f"{shown[:_LONGEST_SHOWN]}..., whose text could end its statement"


def _scan_statement(statement: str) -> tuple[str, int]:
    return _scan(statement, is_list=True, is_rule=statement.startswith(_RULE))


def _scan(text: str, *, is_list: bool, is_rule: bool) -> tuple[str, int]:
    """Return the rewritten text, and the position of the first refused token: the length when there is none."""
    written: list[str] = []
    awaited: list[str] = []
    end, last = 0, ""
    for match in _TOKEN.finditer(text):
        kind, part = match.lastgroup or "", match[0]
        if match.start() != end or not _fits(kind, part, last, awaited, is_list=is_list, is_rule=is_rule):
            return "", end
        if kind == "open":
            awaited.append(_CLOSED_BY[part])
        elif kind == "close":
            awaited.pop()
        elif kind == "string" and "\\" in part:
            part = "E" + part.replace("\\", "\\\\")
        elif kind == "colon" and not text[match.end() : match.end() + 1].isspace():
            part = ": "
        written.append(part)
        end, last = match.end(), last if kind == "space" else kind
    return "".join(written), -1 if awaited else end


def _fits(kind: str, part: str, last: str, awaited: list[str], *, is_list: bool, is_rule: bool) -> bool:
    if kind in _STRINGS:
        return last not in _STRINGS  # strings that continue each other are read by the rules of the first
    if kind == "close":
        return awaited[-1:] == [part]
    if kind == "semicolon":
        return is_rule and bool(awaited)
    return kind != "comma" or is_list or bool(awaited)
