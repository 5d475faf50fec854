"""The PostgreSQL servers that tests run on: which one, how it starts, and what a test does with it.

The default server is the one that DATALCHEMY_TEST_DSN names; else a container, when a Docker engine answers;
else the embedded server. The matrix is one more server for each `MAJOR=PATH` of DATALCHEMY_TEST_MATRIX, where
PATH is an unpacked `@embedded-postgres` package (see fetch_servers.py).
"""

import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from psycopg import conninfo, sql

from datalchemy.environment import child_environment
from datalchemy.errors import ConfigurationError, ProvisionError
from datalchemy.events import ignore_events
from datalchemy.provision.base import unscrubbed
from datalchemy.provision.embedded import embedded_installation
from datalchemy.provision.local import Installation, local_server

DSN_VARIABLE = "DATALCHEMY_TEST_DSN"
MATRIX_VARIABLE = "DATALCHEMY_TEST_MATRIX"
DEFAULT = "default"
DATABASE_PREFIX = "datalchemy_test_"

# Thousands of tables in one transaction is a test case.
TEST_SETTINGS: Mapping[str, str] = {"max_locks_per_transaction": "4096"}


@dataclass(frozen=True)
class Server:
    """A server that runs for the whole session, shared by the workers.

    Attributes:
        label: `default`, or the major of the matrix.
        kind: `dsn`, `docker`, `embedded` or `matrix`.
        admin_url: its maintenance database, as a role that may create databases and roles.
        version: as the server spells it.
        version_num: `server_version_num`, e.g. 180004.
    """

    label: str
    kind: str
    admin_url: str
    version: str
    version_num: int

    @property
    def major(self) -> int:
        """The major version, e.g. 18."""
        return self.version_num // 10000

    def url(self, dbname: str) -> str:
        """Return the URL of another database of this server."""
        return urlsplit(self.admin_url)._replace(path=f"/{quote(dbname, safe='')}").geturl()

    def new_database(self, name: str | None = None, *, encoding: str = "UTF8") -> str:
        """Make an empty database and return its URL; without a name it gets one that nobody else uses."""
        chosen = name if name is not None else f"{DATABASE_PREFIX}{secrets.token_hex(6)}"
        # Only the locale C goes with every encoding.
        locale = sql.SQL("" if encoding == "UTF8" else " lc_collate 'C' lc_ctype 'C'")
        # Copying the files costs less than writing each page to the log, where nothing is flushed to disk.
        strategy = sql.SQL(" strategy file_copy" if self.major >= 15 else "")
        statement = sql.SQL("create database {} template template0 encoding {}{}{}").format(
            sql.Identifier(chosen), sql.Literal(encoding), locale, strategy
        )
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)
        return self.url(chosen)

    def drop_database(self, url: str) -> None:
        """Drop the database that this URL names, whoever is connected to it."""
        name = conninfo.conninfo_to_dict(url)["dbname"]
        drop = sql.SQL("drop database if exists {}").format(sql.Identifier(str(name)))
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            try:
                self._drop(connection, drop, str(name))
            except psycopg.errors.ObjectInUse:
                _drop_subscriptions(url)
                self._drop(connection, drop, str(name))

    def _drop(self, connection: psycopg.Connection, drop: sql.Composed, name: str) -> None:
        if self.version_num >= 130000:
            connection.execute(drop + sql.SQL(" with (force)"))
            return
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        connection.execute(drop)


def _drop_subscriptions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "select subname from pg_subscription where subdbid = (select oid from pg_database "
            "where datname = current_database())"
        ).fetchall()
        for (name,) in names:
            identifier = sql.Identifier(name)
            connection.execute(sql.SQL("alter subscription {} disable").format(identifier))
            connection.execute(sql.SQL("alter subscription {} set (slot_name = none)").format(identifier))
            connection.execute(sql.SQL("drop subscription {}").format(identifier))


@contextmanager
def default_server() -> Iterator[Server]:
    """Run, or find, the server that the tests use when nothing else is said; fail with the reason otherwise."""
    dsn = os.environ.get(DSN_VARIABLE)
    if dsn:
        yield _facts(DEFAULT, "dsn", as_url(dsn))
        return
    if _docker_answers():
        from datalchemy.provision.container import container_server

        with container_server((), events=ignore_events, scrub=unscrubbed, settings=TEST_SETTINGS) as container:
            yield _facts(DEFAULT, "docker", container.url)
        return
    with local_server(embedded_installation(), events=ignore_events, settings=TEST_SETTINGS) as server:
        yield _facts(DEFAULT, "embedded", server.url())


@contextmanager
def packaged_server(label: str, package: Path) -> Iterator[Server]:
    """Run the server of an unpacked `@embedded-postgres` package."""
    installation = Installation(root=package, programs="native/bin", parts=("native",))
    with local_server(installation, events=ignore_events, settings=TEST_SETTINGS) as server:
        yield _facts(label, "matrix", server.url())


def matrix(environ: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Return label -> package of DATALCHEMY_TEST_MATRIX: `13=/path 14=/path`, or with commas between."""
    entries = re.split(r"[,\s]+(?=\w+=)", environ.get(MATRIX_VARIABLE, "").strip())
    return {label: Path(path) for label, _, path in (entry.partition("=") for entry in entries if entry)}


def as_url(dsn: str) -> str:
    """Return a connection string of either form as a URL."""
    if "://" in dsn:
        return dsn
    facts = {key: str(value) for key, value in conninfo.conninfo_to_dict(dsn).items() if value is not None}
    user, password = quote(facts.pop("user", ""), safe=""), quote(facts.pop("password", ""), safe="")
    account = f"{user}:{password}@" if password else f"{user}@" if user else ""
    dbname = quote(facts.pop("dbname", "postgres"), safe="")
    return f"postgresql://{account}/{dbname}" + (f"?{urlencode(facts)}" if facts else "")


def _docker_answers() -> bool:
    from datalchemy.provision.docker_engine import connect

    try:
        connect().close()
    except (ProvisionError, ConfigurationError):
        return False
    return True


def _facts(label: str, kind: str, admin_url: str) -> Server:
    with psycopg.connect(admin_url) as connection:
        version = connection.info.parameter_status("server_version") or ""
        return Server(label, kind, admin_url, version, connection.info.server_version)


@dataclass(frozen=True)
class Tools:
    """psql and pg_dump 18 of the embedded wheel: they serve every older server too."""

    psql: Path
    pg_dump: Path


def tools() -> Tools:
    """Find the client programs; fails when the embedded wheel is not installed."""
    programs = embedded_installation().bin
    return Tools(psql=programs / "psql", pg_dump=programs / "pg_dump")


def psql(url: str, *arguments: str, stdin: str | None = None) -> str:
    """Run psql without the user's psqlrc, stopping at the first error; return what it printed."""
    return _client(tools().psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, *arguments, stdin=stdin)


def pg_dump(url: str, *arguments: str) -> str:
    """Run pg_dump; return the dump."""
    return _client(tools().pg_dump, "-d", url, *arguments)


def load_sql(url: str, source: Path | str) -> None:
    """Load SQL with psql: the file of a Path, or the text of a str."""
    if isinstance(source, Path):
        psql(url, "-o", os.devnull, "-f", str(source))
    else:
        psql(url, "-o", os.devnull, "-f", "-", stdin=source)


def _client(program: Path, *arguments: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        [str(program), *arguments],
        input=stdin if stdin is not None else "",
        env={**child_environment(os.environ), "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{program.name} failed:\n{done.stderr.strip()}")
    return done.stdout
