"""What an adapter says of a server without reading its catalog: who is there, and what it can tell."""

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from datalchemy.adapters import ENGINES, create_adapter
from datalchemy.adapters.base import Adapter, ConnectionTarget
from datalchemy.adapters.postgres.rows import QUERIES
from datalchemy.errors import CatalogError, ConnectionFailedError
from datalchemy.events import ignore_events
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.vault import Vault
from tests.integration.misbehaving import message, misbehaving, report, values
from tests.integration.proxies import Proxy
from tests.integration.roles import run, temporary_role, url_as
from tests.servers import Server

_COLUMNS = {
    "has_column_compression": "pg_attribute.attcompression",
    "has_function_bodies": "pg_proc.prosqlbody",
    "has_foreign_key_set_columns": "pg_constraint.confdelsetcols",
    "has_multiranges": "pg_range.rngmultitypid",
    "has_constraint_variants": "pg_constraint.conenforced",
    "has_index_nulls_not_distinct": "pg_index.indnullsnotdistinct",
    "has_pending_detaches": "pg_inherits.inhdetachpending",
    "has_statistics_expressions": "pg_statistic_ext.stxexprs",
}
"""The column of the catalog by which a server shows that it has a feature."""


def adapter(url: str) -> Adapter:
    """Return PostgreSQL's adapter."""
    return create_adapter(ENGINES[0], ConnectionTarget(url=url), events=ignore_events, vault=Vault())


def test_ping_says_who_is_there(matrix_database: str) -> None:
    """`ping` gives the version, the database and the role, as the server itself says them."""
    with psycopg.connect(matrix_database) as connection:
        asked = "select pg_catalog.current_setting('server_version'), pg_catalog.current_database(), current_user"
        answer = connection.execute(asked).fetchone()
    assert answer is not None
    version, database, role = answer
    found = adapter(matrix_database).ping()
    assert (found.version, found.database, found.role) == (version, database, role)
    assert found.tls is False  # the tests' servers have no certificate
    assert 0 < found.round_trip_seconds < 10


def test_ping_fails_where_nobody_is() -> None:
    """`ping` raises the error of a connection where no server listens."""
    with pytest.raises(ConnectionFailedError, match="cannot connect"):
        adapter("postgresql://nobody@127.0.0.1:1/nothing").ping()


def test_features_are_those_of_the_catalog(matrix_database: str) -> None:
    """A feature is named if, and only if, the server's catalog has the column for it; the names are sorted."""
    with psycopg.connect(matrix_database) as connection:
        rows = connection.execute(
            "select c.relname || '.' || a.attname from pg_catalog.pg_attribute a"
            " join pg_catalog.pg_class c on c.oid = a.attrelid"
            " where c.relnamespace = 'pg_catalog'::regnamespace and a.attnum > 0"
        ).fetchall()
    there = {name for (name,) in rows}
    expected = tuple(sorted(feature for feature, column in _COLUMNS.items() if column in there))
    assert adapter(matrix_database).ping().features == expected


def test_ping_counts_what_the_role_may_read(server: Server, database: str) -> None:
    """`ping` counts the users' schemas and tables, and those from which the role may select: it needs usage, too."""
    run(
        database,
        "create table a (id int); create table b (id int); create view v as select 1; create sequence s",
        "create schema shut; create table shut.c (id int)",
    )
    with temporary_role(server) as role:
        run(database, f"grant select on a, shut.c to {role}")
        found = adapter(url_as(role, database)).ping()
        run(database, f"drop owned by {role}")
    assert (found.role, found.schemas, found.tables, found.selectable_tables) == (role, 2, 4, 1)


@pytest.mark.parametrize(
    "version",
    ["CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)", "PostgreSQL 15.2-YB-2.25.0.0-b489 on x86_64-pc-linux-gnu"],
)
def test_another_product_is_refused(version: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose `version()` is another product's is refused by `ping` and by `introspect`, as a catalog error."""
    monkeypatch.setattr("tests.integration.misbehaving._CALM_QUERIES", 1)  # from the login on
    with misbehaving(database, after=values(version.encode())) as url:
        for ask in (adapter(url).ping, lambda: adapter(url).introspect(ObjectFilter())):
            with pytest.raises(CatalogError, match=r"the server is (CockroachDB|YugabyteDB); it speaks"):
                ask()


def test_another_product_that_does_not_know_our_settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses the session's settings is asked for its `version()` before that error is shown."""
    monkeypatch.setattr("tests.integration.misbehaving._CALM_QUERIES", 1)
    answers = iter(range(1000))

    def refuse_then_answer(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        first_row = letter == b"D" and next(answers) == 0
        if first_row:
            return report(b"E", b"unrecognized configuration parameter", b"42704")
        return values(b"CockroachDB CCL v23.1.11")(client, letter, body)

    with misbehaving(database, after=refuse_then_answer) as url, pytest.raises(CatalogError) as caught:
        adapter(url).ping()
    assert caught.value.message.startswith("the server is CockroachDB; ")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.54239", "the server is Amazon Redshift; it speaks"),
        (b"PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by gcc", "the server is PostgreSQL 8.0.2; the oldest"),
    ],
)
def test_an_old_server_is_asked_which_product_it_is(
    row: bytes, said: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that calls itself an old PostgreSQL is refused as the product that it is, or else as too old."""
    monkeypatch.setattr("tests.integration.misbehaving._CALM_QUERIES", 0)

    def old(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        if letter == b"S" and body.startswith(b"server_version\0"):
            return message(letter, b"server_version\x008.0.2\0")
        return values(row)(client, letter, body)

    with misbehaving(database, after=old) as url, pytest.raises(CatalogError, match=said):
        adapter(url).introspect(ObjectFilter())


class _TlsProxy(Proxy):
    context: ssl.SSLContext

    def _pass(self, client: socket.socket, number: int) -> None:
        with client, suppress(OSError):
            while client.recv(8)[4:] != b"\x04\xd2\x16\x2f":  # SSLRequest
                client.sendall(b"N")
            client.sendall(b"S")
            with self.context.wrap_socket(client, server_side=True) as inside:
                super()._pass(inside, number)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_ping_says_whether_tls_is_in_use(database: str, tmp_path: Path) -> None:
    """`ping` says that the connection is encrypted where our side of it is."""
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    command = ["openssl", "req", "-new", "-x509", "-nodes", "-subj", "/CN=localhost", "-out", str(certificate)]
    subprocess.run([*command, "-keyout", str(key)], check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = _TlsProxy(database, port=listening.getsockname()[1])
        proxy.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        proxy.context.load_cert_chain(certificate, key)
        threading.Thread(target=proxy.serve, args=(listening,), daemon=True).start()
        assert adapter(proxy.url(sslmode="require")).ping().tls is True
        listening.shutdown(socket.SHUT_RDWR)


def test_the_page_says_how_many_queries_there_are() -> None:
    """README's number of catalog queries is that of the list; those on demand are named apart."""
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    always = sum(query.option is None for query in QUERIES)
    assert f"{always} catalog queries ({len(QUERIES)} with privileges)" in page
