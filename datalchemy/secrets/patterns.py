"""Finds secrets that the vault does not know, by their place in a text."""

import re
from collections.abc import Callable
from dataclasses import replace

from datalchemy.secrets.connection import are_hosts
from datalchemy.secrets.references import HARMLESS_INTERPOLATION, MASK, Template, mask_secret

_HINTS = ("passw", "passphrase", "pass=", "pwd", "secret", "token", "key", "credential")
# The word's first letter is looked for before its rest: that keeps a search over megabytes quick.
_WORD = (
    r"[pstacPSTAC](?:(?<=[pP])(?i:assword|asswd|assphrase|wd|ass(?==)|rivate[_-]?key)"
    r"|(?<=[sS])(?i:ecret|erver_key)|(?<=[tT])(?i:oken)|(?<=[aA])(?i:pi[_-]?key|ccess[_-]?key)"
    r"|(?<=[cC])(?i:redential|lient_key))[\w-]{0,40}"
)
_REFERENCES = r"<(?:env|file):[^<>]*>"
# A bare value goes on to a blank or a double quote, or to the next parameter of a query string.
_BARE = rf"(?:{_REFERENCES}|\\(?![\\\"nrt])|&(?!\w+=)|[^\s\"\\&])+"
_SINGLE = r"\\{0,4}'(?:\\.|''|[^'\\])*(?:'|\Z)"
_DOUBLE = r'\\{0,4}"(?:\\.|[^"\\])*(?:"|\Z)'
_ASSIGNMENT = re.compile(
    rf"{_WORD}(?:"
    rf"[ \t]{{0,8}}=(?!=)[ \t]{{0,8}}[bBuU]?(?:(?P<quoted>{_SINGLE}|{_DOUBLE})|(?P<bare>{_BARE}))"
    rf"|\\{{0,4}}['\"][ \t]{{0,8}}:\s{{0,8}}[bBuU]?(?P<entry>{_SINGLE}|{_DOUBLE})"
    rf"|[ \t]{{1,8}}[eE]?(?P<sql>'(?:''|[^'])*')"
    rf"|[ \t]{{0,8}}:[ \t]{{1,8}}(?P<yaml>\S[^\n]*)"
    rf")",
    re.DOTALL,
)
_URL = re.compile(rf"://((?:{_REFERENCES}|[^\s\"'`])*)")
_PASSFILE = re.compile(r":(?:\*|\d{2,5}):[^\s:]{1,64}:[^\s:]{1,64}:([^\s][^\n]*)")
_HARMLESS = re.compile(HARMLESS_INTERPOLATION)
_KEPT = "<env:DATALCHEMY_{}_{}>"
_OPENING = re.compile(r"\\*['\"]")
_YAML_BEFORE = re.compile(r"[ \t]*(?:-[ \t]+)?[\w-]*\Z")
_PASSFILE_BEFORE = re.compile(r"[^\s:]+\Z")
_LINE_REACH = 300
# What libpq and psycopg say when a piece of a password was taken for something else.
_DRIVER_HINTS = ("in connection info", "URI", "percent-encoded", "integer value", "host", "unexpected spaces")
_DRIVER_QUOTES = re.compile(
    r"(?P<lead>missing \"=\" after |URI: |routine: |URI query parameter: |spaces found in "
    r"|percent-encoded (?:token|value): |invalid integer value )\"(?P<piece>[^\n]*)\""
)
_DRIVER_HOST = re.compile(
    r"(?P<lead>\bhost (?:name )?|server at )(?P<quote>[\"'])[^\n]{0,500}@(?P<host>[^\"'@\n]*)(?P=quote)"
)


def mask_patterns(text: str) -> str:
    """Return `text` with `***` in every place where a secret belongs: `://u:...@`, `password=...`, passfile lines.

    An interpolation that only names where a secret comes from stays, as a reference does.
    """
    return mask_around(_HARMLESS, text, _masked_places, "WRITTEN") if "${" in text else _masked_places(text)


def mask_around(harmless: re.Pattern[str], text: str, mask: Callable[[str], str], name: str) -> str:
    """Return what `mask` makes of a text, for which a reference with `name` replaces each match of `harmless`."""
    kept: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        kept.append(found[0])
        return _KEPT.format(name, len(kept))

    masked = mask(harmless.sub(put_away, text))
    for number, written in reversed(list(enumerate(kept, start=1))):
        masked = masked.replace(_KEPT.format(name, number), written)
    return masked


def _masked_places(text: str) -> str:
    if "://" in text:
        text = _URL.sub(_mask_url, text)
    lowered = text.lower()
    if any(hint in lowered for hint in _HINTS):
        text = _ASSIGNMENT.sub(_mask_assignment, text)
    if any(hint in text for hint in _DRIVER_HINTS):
        text = _DRIVER_QUOTES.sub(_mask_driver_quote, text)
        text = _DRIVER_HOST.sub(rf"\g<lead>\g<quote>{MASK}@\g<host>\g<quote>", text)
    return _PASSFILE.sub(_mask_passfile_line, text)


def _mask_url(url: re.Match[str]) -> str:
    try:
        template = Template.parse(url[1])
    except ValueError:
        return f"://{MASK}"
    userinfo, at, tail = template.text.rpartition("@")
    if at:
        user, colon, password = userinfo.partition(":")
        shown = f"{user}:{replace(template, text=password).masked()}@{tail}"
        return f"://{replace(template, text=shown).shown()}" if colon else url[0]
    hosts = re.split(r"[/?#]", tail, maxsplit=1)[0]
    punctuation = hosts[len(hosts.rstrip(".,;:)]}>")) :] if not hosts.endswith("]") else ""
    bare = hosts.removesuffix(punctuation)
    if ":" not in bare or are_hosts(bare):
        return url[0]
    name = bare.partition(":")[0]
    masked = f"{name}:{MASK}" if are_hosts(name) else MASK
    return "://" + replace(template, text=masked + punctuation + tail[len(hosts) :]).shown()


def _mask_assignment(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    value = match[kind]
    if kind == "yaml" and not _starts_line(match, _YAML_BEFORE):
        return match[0]
    lead = match[0].removesuffix(value)
    if kind in {"bare", "yaml"}:
        core = value.rstrip(".,;:)]}'")
        return match[0] if core == MASK else lead + _masked(core, value)
    opening = _OPENING.match(value)
    mark = opening[0] if opening else ""
    inner = value.removeprefix(mark)
    core = inner.removesuffix(mark[-1]).rstrip("\\")
    return f"{lead}{mark}{mask_secret(core)}{mark}" if inner else match[0]


def _masked(core: str, value: str) -> str:
    masked = mask_secret(core)
    return MASK if masked in ("", MASK) else masked + value[len(core) :]


def _starts_line(match: re.Match[str], before: re.Pattern[str]) -> bool:
    text, start = match.string, match.start()
    line = text.rfind("\n", max(0, start - _LINE_REACH), start) + 1
    return (line > 0 or start <= _LINE_REACH) and before.match(text[line:start]) is not None


def _mask_passfile_line(match: re.Match[str]) -> str:
    secret = match[1]
    if not _starts_line(match, _PASSFILE_BEFORE) or secret == MASK:
        return match[0]
    return match[0].removesuffix(secret) + mask_secret(secret)


def _mask_driver_quote(match: re.Match[str]) -> str:
    piece = match["piece"]
    rest = ""
    for mark in ('" in connection info', '" for connection option', '", use percent-encoded'):
        piece, found, after = piece.partition(mark)
        rest = found + after if found else rest
    return f'{match["lead"]}"{mask_secret(piece)}{rest}"'
