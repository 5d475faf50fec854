"""Credentials in SQL that a server rendered, where a value is a string literal.

Time is linear in the length of the text: every look ahead or back is bounded. A text with no secret word needs
only a few substring searches.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from datalchemy.analysis.credentials.shapes import TOKEN_HINTS, Found, aws_secrets, has_aws_id, lower
from datalchemy.analysis.credentials.texts import SECRET_WORDS, in_plain, last_name, may_hold_a_pair, without_overlaps
from datalchemy.analysis.credentials.words import (
    is_default_credential,
    is_distinct,
    is_plausible,
    is_random,
    names_secret,
)

_SCHEME = re.compile(r"(?:basic|bearer|token|apikey|digest)\s+", re.IGNORECASE)
_QUOTED_RUN = re.compile(r"\"[^\"]*\"|'[^']*+(?:''[^']*+)*+'")
_CAST = r"::[\w .\"]{1,140}(?:\(\d{1,10}(?:, ?\d{1,10})?\))?(?:\[\])*"
_CASTS = re.compile(rf"(?:[)\]]|{_CAST})*+")
_CAST_BEHIND = re.compile(rf"(?:{_CAST})+\Z")
_CAST_TYPE = re.compile(r"::([\w .\"]+)")
_TEXT_TYPE = re.compile(r"text|character(?: varying)?|varchar|bpchar|name|bytea|(?:[\w\"]+\.)?citext")
_DEFAULT_STARTS = ("", "ARRAY[", "md5", "pg_catalog.md5")
_ALIAS = re.compile(rf"(?:{_CAST})?\)?\s{{1,40}}AS\s+\"?([\w$]{{1,63}})")
_DECLARATION = re.compile(
    r"(?<![\w$])(?P<name>[\w$]{1,63})\s{1,40}(?:constant\s{1,40})?[\w.]{1,140}(?: varying)?(?:\(\d{1,10}\))?"
    r"(?:\s{1,40}not null)?\s{0,40}(?::=|=|(?<=\s)default\s)\s{0,40}'(?P<value>[^'\n]{1,512})'",
    re.IGNORECASE,
)
_REACH = 512
_WINDOW = 160
_LIST_GAP = re.compile(rf"(?:{_CAST})?\)?(?:{_CAST})?\s{{0,40}},[\s(]{{0,40}}E?", re.IGNORECASE)
_ELEMENT = re.compile(r"[^{},\"\s]+")

# These run on the lowered text.
_SIGN = r"<>|!=|[<>]=?|!?~~?\*?|="
_WORD = r"is (?:not )?distinct from|(?:not )?i?like"
_OPERATOR = re.compile(
    rf"(?:(?<![<>!~=@#&|*+/%^?:-])(?:=>|:=|{_SIGN})|,|(?<![\w$])(?:{_WORD}|(?:not )?in|when))\Z", re.IGNORECASE
)
_LONGEST_OPERATOR = 24
_CASE = re.compile(r"(?<![\w$])case\s*\Z", re.IGNORECASE)
_AHEAD = re.compile(
    rf"(?:\)|::[\w.\"]{{1,140}}(?: varying)?(?:\(\d{{1,10}}\))?)*+\s{{0,40}}(?P<operator>{_SIGN}|{_WORD})\s{{0,40}}"
    r"(?:(?:any|all)\s?)?[(\"]{0,9}"
    r"(?:[\w$]{1,63}\"?\.\"?){0,3}(?P<name>[\w$]{1,63})"
    r"(?:[\s\")]{0,9}(?:->>?|#>>?)\s?'(?P<member>[^']{1,200})')?",
    re.IGNORECASE,
)
_FUNCTIONS = ("crypt", "hmac")
_KEYED_FUNCTION = re.compile(
    r"(?<![a-z_])(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|hmac|crypt|(?:en|de)crypt(?:_iv)?)\([^']*\Z"
)
_ALGORITHM = re.compile(r"md5|sha\d+|hex|base64|escape|aes.*|bf.*|x?des|3des|cast5|utf-?8", re.IGNORECASE)
_SHORTEST_SQL = 5
_SHORTEST_PLAIN = 6
_SQL_WORDS = (*SECRET_WORDS, "bearer", "authorization", "://", "private key", *_FUNCTIONS)
_PATTERN_SIGNS = re.compile(r"[\[\](){}|*+?\\]")


class _Key(NamedTuple):
    """What a literal is compared with: the operator, the name, whether it is one of a list, the name after CASE."""

    operator: str = ""
    name: str = ""
    listed: bool = False
    case: str = ""


def in_sql(text: str) -> list[Found]:
    """Return the credentials in rendered SQL, in order: in string literals, or named by their context."""
    if "'" not in text or len(text) < _SHORTEST_SQL:
        return []
    lowered = lower(text)
    telling = any(word in lowered for word in _SQL_WORDS) or any(hint in text for hint in TOKEN_HINTS)
    if not (telling or may_hold_a_pair(lowered)):
        return []
    found: list[Found] = []
    aws = has_aws_id(text)
    key = _Key()
    previous = 0
    for literal in _QUOTED_RUN.finditer(text):
        start, end = literal.start() + 1, literal.end() - 1
        if text[literal.start()] == '"':
            continue
        gap = text[previous : min(literal.start(), previous + _WINDOW)]
        if not (key.listed and previous + len(gap) == literal.start() and _LIST_GAP.fullmatch(gap)):
            key = _key_behind(text[max(0, literal.start() - _WINDOW) : literal.start()], key.case)
        previous = literal.end()
        if start < end:
            plain = in_plain(text[start:end]) if end - start >= _SHORTEST_PLAIN else []
            inside = [Found(one.start + start, one.end + start, one.what) for one in plain]
            found += (
                inside or (aws and list(aws_secrets(text, start, end))) or _by_context(text, lowered, start, end, key)
            )
    return found


def in_source(text: str) -> list[Found]:
    """Return the credentials in a function's source, in order: in literals, comments, assignments and declarations."""
    declared = (
        Found(*match.span("value"), "the name that is declared says so")
        for match in _DECLARATION.finditer(text)
        if names_secret(match["name"]) and is_plausible(match["value"])
    )
    return without_overlaps([*in_plain(text), *in_sql(text), *declared])


def in_default(text: str, name: str) -> list[Found]:
    """Return the credentials in a default of a column, domain or parameter of this name.

    Where the name promises a credential, each literal of a default of literals is one unless it is an absent value.
    """
    found = in_sql(text)
    if found or not names_secret(name):
        return found
    literals = list(_QUOTED_RUN.finditer(text))
    if not literals or text[: literals[0].start()].strip("(Ee ") not in _DEFAULT_STARTS:
        return []
    gaps = [text[one.end() : other.start()] for one, other in pairwise(literals)]
    tail = text[literals[-1].end() :]
    if not _CASTS.fullmatch(tail) or not all(map(_LIST_GAP.fullmatch, gaps)):
        return []
    if not all(_TEXT_TYPE.fullmatch(used.strip()) for used in _CAST_TYPE.findall(" ".join((*gaps, tail)))):
        return []
    spans = [span for one in literals for span in _elements(text, one.start() + 1, one.end() - 1)]
    return [Found(start, end, "the name says so") for start, end in spans if is_default_credential(text[start:end])]


def _elements(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of an array literal's elements, or the place of any other literal."""
    if text[start : start + 1] == "{" and text[end - 1] == "}":
        return [element.span() for element in _ELEMENT.finditer(text, start, end)]
    return [(start, end)]


def _by_context(text: str, lowered: str, start: int, end: int, key: _Key) -> list[Found]:
    """Classify the literal text[start:end] by the key, the function or the alias beside it."""
    if names_secret(key.name):
        spans = _elements(text, start, end) if key.listed else [(start, end)]
        found = [span for span in spans if _is_credential(text[span[0] : span[1]], key.operator, listed=key.listed)]
        if found:
            return [Found(*span, "what it is compared with or assigned to says so") for span in found]
    ahead = _AHEAD.match(text, end + 1)
    if ahead:
        name = last_name(ahead["member"].rstrip("}")) if ahead["member"] else ahead["name"]
        if names_secret(name) and _is_credential(text[start:end], ahead["operator"].lower()):
            return [Found(start, end, "what it is compared with says so")]
    window = lowered[max(0, start - 1 - _WINDOW) : start - 1]
    if any(function in window for function in _FUNCTIONS) and _is_argument(_KEYED_FUNCTION.search(window)):
        value = text[start:end]
        if is_plausible(value) and not _ALGORITHM.fullmatch(value):
            return [Found(start, end, "the key of a cryptographic function")]
    alias = _ALIAS.match(text, end + 1)
    if alias and names_secret(alias[1]) and is_random(text[start:end]):
        return [Found(start, end, "its alias says so")]
    return []


def _is_argument(call: re.Match[str] | None) -> bool:
    """Return whether the brackets of a call are still open at the end of the text."""
    return call is not None and call[0].count("(") > call[0].count(")")


def _is_credential(literal: str, operator: str, *, listed: bool = False) -> bool:
    """Return whether a literal that an operator compares with a secret name is a credential.

    What is equal to a secret is one if it is plausible. What a secret differs from is often a state (`<> 'revoked'`),
    a list often names kinds, and a pattern often describes a format: there the value itself must look like one.
    """
    value = _SCHEME.sub("", literal[:_REACH], count=1)
    match operator:
        case "=" | ":=" | "=>" | "is not distinct from":
            return (is_distinct if listed else is_plausible)(value)
        case ",":
            return is_random(value)
        case "~" | "~*" | "!~" | "!~*":
            pattern = value.removeprefix("^").removesuffix("$").removesuffix(".*")
            return not _PATTERN_SIGNS.search(pattern) and is_random(pattern)
    if "~" in operator or "like" in operator:
        return is_random(value.strip("%").replace("\\", ""))
    return is_distinct(value)


def _key_behind(before: str, case: str) -> _Key:
    """Return the operator and the name in front of a literal; casts and brackets do not count."""
    left = before.rstrip("( \n\t")
    left = (left[:-1] if left.endswith((" E", "(E", "[E")) else left).rstrip("( \n\t")
    lowered = left.lower()
    listed = lowered.endswith("array[")
    left = left[: -len("array[")].rstrip("( ") if listed else left
    if left.lower().endswith((" any", " all")):
        left, listed = left[:-4].rstrip(), True
    sign = _OPERATOR.search(left, max(0, len(left) - _LONGEST_OPERATOR))
    if sign is None:
        return _Key(case=case)
    operator = sign[0].lower()
    left = left[: sign.start()].rstrip(") \n\t")
    cast = _CAST_BEHIND.search(left)
    left = (left[: cast.start()] if cast else left).rstrip(")}\"' \n\t")
    name = last_name(left)
    if operator == "when":
        case = name if _CASE.search(left[: len(left) - len(name)].rstrip('("')) else case
        return _Key(operator, case, case=case)
    return _Key(operator, name, listed or operator.endswith("in"), case)
