"""Credentials in a text: where they stand, and what they look like.

Two kinds of text: plain (a comment, an enum label), and SQL that a server rendered, where a value stands in a string
literal. Time grows with the length of the text: every look ahead or back is bounded, and a text without a telling
word is left after a few substring searches.
"""

import re
from collections.abc import Iterator, Sequence

from datalchemy.core.credential_shapes import QUOTE, TOKEN_HINTS, Found, lower, shaped
from datalchemy.core.credential_words import is_plausible, is_random, names_secret

# These run on the lowered text.
_WORDS = ("passw", "passphrase", "passkey", "pass=", "pwd", "pw=", "secret", "token", "key", "credential", "senha")
_ASSIGNMENT = re.compile(
    r"(?:passw|passphrase|passkey|pass(?==)|pwd|pw(?==)|secret|token|key|credential|senha)[\w-]{0,40}+"
    rf"(?P<closed>{QUOTE})?(?:[ \t]{{0,4}}(?P<glue>=>|:=|=(?!=)|:(?!:))\s{{0,4}}|[ \t]{{1,4}}(?=e?'))"
    rf"(?:e?(?P<opened>{QUOTE})(?P<quoted>[^\"'`\n\\]{{1,512}})|(?P<bare>[^\s\"'`\\,;&(){{}}\[\]]{{1,512}}))"
)
_QUOTED_REST = re.compile(r"[^\"'`\n]*")
_BARE_REST = re.compile(r"[^\s\"'`,;&]*")
_LONGEST_KEY = 64
_REACH = 512
_SCHEME = re.compile(r"(?:basic|bearer|token|apikey|digest)\s+", re.IGNORECASE)
_QUOTED_RUN = re.compile(r"\"[^\"]*\"|'[^']*+(?:''[^']*+)*+'")
_CAST = r"::[\w .\"]{1,140}(?:\(\d{1,10}(?:, ?\d{1,10})?\))?(?:\[\])*"
_CASTS = re.compile(rf"(?:\)|{_CAST})*+")
_CAST_BEHIND = re.compile(rf"(?:{_CAST})+\Z")
_CAST_TYPE = re.compile(r"::([\w .\"]+)")
_TEXT_TYPE = re.compile(r"text|character(?: varying)?|varchar|bpchar|name|bytea|(?:[\w\"]+\.)?citext")
_ALIAS = re.compile(rf"(?:{_CAST})?\)?\s{{1,40}}AS\s+\"?([\w$]{{1,63}})")
_WINDOW = 160
_KEYED_FUNCTIONS = ("pgp_sym_encrypt", "pgp_sym_decrypt", "hmac(")
_SHORTEST_SQL = 5
_SQL_WORDS = (*_WORDS, "bearer", "authorization", "://", "private key", *_KEYED_FUNCTIONS)
_ALGORITHM = re.compile(r"md5|sha\d+|hex|base64|escape|aes.*|bf.*|utf-?8", re.IGNORECASE)


def in_plain(text: str) -> list[Found]:
    """Return the credentials in a text that is no SQL, in their order; none overlaps another."""
    lowered = lower(text)
    found = list(shaped(text, lowered))
    if any(word in lowered for word in _WORDS):
        found += _assignments(text, lowered)
    return _without_overlaps(found)


def in_sql(text: str) -> list[Found]:
    """Return the credentials in rendered SQL, in order: in string literals, or told by what is around."""
    if "'" not in text or len(text) < _SHORTEST_SQL:
        return []
    lowered = lower(text)
    telling = any(word in lowered for word in _SQL_WORDS) or any(hint in text for hint in TOKEN_HINTS)
    if not telling:
        return []
    found: list[Found] = []
    for literal in _QUOTED_RUN.finditer(text):
        start, end = literal.start() + 1, literal.end() - 1
        if text[literal.start()] == '"' or start == end:
            continue
        inside = [Found(one.start + start, one.end + start, one.what) for one in in_plain(text[start:end])]
        found += inside or _by_context(text, lowered, start, end)
    return found


def in_default(text: str, name: str) -> list[Found]:
    """Return the credentials in a default of a column, domain or parameter of this name.

    Where the name promises a credential, a default that is one string literal is one unless it is a placeholder.
    """
    found = in_sql(text)
    if found or not names_secret(name):
        return found
    literal = _QUOTED_RUN.search(text)
    if literal is None or text[: literal.start()].strip("(Ee ") or text[literal.start()] == '"':
        return []
    casts = _CASTS.match(text, literal.end())
    if casts is None or casts.end() != len(text):
        return []
    if not all(_TEXT_TYPE.fullmatch(used.strip()) for used in _CAST_TYPE.findall(casts[0])):
        return []
    start, end = literal.start() + 1, literal.end() - 1
    return [Found(start, end, "the name says so")] if is_plausible(text[start:end]) else []


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
        if not names_secret(_last_name(before) + text[match.start() : word_end].rstrip()):
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


def _by_context(text: str, lowered: str, start: int, end: int) -> list[Found]:
    """Judge the literal text[start:end] by the key, the function or the alias that it stands with."""
    window = lowered[max(0, start - 1 - _WINDOW) : start - 1]
    value = _SCHEME.sub("", text[start : min(end, start + _REACH)], count=1)
    if any(word in window for word in _WORDS) or "authorization" in window:
        operator, name = _key_behind(text[max(0, start - 1 - _WINDOW) : start - 1])
        if operator and names_secret(name) and (is_random if operator == "," else is_plausible)(value):
            return [Found(start, end, "what it is compared with or assigned to says so")]
    for function in _KEYED_FUNCTIONS:
        place = window.rfind(function)
        if place >= 0 and "'" not in window[place:] and is_plausible(value) and not _ALGORITHM.fullmatch(value):
            return [Found(start, end, "the key of a cryptographic function")]
    alias = _ALIAS.match(text, end + 1)
    if alias and names_secret(alias[1]) and is_random(value):
        return [Found(start, end, "its alias says so")]
    return []


def _key_behind(before: str) -> tuple[str, str]:
    """Return the operator that a text ends with, and the name in front of it; casts and brackets do not count."""
    left = before.rstrip("( ")
    left = (left[:-1] if left.endswith((" E", "(E")) else left).rstrip("( ")
    for operator in ("=>", ":=", "=", ","):
        if left.endswith(operator):
            break
    else:
        return "", ""
    left = left.removesuffix(operator).rstrip(") ")
    if left.endswith(("<", ">", "!", "~", "=")):
        return "", ""
    cast = _CAST_BEHIND.search(left)
    return operator, _last_name((left[: cast.start()] if cast else left).rstrip(")\"' "))


def _last_name(text: str) -> str:
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in "_$-"):
        start -= 1
    return text[start:]
