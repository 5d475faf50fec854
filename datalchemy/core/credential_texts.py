"""Credentials in a plain text (a comment, an enum label): where they are, and what they look like.

Time grows with the length of the text: every look ahead or back is bounded, and a text without a telling word is left
after a few substring searches.
"""

import re
from collections.abc import Iterator, Sequence

from datalchemy.core.credential_shapes import QUOTE, Found, lower, shaped
from datalchemy.core.credential_words import is_plausible, is_random, names_secret

# These run on the lowered text.
SECRET_WORDS = (
    "passw",
    "passphrase",
    "passkey",
    "pass=",
    "pwd",
    "pw=",
    "secret",
    "token",
    "key",
    "credential",
    "senha",
)
"""A text without any of these, in lower case, assigns no credential to a name."""

_ASSIGNMENT = re.compile(
    r"(?:passw|passphrase|passkey|pass(?==)|pwd|pw(?==)|secret|token|key|credential|senha)[\w-]{0,40}+"
    rf"(?P<closed>{QUOTE})?(?:[ \t]{{0,4}}(?P<glue>=>|:=|=(?!=)|:(?!:))\s{{0,4}}|[ \t]{{1,4}}(?=e?'))"
    rf"(?:e?(?P<opened>{QUOTE})(?P<quoted>[^\"'`\n\\]{{1,512}})|(?P<bare>[^\s\"'`\\,;&(){{}}\[\]]{{1,512}}))"
)
_QUOTED_REST = re.compile(r"[^\"'`\n]*")
_BARE_REST = re.compile(r"[^\s\"'`,;&]*")
_LONGEST_KEY = 64
_REACH = 512


def in_plain(text: str) -> list[Found]:
    """Return the credentials in a text that is no SQL, in their order; none overlaps another."""
    lowered = lower(text)
    found = list(shaped(text, lowered))
    if any(word in lowered for word in SECRET_WORDS):
        found += _assignments(text, lowered)
    return _without_overlaps(found)


def in_value(text: str, name: str) -> list[Found]:
    """Return the credentials in the plain value of a parameter of this name."""
    found = in_plain(text)
    return found or ([Found(0, len(text), "the name says so")] if names_secret(name) and is_plausible(text) else [])


def mask(text: str, found: Sequence[Found], by: str) -> str:
    """Return `text` with `by` in place of what was found."""
    pieces: list[str] = []
    position = 0
    for one in found:
        pieces += (text[position : one.start], by)
        position = one.end
    return "".join((*pieces, text[position:]))


def _without_overlaps(found: list[Found]) -> list[Found]:
    kept: list[Found] = []
    for one in sorted(found):
        if kept and one.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, one.end))
        else:
            kept.append(one)
    return kept


def _assignments(text: str, lowered: str) -> Iterator[Found]:
    position = 0
    while match := _ASSIGNMENT.search(lowered, position):
        kind = "bare" if match["bare"] is not None else "quoted"
        start, end = match.span(kind)
        position = start
        word_end = next(match.start(group) for group in ("closed", "glue", kind) if match[group] is not None)
        before = text[max(0, match.start() - _LONGEST_KEY) : match.start()]
        if not names_secret(last_name(before) + text[match.start() : word_end].rstrip()):
            continue
        value = text[start:end] if kind == "quoted" else text[start:end].rstrip(".:!?")
        tight = match["glue"] == "=" and match.span("glue") == (word_end, start)
        called = kind == "bare" and text[end : end + 1] == "("
        likely = is_plausible(value) if tight or kind == "quoted" else is_random(value)
        if called or not likely or any(character.isspace() for character in value):
            continue
        position = start + len(value)
        if len(value) == _REACH:
            rest = (_QUOTED_REST if kind == "quoted" else _BARE_REST).match(text, position)
            position = rest.end() if rest else position
        yield Found(start, position, "the key before it says so")


def last_name(text: str) -> str:
    """Return the name that a text ends with, empty where it ends with none."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in "_$-"):
        start -= 1
    return text[start:]
