"""Credentials with a recognisable shape, at any place: tokens, keys, URLs, Authorization headers."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from datalchemy.analysis.credentials.words import is_plausible, is_random


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
    _token(
        "a GitLab token",
        rf"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-{_RUN}{{20,}}",
        *("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-"),
    ),
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
        r"npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|do[opr]_v1_[0-9a-f]{64}",
        *("npm_", "hf_", "shp", "_v1_"),
    ),
    _token(
        "an access token",
        rf"pypi-AgE{_RUN}{{40,}}|dckr_pat_{_RUN}{{20,}}|dapi[0-9a-f]{{32}}|hv[sbr]\.{_RUN}{{20,}}|rubygems_[0-9a-f]{{48}}"
        rf"|ATATT3x{_RUN}{{60,}}|sbp_[0-9a-f]{{40}}|ntn_[A-Za-z0-9]{{40,}}|secret_[A-Za-z0-9]{{43}}",
        *("pypi-AgE", "dckr_pat_", "dapi", "hvs.", "hvb.", "hvr.", "rubygems_", "ATATT3x", "sbp_", "ntn_", "secret_"),
    ),
    _token(
        "an API key",
        rf"NRAK-[A-Z0-9]{{27}}|gl(?:sa|c)_{_RUN}{{32,}}|lin_api_[A-Za-z0-9]{{40}}|PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}"
        rf"|sq0(?:atp|csp)-{_RUN}{{22,}}|xkeysib-[0-9a-f]{{64}}-{_RUN}{{4,}}|SK[0-9a-f]{{32}}(?![0-9A-Za-z])"
        r"|key-[0-9a-f]{32}(?![0-9A-Za-z])|[0-9a-f]{32}-us\d{1,2}(?![0-9A-Za-z])",
        *("NRAK-", "glsa_", "glc_", "lin_api_", "PMAK-", "sq0", "xkeysib-", "SK", "key-", "-us"),
    ),
    _token("a Telegram token", rf"\d{{8,10}}:AA{_RUN}{{33}}", ":AA"),
    _token(
        "a live key",
        r"(?:tok|token|api|apikey|api[_-]key|secret|sec|auth|access|sk|rk)[_-](?:live|prod)[_-](?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{4,}"
        r"|(?:key|pk)[_-](?:live|prod)[_-](?=[A-Za-z]{0,40}\d{1,40}[A-Za-z])[A-Za-z0-9]{6,}",
        *("_live_", "-live-", "_prod_", "-prod-"),
    ),
    _token("an age key", r"AGE-SECRET-KEY-1[A-Z0-9]{58}", "AGE-SECRET-KEY-1"),
    _token(
        "a password hash",
        r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v=\d{1,3}\$[a-z0-9=,]{1,40}\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,}"
        r"|SCRAM-SHA-256\$\d{1,9}:[A-Za-z0-9+/=]{8,}\$[A-Za-z0-9+/=]{40,}:[A-Za-z0-9+/=]{40,}",
        *("$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "SCRAM-SHA-256$"),
    ),
)
TOKEN_HINTS = tuple(hint for token in _TOKENS for hint in token.hints)
"""A text without any of these holds no token."""

_AWS_ID = re.compile(r"(?<![A-Za-z0-9_])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])")
_AWS_HINTS = ("AKIA", "ASIA")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])")

_PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----([^'\"]*?)(?=-----END|['\"]|\Z)")
_PEM_HINT = "PRIVATE KEY"
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]{24}")

_URL = re.compile(r"://([^\s\"'`<>/?#]{0,300})")
_URL_REST = re.compile(r"[^\s\"'`<>]{0,300}")
_REGEX_PARTS = ("[^", "(?", ".*", ".+", "]+", "]*", "\\")

QUOTE = r"\\{0,2}(?:''|[\"'`]|&quot;)"
"""A pattern for a quote: plain, escaped or doubled."""

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
    if has_aws_id(text):
        yield from aws_secrets(text, 0, len(text))
    if _PEM_HINT in text:
        bodies = (match for match in _PEM.finditer(text) if _PEM_BODY.search(match[1]))
        yield from (Found(*match.span(1), "a private key") for match in bodies)
    if "://" in text:
        yield from _urls(text)
    if "bearer" in lowered:
        yield from _headers(text, lowered, _BEARER)
    if "authorization" in lowered:
        yield from _headers(text, lowered, _AUTHORIZATION)


def has_aws_id(text: str) -> bool:
    """Return whether a text holds an AWS access key id, that of AWS's own documentation included."""
    return any(hint in text for hint in _AWS_HINTS) and _AWS_ID.search(text) is not None


def aws_secrets(text: str, start: int, end: int) -> Iterator[Found]:
    """Yield possible secret keys of an AWS access key id in text[start:end], if such an id is near.

    It is 40 characters of base64 with a capital, a small letter and a digit: a commit id has no capital.
    """
    for match in _AWS_SECRET.finditer(text, start, end):
        value = match[0]
        mixed = not value.islower() and not value.isupper() and any(character.isdigit() for character in value)
        if mixed and "EXAMPLE" not in value:
            yield Found(*match.span(), "an AWS secret access key")


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
            # a password with a slash extends beyond what looks like the authority
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
