"""The server that a connection names is the one that is read, whatever the environment says of its address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from datalchemy.adapters import ENGINES, create_adapter
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.events import ignore_events
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.vault import Vault
from tests.integration.proxies import Proxy, proxy_before
from tests.servers import Server

NOBODY = "127.0.0.77"
"""An address of this machine where no server listens."""


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    """The server by TCP, at 127.0.0.1 alone."""
    with proxy_before(server.admin_url) as found:
        yield found


def _target(form: str, proxy: Proxy) -> ConnectionTarget:
    facts = {key: str(value) for key, value in conninfo_to_dict(proxy.url()).items()}
    port, user, dbname = facts["port"], facts["user"], facts["dbname"]
    rest = f"port={port} user={user} dbname={dbname} sslmode=disable gssencmode=disable"
    known: dict[str, Any] = {"port": int(port), "user": user, "dbname": dbname, "connect_timeout_seconds": 3.0}
    socket = {key: str(value) for key, value in conninfo_to_dict(proxy.upstream).items()}
    return {
        "field": lambda: ConnectionTarget(host="localhost", **known),
        "URL": lambda: ConnectionTarget(url=proxy.url()),
        "keywords": lambda: ConnectionTarget(url=f"host=localhost {rest}"),
        "two hosts": lambda: ConnectionTarget(url=f"postgresql://{user}@localhost:{port},localhost:{port}/{dbname}"),
        "socket": lambda: ConnectionTarget(url=f"postgresql://{user}@/{dbname}?host={quote(socket.get('host', ''))}"),
        "no host": lambda: ConnectionTarget(url=rest),
        "address": lambda: ConnectionTarget(url=f"host=db.invalid hostaddr=127.0.0.1 {rest}"),
    }[form]()


def _database(target: ConnectionTarget) -> tuple[str, list[str]]:
    """Return the database that was read, and what was noticed beside it."""
    adapter = create_adapter(ENGINES[0], target, events=ignore_events, vault=Vault())
    capture = adapter.introspect(ObjectFilter())
    return capture.schema.database, [
        warning.message for warning in capture.warnings if warning.code == "variable_ignored"
    ]


NAMED = ("field", "URL", "keywords", "two hosts", "socket")


@pytest.mark.parametrize("form", NAMED)
def test_a_named_host_counts_and_not_pghostaddr(form: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGHOSTADDR, which libpq puts before a host of any other source, is not used, and a warning says so."""
    if form == "socket" and "host=" not in proxy.upstream:
        pytest.skip("the server has no socket that this process can see")
    monkeypatch.setenv("PGHOSTADDR", NOBODY)
    dbname, warnings = _database(_target(form, proxy))
    assert dbname == conninfo_to_dict(proxy.upstream)["dbname"]
    assert len(warnings) == 1
    assert "PGHOSTADDR" in warnings[0]


def test_a_named_host_counts_and_not_the_address_of_a_service(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the address of a service; the service still gives what the connection leaves out."""
    (tmp_path / "services").write_text(f"[elsewhere]\nhostaddr={NOBODY}\nport={proxy.port}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    user, dbname = (conninfo_to_dict(proxy.url())[key] for key in ("user", "dbname"))
    assert _database(ConnectionTarget(host="localhost", user=str(user), dbname=str(dbname))) == (dbname, [])


@pytest.mark.parametrize(("form", "address"), [("no host", "127.0.0.1"), ("address", NOBODY)])
def test_what_counts_where_no_host_is_named(
    form: str, address: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGHOSTADDR fills what the connection leaves out, and an address of the connection's own goes before it."""
    monkeypatch.setenv("PGHOST", "db.invalid")
    monkeypatch.setenv("PGHOSTADDR", address)
    assert _database(_target(form, proxy)) == (conninfo_to_dict(proxy.upstream)["dbname"], [])
