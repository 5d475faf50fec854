"""The one parser of connection texts: URLs and libpq's `keyword=value` strings.

It cuts a text into parts, of which each says whether it may be shown and whether it is a secret. Allow-lists decide: a
parameter that is not known to be harmless is masked, and so is a text that cannot be read with certainty.
"""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import quote, unquote

from datalchemy.secrets.policy import is_secret_parameter, looks_secret_key
from datalchemy.secrets.references import MARK, MASK, Kept, Reference, Secret, Template

_SCHEME = re.compile(r"((?:jdbc:)?[a-z][a-z0-9+.\-]*)://", re.IGNORECASE)
_HOST = r"(?:\[[0-9A-Za-z:.%]*\]|[^\s:/?#,@=&;'\"\[\]]*)"
_PORT = rf"(?::(?:\d{{0,5}}|{MARK}+))?"
_HOSTS = re.compile(rf"{_HOST}{_PORT}(?:,{_HOST}{_PORT})*")
_TAIL = re.compile(r"([^/?#]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.DOTALL)
_PLAIN_NAME = re.compile(r"[^\s@=;:'\"]*")
_PLAIN_VALUE = re.compile(rf"(?:[\w.\-:,+%/*~]|{MARK})*")
_PARAMETER_INSIDE = re.compile(r"[?&][A-Za-z_]+=")
_CONNINFO_PAIR = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:[^'\\]|\\.)*'|(?!')(?:[^\s\\]|\\.)*)(?=\s|\Z)", re.DOTALL)
_ENDS = re.compile(rf"[@/:?#]|{MARK}")
_SHORTEST_PIECE = 5
_HIGHEST_PORT = 65535


class Form(Enum):
    """What a connection text is: a URL, `keyword=value` pairs, references only, or none of these."""

    URL = "url"
    KEYWORDS = "keywords"
    REFERENCE = "reference"
    OTHER = "other"


@dataclass(frozen=True)
class Part:
    """A part of a connection text.

    Attributes:
        text: the part as it is written; what a Secret gives in clear is a secret. A part may be hidden and be none.
        name: the parameter's name, such as `user`; empty for what separates parameters.
        shown: whether it may be shown.
        inner: the connection text that it holds itself (libpq expands one in `dbname`).
    """

    text: Template
    name: str = ""
    shown: bool = True
    inner: "ConnectionText | None" = None


@dataclass(frozen=True)
class ConnectionText:
    """A connection text in its parts, which make up the whole text.

    `doubts` are other readings of its password; with one of them, only the scheme is shown.
    """

    form: Form
    parts: tuple[Part, ...]
    doubts: tuple[Secret, ...] = ()

    @property
    def scheme(self) -> str | None:
        """The scheme of a URL, in lower case; None for any other text."""
        return self.parts[0].text.text.lower() if self.form is Form.URL else None

    def shown(self) -> str:
        """Return the text as it may be shown: `postgres://u:senha@h/db` gives `postgres://u:***@h/db`."""
        if self.doubts:
            return f"{self.parts[0].text.text}://{MASK}"
        return "".join(
            part.inner.shown() if part.inner else part.text.shown() if part.shown else part.text.masked()
            for part in self.parts
        )

    def __repr__(self) -> str:
        return f"ConnectionText({self.shown()!r})"

    def given(self, keep: Callable[[str], Kept]) -> "ConnectionText":
        """Return the same text, whose secrets in clear are references to what `keep` keeps of them, decoded."""
        parts = (
            replace(
                part,
                text=Secret(_decoded(self.form, part.text.text), part.text.references).given(keep),
                inner=part.inner and part.inner.given(keep),
            )
            if isinstance(part.text, Secret)
            else part
            for part in self.parts
        )
        return replace(self, parts=tuple(parts), doubts=tuple(doubt.given(keep) for doubt in self.doubts))

    @property
    def is_final(self) -> bool:
        """Whether it needs no second reading: nothing in it is looked up, and it can be read in one way only."""
        return not self.doubts and all(
            isinstance(reference, Kept) for part in self.parts for reference in part.text.used()
        )

    def fill(self, value: Callable[[Reference], str]) -> str:
        """Return the text with the value of each reference in its place, spelt as the place asks."""
        text = ""
        for part in self.parts:
            if self.form is Form.URL and part.name not in ("host", "dbname"):
                text += part.text.fill(lambda one: quote(value(one), safe="", errors="surrogateescape"))
            elif self.form is Form.KEYWORDS:  # a backslash keeps blanks and quotes in the value
                filled = part.text.fill(lambda one: re.sub(r"([\\'\s])", r"\\\1", value(one)))
                text += filled or ("''" if part.name else "")
            else:
                text += part.text.fill(value)
        return text

    def has_clear_secret(self, *, by_name: bool = False) -> bool:
        """Return whether a secret is given in clear; `by_name`: not merely because its parameter is unknown."""
        return any(
            part.inner.has_clear_secret(by_name=by_name)
            if part.inner
            else part.text.clear()
            and part.text.text != MASK
            and (not by_name or part.name in ("", "password") or looks_secret_key(part.name))
            for part in self.parts
            if isinstance(part.text, Secret)
        )

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets in clear, as written and decoded.

        A password may hold characters that end it early for the driver, which then quotes its pieces as a host or a
        port: its longer pieces count, too.
        """
        found: list[str] = []
        for part in self.parts:
            if part.inner:
                found += part.inner.secrets()
            elif isinstance(part.text, Secret):
                clear = part.text.clear()
                for text in clear:
                    found += (text, unquote(text)) if self.form is Form.URL else (_decoded(self.form, text),)
                if self.form is Form.URL and part.name == "password":
                    found += _long_pieces(clear)
        doubts = [text for doubt in self.doubts for text in doubt.clear()]
        found += [*doubts, *_long_pieces(doubts)]
        return tuple(dict.fromkeys(secret for secret in found if secret and secret != MASK))

    def values(self) -> dict[str, str]:
        """Return the values by their parameters' names, decoded; absent ones are left out. No reference is left."""
        found = {part.name: _decoded(self.form, part.text.text) for part in self.parts if part.name}
        if self.doubts and "password" not in found:
            return {}  # a password may end in what looks like a parameter
        if self.form is Form.URL and "host" in found:
            hosts = [re.fullmatch(r"(.*?)(?::(\d*))?", host) for host in found["host"].split(",")]
            found["host"] = ",".join(host[1].strip("[]") for host in hosts if host)
            found.setdefault("port", ",".join(host[2] or "" for host in hosts if host))
        return {key: value for key, value in found.items() if value.strip(",")}


def _decoded(form: Form, text: str) -> str:
    if form is Form.URL:
        return unquote(text, errors="surrogateescape")
    return unquoted(text) if form is Form.KEYWORDS else text


def _long_pieces(passwords: Iterable[str]) -> list[str]:
    return [piece for password in passwords for piece in _ENDS.split(password) if len(piece) >= _SHORTEST_PIECE]


def is_url(text: str) -> bool:
    """Return whether `text` starts with a scheme and `://`."""
    return _SCHEME.match(text) is not None


def parse_connection(template: Template, harmless: Set[str]) -> ConnectionText:
    """Parse a connection text.

    A password reaches to the last `@`, since people forget to encode theirs.

    Args:
        template: the text.
        harmless: the names of the parameters, in lower case, that hold no secret.
    """
    text = template.text.strip()
    cut = _Cut(template.references, harmless)
    if scheme := _SCHEME.match(text):
        rest = text[scheme.end() :]
        doubts = cut.doubts(rest)
        head = rest.partition("?")[0] if doubts else rest
        return ConnectionText(
            Form.URL, (cut.text(scheme[1]), cut.text("://"), *cut.url(head, rest[len(head) :])), doubts
        )
    if (pairs := conninfo_pairs(template.text)) and "=" in text.partition("://")[0]:
        return ConnectionText(Form.KEYWORDS, tuple(cut.pairs(pairs)))
    form = Form.REFERENCE if template.is_reference else Form.OTHER
    return ConnectionText(form, (cut.hidden(text, secret=True),) if text else ())


class _Cut:
    """Cuts one text into Parts; `references` are the text's."""

    def __init__(self, references: tuple[Reference, ...], harmless: Set[str]) -> None:
        self._references = references
        self._harmless = harmless

    def text(self, text: str, name: str = "") -> Part:
        return Part(Template(text, self._references), name)

    def hidden(self, text: str, name: str = "", *, secret: bool = False) -> Part:
        kind = Secret if secret else Template
        return Part(kind(text, self._references), name, shown=False)

    def doubts(self, rest: str) -> tuple[Secret, ...]:
        """Return the readings of a URL's password, where there are two."""
        user, colon, password = rest.rpartition("@")[0].partition(":")
        if not colon or not (set(user) & set("/?#&=") or _PARAMETER_INSIDE.search(password)):
            return ()
        shortest = rest.partition("@")[0].partition(":")[2]
        return Secret(password, self._references), Secret(shortest, self._references)

    def url(self, head: str, query: str) -> list[Part]:
        """Return the parts of a URL behind its scheme; the last `@` of `head` may end a password."""
        userinfo, at, tail = head.rpartition("@")
        user, colon, password = userinfo.partition(":")
        if not colon and set(userinfo) & set("/?#&="):
            at, tail = "", head  # the @ is in the path or in a parameter
        parts = []
        if at:
            parts.append(self.text(user, "user"))
            if colon:
                parts += [self.text(":"), self.hidden(password, "password", secret=True)]
            parts.append(self.text("@"))
        return parts + self._tail(tail + query)

    def _tail(self, tail: str) -> list[Part]:
        found = _TAIL.fullmatch(tail)
        if found is None:
            raise AssertionError("the pattern matches any text")
        hosts, path, query, fragment = (part or "" for part in found.groups())
        parts = self._hosts(hosts)
        if path:
            plain = _PLAIN_NAME.fullmatch(path[1:])
            parts += [self.text("/"), self.text(path[1:], "dbname") if plain else self.hidden(path[1:], "dbname")]
        for number, pair in enumerate(query[1:].split("&") if query else ()):
            parts += [self.text("&" if number else "?"), *self._parameter(pair)]
        return [*parts, self.text("#"), self.hidden(fragment[1:])] if fragment else parts

    def _hosts(self, hosts: str) -> list[Part]:
        if are_hosts(hosts):
            return [self.text(hosts, "host")]
        name, colon, rest = hosts.partition(":")
        if colon and _HOSTS.fullmatch(name):  # what is no port is taken for a password without its @
            return [self.text(name + colon), self.hidden(rest, secret=True)]
        return [self.hidden(hosts, secret=True)]

    def _parameter(self, pair: str) -> list[Part]:
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][\w.]*", key):
            return [self.hidden(pair)]
        if key.lower() in self._harmless and _PLAIN_VALUE.fullmatch(value):
            return [self.text(f"{key}="), self.text(value, key)]
        secret = is_secret_parameter(key, value, self._harmless)
        return [self.text(f"{key}="), self.hidden(value, key, secret=secret)]

    def pairs(self, pairs: list[tuple[str, str]]) -> list[Part]:
        """Return the parts of `keyword=value` pairs."""
        parts = []
        for number, (key, value) in enumerate(pairs):
            plain = unquoted(value)
            parts.append(self.text(f"{' ' if number else ''}{key}="))
            if key == "dbname" and ("://" in plain or "=" in plain):  # libpq expands a connection text there
                inner = parse_connection(Template(plain, self._references), self._harmless)
                parts.append(replace(self.hidden(value, secret=True), inner=inner))
            elif key in self._harmless:
                parts.append(self.text(value, key))
            else:
                bare = plain if Template(plain).is_reference else value  # so that it is shown
                parts.append(self.hidden(bare, key, secret=is_secret_parameter(key, plain, self._harmless)))
        return parts


def are_hosts(hosts: str) -> bool:
    """Return whether a text is `host:port,host:port`, with any part left out."""
    # An IPv6 address in brackets is stripped first: its groups are not ports.
    ports = re.findall(r":(\d+)", re.sub(r"\[[^\]]*\]", "", hosts))
    return _HOSTS.fullmatch(hosts) is not None and all(int(port) <= _HIGHEST_PORT for port in ports)


def conninfo_pairs(text: str) -> list[tuple[str, str]] | None:
    """Return the pairs of a `keyword=value` string, values as they are written; None where it is not one."""
    pairs: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        pair = _CONNINFO_PAIR.match(text, position)
        if pair is None:
            return None
        pairs.append((pair[1], pair[2]))
        position = pair.end()
    return pairs


def unquoted(value: str) -> str:
    """Return the value that a `keyword=value` string writes, without its quotes and backslashes."""
    inner = value[1:-1] if value.startswith("'") else value
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
