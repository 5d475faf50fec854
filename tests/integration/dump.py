"""A schema-only pg_dump, taken apart into its entries."""

import re
from typing import NamedTuple

from tests.servers import pg_dump

_HEADER = re.compile(r"^-- Name: (?P<name>.*); Type: (?P<type>.*); Schema: (?P<schema>.*); Owner: .*$", re.MULTILINE)
_RENDERED = frozenset(
    {
        "SCHEMA",
        "TYPE",
        "DOMAIN",
        "SEQUENCE",
        "SEQUENCE OWNED BY",
        "TABLE",
        "TABLE ATTACH",
        "FOREIGN TABLE",
        "DEFAULT",
        "CONSTRAINT",
        "CHECK CONSTRAINT",
        "FK CONSTRAINT",
        "INDEX",
        "INDEX ATTACH",
        "STATISTICS",
        "VIEW",
        "MATERIALIZED VIEW",
        "ROW SECURITY",
        "RULE",
        "POLICY",
    }
)
_FOLLOWS = frozenset({"TRIGGER", "EVENT TRIGGER", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA"})
_COMMENTED = (
    "COLUMN",
    "CONSTRAINT",
    "DOMAIN",
    "FOREIGN TABLE",
    "INDEX",
    "MATERIALIZED VIEW",
    "POLICY",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "STATISTICS",
    "TABLE",
    "TYPE",
    "VIEW",
)
_OPTIONS = re.compile(
    r"^ALTER FOREIGN TABLE [^;]*?OPTIONS \([^;]*\);$|\s*^OPTIONS \(\n.*?\n\)", re.MULTILINE | re.DOTALL
)
_PARAMETERS = re.compile(r"WITH \(([^()]*)\)")


class Entry(NamedTuple):
    """One object of a dump: what it is, and the statements that make it."""

    type: str
    schema: str
    name: str
    sql: str

    @property
    def is_rendered(self) -> bool:
        """Tell whether schema.json holds what the entry says."""
        if self.type == "TYPE":
            # base types are functions; a type without a body is announced for them
            return "INPUT = " not in self.sql and not re.fullmatch(r"CREATE TYPE \S+;", self.sql)
        if self.type == "COMMENT":
            return self.name.startswith(_COMMENTED)
        return self.type in _RENDERED

    @property
    def is_needed(self) -> bool:
        """Tell whether rendered statements may lean on it: functions, extensions, base types and the like."""
        return not self.is_rendered and self.type not in _FOLLOWS and self.type != "COMMENT"


def entries(url: str) -> list[Entry]:
    """Dump the database at `url` and return its entries in the order of the dump."""
    dump = pg_dump(url, "--schema-only", "--no-owner", "--no-privileges")
    heads = list(_HEADER.finditer(dump))
    ends = [head.start() for head in heads[1:]] + [len(dump)]
    return [
        Entry(head["type"], head["schema"], head["name"], _statements(dump[head.end() : end]))
        for head, end in zip(heads, ends, strict=True)
    ]


def rendered(found: list[Entry]) -> list[Entry]:
    """Return, sorted, what schema.json holds: without the options of foreign tables, which are never read."""
    kept = [entry._replace(sql=_without_options(entry.sql)) for entry in found if entry.is_rendered]
    return sorted(entry._replace(sql=_PARAMETERS.sub(_in_order, entry.sql)) for entry in kept)


def _without_options(sql: str) -> str:
    return "\n".join(line for line in _OPTIONS.sub("", sql).splitlines() if line)


def _statements(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith(("--", "\\")) and line.strip()]
    # settings between entries belong to none of them
    return "\n".join(line for line in lines if not re.match(r"SET default_\w+ = ", line))


def _in_order(parameters: re.Match[str]) -> str:
    return f"WITH ({', '.join(sorted(parameters[1].split(', ')))})"
