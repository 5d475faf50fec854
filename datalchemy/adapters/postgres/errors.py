"""Turns the driver's errors into ours, with texts that hold no secret.

Rules by SQLSTATE follow the manual's appendix "PostgreSQL Error Codes". A refused connection has no SQLSTATE in libpq,
so the server's or libpq's English text decides; an unknown text means a final error, not a transient one.
"""

import re
from collections.abc import Callable

import psycopg

from datalchemy.errors import CatalogError, ConnectionFailedError, DatalchemyError
from datalchemy.text import shown

_TRANSIENT_STATES = frozenset({"08000", "08001", "08003", "08004", "08006", "53300", "57P01", "57P02", "57P03"})
_TRANSIENT_TEXTS = (
    "connection refused",
    "starting up",
    "shutting down",
    "in recovery mode",
    "not yet accepting connections",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "no such file or directory",
    "server closed the connection",
    "connection reset",
    "broken pipe",
    "timeout expired",
    "connection timeout",
    "timed out",
    "temporary failure in name resolution",
    "could not receive data",
    "ssl syscall error",
    "eof detected",
    "network is unreachable",
    "no route to host",
    "terminating connection",
    "no more connections allowed",
)
# A final answer, regardless of the other hosts of the list and other addresses of the name.
_DECISIVE_TEXTS = (
    "authentication failed",
    "no password supplied",
    "pg_hba.conf",
    "is not permitted to log in",
    "permission denied for database",
    "does not exist",
    "server does not support ssl",
    "is not currently accepting connections",
)
_SESSION = "correct the session's parameters: PGTZ, PGDATESTYLE, PGGEQO, PGOPTIONS, or db.options.options"
_FINAL_TEXTS = (
    ("value for parameter", _SESSION),
    ("unrecognized configuration parameter", _SESSION),
    ("requires a value", _SESSION),
    ("requires a boolean value", _SESSION),
    ("password authentication failed", "check the user and the password"),
    ("no password supplied", "set db.password, PGPASSWORD or a password file"),
    ("pg_hba.conf", "the server's pg_hba.conf does not admit this user from here"),
    ("certificate", "check db.sslmode and the certificates (sslrootcert, sslcert, sslkey)"),
    ("ssl", "check db.sslmode: the server may not offer SSL, or ask for it"),
    ("could not translate host name", "check db.host"),
    ("name or service not known", "check db.host"),
    ("failed to resolve host", "check db.host"),
    ("no address associated", "check db.host"),
    ("definition of service", "check PGSERVICE and the service file"),
    ("permission denied for database", "grant CONNECT on the database to this role"),
    ("role", "check db.user"),
    ("database", "check db.dbname"),
)
# libpq begins with the place, and ends with a question; psycopg repeats all of it for each host of several.
_PLACE = re.compile(
    r'connection to server (?:at "(?P<host>[^"]+)"(?: \([^)]*\))?, port (?P<port>\d+)|on socket "(?P<socket>[^"]+)")'
    r" failed:\s*"
)
_SEVERAL = "Multiple connection attempts failed. All failures were:"
_ATTEMPT = re.compile(
    r"^- host: (?:'(?P<host>[^']+)'|None), port: (?:'(?P<port>\d+)'|None), hostaddr: (?:'[^']*'|None): ", re.MULTILINE
)
_NOISE = re.compile(
    r"connection (?:failed|is bad): |\bFATAL:\s+|\s+Is the server running [^?\n]*\?"
    r"|\s+This probably means the server terminated abnormally\s+before or while processing the request\."
)
_SERVER_STATES = ("53", "54", "58", "XX001", "XX002")  # resources, limits, its system, damaged data or index
_CHANGED = "the structure changed while it was read: run it again"
_CHANGED_STATES = frozenset({"42704", "42P01", "3F000", "42883"})
_CHANGED_XX000 = ("cache lookup failed", "could not open relation", "could not find", "does not exist")


def _clean(text: str, scrub: Callable[[str], str]) -> str:
    return " ".join(shown(text, scrub).split())


def _said(error: psycopg.Error) -> str:
    """Return the server's message without its quotation of our query."""
    said = (error.diag.message_primary, error.diag.message_detail, error.diag.context)
    return "\n".join(filter(None, said)) or str(error)


def _cause(text: str) -> str:
    """Return libpq's account of a failure, which is scrubbed, as `to HOST:PORT: REASON`; another text as `: TEXT`."""
    _, several, listed = text.partition(_SEVERAL)
    told, pattern = (listed, _ATTEMPT) if several else (text, _PLACE)
    before, *_ = pattern.split(told, maxsplit=1)
    found = list(pattern.finditer(told))
    if not found or _NOISE.sub("", before).strip():
        return f": {' '.join(text.split())}"
    places: dict[str, list[str]] = {}
    for attempt, end in zip(found, [*(after.start() for after in found[1:]), len(told)], strict=True):
        reason = _NOISE.sub("", _PLACE.sub("", told[attempt.end() : end]))
        places.setdefault(" ".join(reason.split()) or "no answer", []).append(_place(attempt.groupdict()))
    return " to " + "; ".join(f"{', '.join(dict.fromkeys(where))}: {reason}" for reason, where in places.items())


def _place(found: dict[str, str | None]) -> str:
    host, port = found["host"] or found.get("socket") or "the server", found["port"]
    if ":" in host:
        host = f"[{host}]"
    return f"{host}:{port}" if port else host


def connection_error(error: psycopg.Error, scrub: Callable[[str], str]) -> ConnectionFailedError:
    """Turn a failure to connect into ours. `scrub` removes known secrets from the driver's text."""
    text = shown(str(error), scrub).strip() or type(error).__name__
    lowered = " ".join(text.split()).lower()
    transient = error.sqlstate in _TRANSIENT_STATES or (
        error.sqlstate is None
        and any(known in lowered for known in _TRANSIENT_TEXTS)
        and not any(known in lowered for known in _DECISIVE_TEXTS)
    )
    if transient and ("too many" in lowered or "connection slots" in lowered):
        remedy = "close other connections, or raise the limit of the server, the database or the role"
    elif transient:
        remedy = "is the server running, and reachable from here?"
    else:
        remedy = next((remedy for known, remedy in _FINAL_TEXTS if known in lowered), "check the db settings")
    return ConnectionFailedError(f"cannot connect{_cause(text)}", remedy=remedy, transient=transient)


def catalog_error(error: psycopg.Error, *, query: str, place: str, scrub: Callable[[str], str]) -> DatalchemyError:
    """Turn a failure during the query named `query` into ours; `place` names the server."""
    state = error.sqlstate
    if state is None and not isinstance(error, psycopg.OperationalError):
        return nonsense(place, query, str(error), scrub=scrub)
    text = _clean(_said(error), scrub) or type(error).__name__
    if state is None or state in _TRANSIENT_STATES or state.startswith("08"):
        return ConnectionFailedError(
            f"the connection was lost while reading {query}: {text}",
            remedy="run it again; if it repeats, look into the server's log",
            transient=True,
        )
    if state.startswith(_SERVER_STATES):
        return CatalogError(
            f"{place} could not answer the catalog query {query}: {text}",
            remedy="the server lacks disk, memory or another resource, or its data is damaged: look into its log",
        )
    message = f"the catalog query {query} failed: {text}"
    changed = state in _CHANGED_STATES or (state == "XX000" and any(known in text.lower() for known in _CHANGED_XX000))
    if changed:
        return CatalogError(message, remedy=_CHANGED, transient=True)
    match state:
        case "57014" if "user request" in text:
            return CatalogError(message, remedy="the query was cancelled on the server: run it again")
        case "57014":
            remedy = "raise db.statement_timeout_seconds, or narrow filter.include_schemas"
            return CatalogError(message, remedy=remedy)
        case "55P03":
            remedy = "run it again when the session that holds the lock has ended, or raise db.lock_timeout_seconds"
            return CatalogError(message, remedy=remedy, transient=True)
        case "42501":
            return CatalogError(message, remedy="this role may not read pg_catalog: restore the default grants")
        case "25P03" | "25P04" | "40001" | "40P01":
            return CatalogError(message, remedy="run it again", transient=True)
    return CatalogError(message, remedy="please report this query and the server's version")


def nonsense(place: str, query: str, what: str, *, scrub: Callable[[str], str]) -> CatalogError:
    """Return the error for an answer that no PostgreSQL sends; `what` names the wrong place."""
    return CatalogError(
        f"{place} did not answer the catalog query {query} as PostgreSQL does: {_clean(what, scrub)}",
        remedy="look for a proxy, a pooler or another program between here and the server",
    )


def too_many_rows(place: str, query: str, most: int) -> ConnectionFailedError:
    """Return the error for an answer of more rows than the catalogs can hold."""
    return ConnectionFailedError(
        f"{place} sent more than {most} rows for {query}",
        remedy="set db.max_rows if the database is that large: its own catalogs do not say so",
    )


def object_vanished(what: str) -> CatalogError:
    """Return the error for an object that was dropped before the server rendered its definition."""
    return CatalogError(
        f"the definition of {what} disappeared while the catalog was read",
        remedy=_CHANGED,
        transient=True,
    )


def schema_changed() -> CatalogError:
    """Return the error for a capture during which DDL ran: it may mix two states."""
    return CatalogError(
        "the structure changed while it was read",
        remedy="run it again when no migration is running, or raise retry.attempts",
        transient=True,
    )
