"""A database that holds one structure, and what several tests read of it, read once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from datalchemy import Introspection
from tests.integration.capturing import capture
from tests.integration.corpus import load_what_loads
from tests.integration.dump import Entry, entries
from tests.servers import Server, load_sql, pg_dump


class Structure:
    """A database that no test changes.

    Args:
        server: where it is.
        url: how to reach it.
        name: what the structure is called.
        complaints: what psql said when the structure was loaded.
    """

    def __init__(self, server: Server, url: str, name: str, complaints: str = "") -> None:
        self.server = server
        self.url = url
        self.name = name
        self.complaints = complaints
        self._copies: list[str] = []

    @cached_property
    def captured(self) -> Introspection:
        """What we read."""
        return capture(self.url)

    @cached_property
    def entries(self) -> list[Entry]:
        """What pg_dump reads."""
        return entries(self.url)

    @cached_property
    def restored(self) -> "Structure":
        """Another database, made from a dump of this one."""
        dump = pg_dump(self.url, "--schema-only")
        if self.server.major < 15:
            # The sequence of an identity column: before 15 it has no persistence of its own, and no word for it.
            dump = dump.replace("\n    LOGGED\n", "\n")
        copy = Structure(self.server, self.server.new_database(), self.name)
        self._copies.append(copy.url)
        # Older servers do not know every setting of a later pg_dump's preamble; the structure is what is compared.
        copy.complaints = load_what_loads(copy.url, dump)
        return copy

    def drop(self) -> None:
        """Drop the database, and the one that was made from it."""
        for url in (*self._copies, self.url):
            self.server.drop_database(url)


@contextmanager
def loaded(server: Server, source: Path, *, stop_at_errors: bool) -> Iterator[Structure]:
    """Load a file into a new database, which is dropped at the end."""
    structure = Structure(server, server.new_database(), name_of(source))
    try:
        if stop_at_errors:
            load_sql(structure.url, source)
        else:
            structure.complaints = load_what_loads(structure.url, source)
        yield structure
    finally:
        structure.drop()


def name_of(source: Path) -> str:
    """Return what a file's structure is called: its own name, or that of a case's folder."""
    return source.parent.name if source.name == "ddl.sql" else source.stem


def oldest_major(ddl: Path) -> int:
    """Return the oldest PostgreSQL that a file of ours can be loaded into, as its first line says."""
    first = ddl.read_text(encoding="utf-8").partition("\n")[0]
    said = re.fullmatch(r"-- requires PostgreSQL (\d+)", first)
    return int(said[1]) if said else 13
