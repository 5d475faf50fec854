"""Credentials in a plain text (a comment, an enum label): where they are, and what they look like.

Time is linear in the length of the text: every look ahead or back is bounded. A text with no secret word needs
only a few substring searches.
"""

import re
from collections.abc import Iterator, Sequence

from datalchemy.analysis.credentials.shapes import QUOTE, Found, lower, shaped
from datalchemy.analysis.credentials.words import is_plausible, is_random, is_said, is_well_known, names_secret

# These run on the lowered text.
SECRET_WORDS = ("pass", "pwd", "pw", "secret", "token", "key", "credential", "senha", "chave")
"""A text without any of these, in lower case, assigns no credential to a name."""

_VALUE = rf"(?:e?(?P<opened>{QUOTE})(?P<quoted>[^\"'`\n\\]{{1,128}})|(?P<bare>[^\s\"'`\\,;&(){{}}\[\]]{{1,128}}))"
_OF = (
    r"(?:[ ](?:padr[ãa]o|inicial|provis[óo]ria|tempor[áa]ria|mestra|atual))?(?:[ ]\(\w{1,20}\))?"
    r"(?:[ ](?:for|of|to|in|on|do|da|de|no|na|para)(?:[ ][\w.@-]{1,40}){1,4}?)?"
)
_IS = (
    r"(?:is|was|are|é|eh|era|foi|defaults? to|set to|reset to|changed to)"
    r"(?:[ ](?:now|still|just|always|currently|set to|reset to|changed to|alterada para)){0,2}[ :]{1,3}"
)
_ASSIGNMENT = re.compile(
    r"(?P<word>(?:passw|passphrase|passkey|pass|pwd|pw|secret|token|key|credential|senha)[\w-]{0,40}+"
    r"|chave (?:secreta|privada|(?:de|da|do) (?:api|acesso)))"
    rf"(?P<closed>{QUOTE})?"
    rf"(?:{_OF}(?:[ \t]{{0,4}}(?P<glue>=>|->|→|:=|=(?!=)|:(?!:))\s{{0,4}}|[ ]{{1,4}}(?P<verb>{_IS}))"
    rf"|(?<!pass)(?<!pw)[ \t]{{1,4}}(?=e?')|(?P<blank>[ ](?=[^\s\d]{{0,40}}\d))){_VALUE}"
)
_ACCOUNT = r"(?:admin|administrator|administrador|root|sa|postgres)"
_PAIR = re.compile(
    r"(?<![\w/.@-])(?<!/ )(?:(?:user(?:name)?|login|usu[aá]rio)[ ]?(?:/|,|\||e|and|&)[ ]?"
    r"(?:pass(?:word|wd)?|pwd|senha)[ ]?[:=]?[ ]?[\w.@-]{1,40}[ ]?[/:|,][ ]?"
    r"|(?:user(?:name)?|login|account|usu[aá]rio|conta|credentials?|credenciais)[ ]?:[ ]?[\w.@-]{1,40}[ ]?/[ ]?"
    r"|[\w.+-]{1,64}@[\w.-]{1,64} / "
    rf"|(?P<user>(?!sa/){_ACCOUNT}|user|usuario|test|demo|guest|oracle|system|sysadmin|scott)[ ]?/[ ]?|{_ACCOUNT}:"
    rf"|(?:-u|--user)[ =]{QUOTE}?[\w.-]{{1,40}}:)(?P<value>[^\s\"'`,;()<>{{}}\[\]|]{{1,128}})"
)
_PAIR_END = re.compile(r"[ ]?(?:\Z|[\n.,;)\]}\"'`(]|(?:on|in|for|at|until|no|na|em|para)\b|-{1,2} )")
_PAIR_WORDS = re.compile(
    r"admin|root|sa|postgres|usu|user|test|demo|guest|oracle|sys|scott|login|account|conta|cred|-u|@"
)
_PAIRED = frozenset({"password", "passwd", "secret", "senha", "tiger", "toor"})
_PASSWORD = frozenset({"password", "passwd", "pwd", "senha"})
_WORD_AND_NUMBER = re.compile(r"[a-z]+[-_]?\d+")
_QUOTED_REST = re.compile(r"[^\"'`\n]*")
_BARE_REST = re.compile(r"[^\s\"'`,;&]*")
_SPACE = re.compile(r"\s")
_LONGEST_KEY = 64
_REACH = 128


def in_plain(text: str) -> list[Found]:
    """Return the credentials in a text that is no SQL, in order and without overlap."""
    lowered = lower(text)
    found = list(shaped(text, lowered))
    if any(word in lowered for word in SECRET_WORDS):
        found += _assignments(text, lowered)
    if may_hold_a_pair(lowered):
        found += _pairs(text, lowered)
    return without_overlaps(found)


def in_value(text: str, name: str) -> list[Found]:
    """Return the credentials in the plain value of a parameter of this name."""
    found = in_plain(text)
    return found or ([Found(0, len(text), "the name says so")] if names_secret(name) and is_plausible(text) else [])


def may_hold_a_pair(lowered: str) -> bool:
    """Return whether a text, in lower case, may hold a user and a password such as `admin / x`: a quick look."""
    return ("/" in lowered or ":" in lowered) and _PAIR_WORDS.search(lowered) is not None


def mask(text: str, found: Sequence[Found], by: str) -> str:
    """Return `text` with each finding replaced by `by`."""
    pieces: list[str] = []
    position = 0
    for one in found:
        pieces += (text[position : one.start], by)
        position = one.end
    return "".join((*pieces, text[position:]))


def without_overlaps(found: list[Found]) -> list[Found]:
    """Return findings in order; those that overlap become one."""
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
        if not _promises(text, match):
            continue
        value = text[start:end] if kind == "quoted" else text[start:end].rstrip(".:?")
        called = kind == "bare" and text[end : end + 1] == "("
        if called or not _is_assigned(match, kind, value) or _SPACE.search(value):
            continue
        position = start + len(value)
        if end - start == _REACH:
            rest = (_QUOTED_REST if kind == "quoted" else _BARE_REST).match(text, end)
            position = rest.end() if rest else end
        yield Found(start, position, "the key before it says so")


def _promises(text: str, match: re.Match[str]) -> bool:
    """Return whether the name in front of a value promises a credential; `api key` does like `api_key`."""
    start, end = match.span("word")
    if match["word"].startswith("chave"):
        return True
    before = text[max(0, start - _LONGEST_KEY) : start]
    name = last_name(before) + text[start:end]
    return names_secret(name) or (before.endswith(" ") and names_secret(f"{last_name(before[:-1])}_{name}"))


def _is_assigned(match: re.Match[str], kind: str, value: str) -> bool:
    """Return whether a value is a credential: `=` says more than `is`, which says more than a blank."""
    if match["blank"]:
        return match["word"] in _PASSWORD and is_random(value)
    tight = match["glue"] == "=" and match.span("glue") == (match.end("word"), match.start(kind))
    named = match["glue"] == "=" or match["word"] not in {"pass", "pw"}  # `"pass": "fail"` is about a test
    if tight or (kind == "quoted" and match["verb"] is None and named):
        return is_plausible(value) or is_well_known(value)
    quoted = kind == "quoted" and match["word"] in _PASSWORD and is_plausible(value)
    return quoted or is_said(value)


def _pairs(text: str, lowered: str) -> Iterator[Found]:
    """Yield the passwords of pairs such as `admin / x`; `admin / editor` and `chown root:root` are no such pairs."""
    position = 0
    while match := _PAIR.search(lowered, position):
        start, end = match.span("value")
        value = text[start:end].rstrip(".:?")
        position = start + len(value)
        ended = _PAIR_END.match(text, position) is not None
        user = text[slice(*match.span("user"))] if match["user"] else ""
        known = value in _PAIRED or (value == user and user.lower() not in {"user", "guest", "system"})
        sure = is_random(value) and not _WORD_AND_NUMBER.fullmatch(value)
        if "/" not in value and (sure or (ended and (is_said(value) or (match["user"] and known)))):
            if end - start == _REACH:
                rest = _BARE_REST.match(text, end)
                position = rest.end() if rest else end
            yield Found(start, position, "a user and a password")


def last_name(text: str) -> str:
    """Return the name that a text ends with, empty where it ends with none."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in "_$-"):
        start -= 1
    return text[start:]
