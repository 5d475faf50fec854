"""Credentials in SQL that a server rendered, where a value is a string literal.

Time grows with the length of the text: every look ahead or back is bounded, and a text without a telling word is left
after a few substring searches.
"""

import re

from datalchemy.core.credential_shapes import TOKEN_HINTS, Found, lower
from datalchemy.core.credential_texts import SECRET_WORDS, in_plain, last_name
from datalchemy.core.credential_words import is_plausible, is_random, names_secret

_SCHEME = re.compile(r"(?:basic|bearer|token|apikey|digest)\s+", re.IGNORECASE)
_QUOTED_RUN = re.compile(r"\"[^\"]*\"|'[^']*+(?:''[^']*+)*+'")
_CAST = r"::[\w .\"]{1,140}(?:\(\d{1,10}(?:, ?\d{1,10})?\))?(?:\[\])*"
_CASTS = re.compile(rf"(?:\)|{_CAST})*+")
_CAST_BEHIND = re.compile(rf"(?:{_CAST})+\Z")
_CAST_TYPE = re.compile(r"::([\w .\"]+)")
_TEXT_TYPE = re.compile(r"text|character(?: varying)?|varchar|bpchar|name|bytea|(?:[\w\"]+\.)?citext")
_ALIAS = re.compile(rf"(?:{_CAST})?\)?\s{{1,40}}AS\s+\"?([\w$]{{1,63}})")
_REACH = 512
_WINDOW = 160
_KEYED_FUNCTIONS = ("pgp_sym_encrypt", "pgp_sym_decrypt", "hmac(")
_SHORTEST_SQL = 5
_SQL_WORDS = (*SECRET_WORDS, "bearer", "authorization", "://", "private key", *_KEYED_FUNCTIONS)
_ALGORITHM = re.compile(r"md5|sha\d+|hex|base64|escape|aes.*|bf.*|utf-?8", re.IGNORECASE)


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


def _by_context(text: str, lowered: str, start: int, end: int) -> list[Found]:
    """Judge the literal text[start:end] by the key, the function or the alias that it stands with."""
    window = lowered[max(0, start - 1 - _WINDOW) : start - 1]
    value = _SCHEME.sub("", text[start : min(end, start + _REACH)], count=1)
    if any(word in window for word in SECRET_WORDS) or "authorization" in window:
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
    return operator, last_name((left[: cast.start()] if cast else left).rstrip(")\"' "))
