"""What of a connection text may be shown: URLs and `keyword=value` strings without their secrets.

Allow-lists decide: a parameter that is not known to be harmless is masked, and a text that cannot be read with
certainty is masked as a whole. A reference (`<env:NAME>`, `<file:PATH>`) says where a secret comes from and is
itself none, so it stays visible; only its default, if it has one, is masked where a secret belongs.
"""

import re
from urllib.parse import unquote

from datalchemy.secrets.policy import HARMLESS_PARAMETERS, is_secret_parameter
from datalchemy.secrets.references import MASK, REFERENCE, Placeholders, is_reference, mask_secret

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_HOST = r"(?:\[[0-9A-Za-z:.%]*\]|[^\s:/?#,@=&;'\"\[\]]*)"
_PORT = r"(?::(?:\d{0,5}|[\ue000-\uf8ff]+))?"
_HOSTS = re.compile(rf"{_HOST}{_PORT}(?:,{_HOST}{_PORT})*")
_TAIL = re.compile(r"([^/?#]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.DOTALL)
_PLAIN_PATH = re.compile(r"/[^\s@=;:'\"]*")
_PLAIN_VALUE = re.compile(r"[\w.\-:,+%/*~\ue000-\uf8ff]*")
_PARAMETER_INSIDE = re.compile(r"[?&][A-Za-z_]+=")
_CONNINFO_PAIR = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:[^'\\]|\\.)*'|(?!')(?:[^\s\\]|\\.)*)(?=\s|\Z)", re.DOTALL)
_NOTHING = re.compile(r"(?!)")
_SHORTEST_PIECE = 5
_HIGHEST_PORT = 65535


def redact_url(url: str) -> str:
    """Return a connection URL as it may be shown: `postgres://u:senha@h/db` gives `postgres://u:***@h/db`.

    The password reaches to the last `@`, since people forget to encode theirs. A `keyword=value` string is treated as
    one. What cannot be read with certainty becomes `***`. Never raises.
    """
    text = url.strip()
    if not text or is_reference(text):
        return mask_secret(text)
    placeholders = Placeholders(text)
    scheme, separator, rest = placeholders.text.partition("://")
    if placeholders.ambiguous:
        return MASK
    if not separator or not _SCHEME.fullmatch(scheme):
        return redact_conninfo(text) if "=" in scheme else MASK
    return placeholders.back(f"{scheme}://{_redact_rest(rest, placeholders)}")


def _redact_rest(rest: str, placeholders: Placeholders) -> str:
    userinfo, at, tail = rest.rpartition("@")
    user, colon, password = userinfo.partition(":")
    shown_user = ""
    if colon:
        if set(user) & set("/?#&=") or _PARAMETER_INSIDE.search(password):
            return MASK  # the last @ may be in a parameter: the text after it may be the end of a secret
        shown_user = f"{user}:{placeholders.secret(password)}@"
    elif set(userinfo) & set("/?#&="):
        tail = rest  # the @ is in the path or in a parameter
    elif at:
        shown_user = f"{userinfo}@"
    parts = _TAIL.fullmatch(tail)
    if parts is None:
        return MASK
    hosts, path, query, fragment = (part or "" for part in parts.groups())
    if path and not _PLAIN_PATH.fullmatch(path):
        path = f"/{MASK}"
    if query:
        query = "?" + "&".join(_redact_parameter(pair, placeholders) for pair in query[1:].split("&"))
    return f"{shown_user}{redact_hosts(hosts)}{path}{query}{'#' + MASK if fragment else ''}"


def redact_hosts(hosts: str) -> str:
    """Return `host:port,host:port` as it may be shown: what is no port is taken for a password without its `@`."""
    if _HOSTS.fullmatch(hosts):
        # An IPv6 address in brackets is stripped first: its groups are not ports.
        ports = re.findall(r":(\d+)", re.sub(r"\[[^\]]*\]", "", hosts))
        if all(int(port) <= _HIGHEST_PORT for port in ports):
            return hosts
    name, colon, _ = hosts.partition(":")
    return f"{name}:{MASK}" if colon and _HOSTS.fullmatch(name) else MASK


def _redact_parameter(pair: str, placeholders: Placeholders) -> str:
    key, equals, value = pair.partition("=")
    if not pair:
        return pair
    if not equals or not re.fullmatch(r"[A-Za-z_][\w.]*", key):
        return MASK
    harmless = key.lower() in HARMLESS_PARAMETERS and _PLAIN_VALUE.fullmatch(value)
    return f"{key}={value if harmless else placeholders.secret(value)}"


def redact_conninfo(text: str) -> str:
    """Return a `host=h password=x` string as it may be shown; `***` when it is not one. Never raises."""
    placeholders = Placeholders(text)
    pairs = None if placeholders.ambiguous else conninfo_pairs(placeholders.text)
    if pairs is None:
        return MASK
    return placeholders.back(" ".join(f"{key}={_redact_value(key, value, placeholders)}" for key, value in pairs))


def _redact_value(key: str, value: str, placeholders: Placeholders) -> str:
    plain = unquoted(value)
    if key == "dbname" and ("://" in plain or "=" in plain):
        return redact_url(placeholders.back(plain))  # libpq expands a connection string there
    return value if key in HARMLESS_PARAMETERS else placeholders.secret(plain)


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


def connection_parts(text: str) -> dict[str, str]:
    """Return what a connection URL or `keyword=value` string says, by libpq's names, decoded; empty parts are left out.

    Args:
        text: it holds no references. A password may hold `@ / # :` as they are: the last `@` before the parameters
            ends it.
    """
    _, separator, rest = text.strip().partition("://")
    if not separator:
        return {key: plain for key, value in conninfo_pairs(text) or () if (plain := unquoted(value))}
    head, _, query = rest.partition("?")
    if "@" in query and "@" not in head and ":" in head:
        return {}  # a password may end in what looks like parameters
    userinfo, _, place = head.rpartition("@")
    user, _, password = userinfo.partition(":")
    hosts, _, dbname = place.partition("/")
    found = {"user": user, "password": password, "dbname": dbname}
    if redact_hosts(hosts) == hosts:  # otherwise it may be a password without its @
        pairs = [re.fullmatch(r"(.*?)(?::(\d*))?", host) for host in hosts.split(",")]
        found["host"] = ",".join(pair[1].strip("[]") for pair in pairs if pair)
        found["port"] = ",".join(pair[2] or "" for pair in pairs if pair)
    found.update(pair.partition("=")[::2] for pair in query.split("&"))
    return {key: unquote(value) for key, value in found.items() if key and value.strip(",")}


def secrets_in_connection(text: str, *, resolved: bool = False) -> tuple[str, ...]:
    """Return the secrets in clear in a connection URL or `keyword=value` string, as written and decoded.

    A text that is neither is a secret as a whole. Where a password holds characters that end it early for the driver,
    its longer pieces count too: driver errors quote them as a host or a port. No reference is left in a `resolved`
    text: what looks like one is a value.
    """
    stripped = text.strip()
    if not _clear([stripped], resolved=resolved):
        return ()
    scheme, separator, rest = stripped.partition("://")
    if separator and _SCHEME.fullmatch(scheme):
        found = _clear(_secrets_in_rest(rest, _NOTHING if resolved else REFERENCE), resolved=resolved)
        return tuple(dict.fromkeys(secret for raw in found for secret in (raw, unquote(raw)) if secret != MASK))
    pairs = conninfo_pairs(text)
    if pairs is None:
        return (stripped,)
    secrets: list[str] = []
    for key, value in pairs:
        plain = unquoted(value)
        if key == "dbname" and ("://" in plain or "=" in plain):
            secrets += secrets_in_connection(plain, resolved=resolved)
        elif is_secret_parameter(key, plain):
            secrets += _clear([plain], resolved=resolved)
    return tuple(dict.fromkeys(secrets))


def _clear(values: list[str], *, resolved: bool) -> list[str]:
    return [value for value in values if value and value != MASK and (resolved or REFERENCE.sub("", value))]


def _secrets_in_rest(rest: str, references: re.Pattern[str]) -> list[str]:
    found: list[str] = []
    for userinfo in dict.fromkeys((rest.rpartition("@")[0], rest.partition("@")[0] if "@" in rest else "")):
        placeholders = Placeholders(userinfo, references)
        password = placeholders.text.partition(":")[2]
        if password:
            pieces = [piece for piece in re.split(r"[@/:?#]", password) if len(piece) >= _SHORTEST_PIECE]
            found += [placeholders.back(piece) for piece in (password, *pieces)]
    hosts = rest.partition("/")[0].partition("?")[0]
    if "@" not in rest and redact_hosts(Placeholders(hosts).text) != Placeholders(hosts).text:
        found.append(hosts.partition(":")[2])
    for pair in rest.partition("?")[2].split("&"):
        key, _, value = pair.partition("=")
        if value and is_secret_parameter(key, value):
            found.append(value)
    return found
