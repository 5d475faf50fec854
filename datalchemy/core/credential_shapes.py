"""Credentials that are told by their own shape, wherever they stand: tokens, keys, URLs, Authorization headers."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from datalchemy.core.credential_words import is_plausible, is_random


class Found(NamedTuple):
    """A credential at text[start:end], and what it looks like."""

    start: int
    end: int
    what: str


class _Token(NamedTuple):
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    what: str


def _token(what: str, pattern: str, *hints: str) -> _Token:
    return _Token(hints, re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})"), what)


_RUN = r"[A-Za-z0-9_-]"
_TOKENS = (
    _token("an AWS access key id", r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])", "AKIA", "ASIA"),
    _token("a JSON web token", rf"(?<!-)eyJ{_RUN}{{8,}}\.eyJ{_RUN}{{8,}}(?:\.{_RUN}*)?", "eyJ"),
    _token(
        "a GitHub token",
        r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ),
    _token("a GitLab token", rf"glpat-{_RUN}{{20,}}", "glpat-"),
    _token("a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}", "xox", "xapp-"),
    _token(
        "a Slack webhook",
        r"hooks\.slack\.com/services/[A-Za-z0-9]{5,}/[A-Za-z0-9]{5,}/[A-Za-z0-9]{10,}",
        "hooks.slack.com",
    ),
    _token(
        "a Stripe key",
        r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,}",
        "k_live_",
        "k_test_",
        "whsec_",
    ),
    _token(
        "a Google API key", rf"AIza{_RUN}{{35}}|ya29\.{_RUN}{{20,}}|GOCSPX-{_RUN}{{20,}}", "AIza", "ya29.", "GOCSPX-"
    ),
    _token("a SendGrid key", rf"SG\.{_RUN}{{16,}}\.{_RUN}{{16,}}", "SG."),
    _token("an API key", rf"sk-(?:proj-|ant-|or-)?{_RUN}{{20,}}", "sk-"),
    _token(
        "an access token",
        r"npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dop_v1_[0-9a-f]{64}",
        "npm_",
        "hf_",
        "shp",
        "dop_v1_",
    ),
)
TOKEN_HINTS = tuple(hint for token in _TOKENS for hint in token.hints)
"""A text without any of these holds no token."""

_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----([^'\"]*?)(?=-----END|['\"]|\Z)")
_PEM_HINT = "PRIVATE KEY"
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{24}")

_URL = re.compile(r"://([^\s\"'`<>/?#]{0,300})")
_URL_REST = re.compile(r"[^\s\"'`<>]{0,300}")
_REGEX_PARTS = ("[^", "(?", ".*", ".+", "]+", "]*", "\\")

QUOTE = r"\\{0,2}(?:''|[\"'`]|&quot;)"
"""A pattern of a quote, escaped or doubled or not."""

# These run on the lowered text.
_BEARER = re.compile(r"(?<![a-z0-9_])bearer\s{1,4}(?P<value>[\w.~+/=-]{8,512})")
_AUTHORIZATION = re.compile(
    rf"authorization(?:{QUOTE})?\s{{0,4}}(?:=>|[:=,])\s{{0,4}}(?:{QUOTE})?"
    r"(?:(?P<scheme>basic|bearer|token|apikey|digest)\s{1,4})?(?P<value>[^\s\"'`\\,;)}\]]{1,512})"
)
_TOKEN_REST = re.compile(r"[\w.~+/=-]*")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def shaped(text: str, lowered: str) -> Iterator[Found]:
    """Yield the credentials in a text, given in lower case too; one may overlap another."""
    if any(hint in text for hint in TOKEN_HINTS):
        for token in _TOKENS:
            if any(hint in text for hint in token.hints):
                matches = token.pattern.finditer(text)
                yield from (Found(*match.span(), token.what) for match in matches if "EXAMPLE" not in match[0])
    if _PEM_HINT in text:
        bodies = (match for match in _PEM.finditer(text) if _PEM_BODY.search(match[1]))
        yield from (Found(*match.span(1), "a private key") for match in bodies)
    if "://" in text:
        yield from _urls(text)
    if "bearer" in lowered:
        yield from _headers(text, lowered, _BEARER)
    if "authorization" in lowered:
        yield from _headers(text, lowered, _AUTHORIZATION)


def lower(text: str) -> str:
    """Return the text in lower case, each character at its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)


def _urls(text: str) -> Iterator[Found]:
    for url in _URL.finditer(text):
        authority, start = url[1], url.start(1)
        userinfo, at, _ = authority.rpartition("@")
        likely = is_plausible
        if not at and ":" in authority and not authority.rpartition(":")[2].strip(".,;)").isdigit():
            # a password with a slash in it reaches beyond what looks like the authority
            rest = _URL_REST.match(text, start)
            userinfo, likely = rest[0].rpartition("@")[0] if rest else "", is_random
        user, colon, password = userinfo.partition(":")
        if colon and likely(password) and not any(part in userinfo for part in _REGEX_PARTS):
            yield Found(start + len(user) + 1, start + len(userinfo), "a URL with a password")


def _headers(text: str, lowered: str, pattern: re.Pattern[str]) -> Iterator[Found]:
    position = 0
    while match := pattern.search(lowered, position):
        start, end = match.span("value")
        position = start
        if _is_token(match, text[start:end]):
            rest = _TOKEN_REST.match(text, end)
            position = rest.end() if rest else end
            yield Found(start, position, "an Authorization header")


def _is_token(match: re.Match[str], value: str) -> bool:
    if match.groupdict().get("scheme") == "basic":
        try:
            return b":" in base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return False
    return is_random(value)
