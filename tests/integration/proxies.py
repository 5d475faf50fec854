"""A proxy between a client and a PostgreSQL server that fails on purpose: it cuts, stalls, or holds the traffic."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict


@dataclass
class Proxy:
    """Listens on localhost and passes bytes on to the server of `upstream`.

    Attributes:
        cuts: for each connection in turn, after how many of the server's bytes it is cut; None never. Connections
            beyond the list are not cut.
        reset: a cut tells the client with a reset, not with an orderly end.
        passed: for each connection in turn, how many of the server's bytes came through.
        ended: the numbers of the connections that the client has closed, or that were cut.
        mute: connections are accepted, and nothing is ever said.
        hold_after: so many of the server's bytes come through, the rest when `release` is set; None holds nothing.
    """

    upstream: str
    cuts: tuple[int | None, ...] = ()
    reset: bool = False
    mute: bool = False
    hold_after: int | None = None
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    passed: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    port: int = 0

    def url(self, dbname: str | None = None, **parameters: str) -> str:
        """Return how to reach the database of `upstream`, or another one, through the proxy."""
        parts = urlsplit(self.upstream)
        facts = self._facts()
        account = parts.netloc.rpartition("@")[0] or quote(str(facts.get("user", "postgres")))
        query = "&".join(f"{key}={value}" for key, value in {"sslmode": "disable", **parameters}.items())
        database = quote(dbname or str(facts["dbname"]))
        return f"postgresql://{account}@127.0.0.1:{self.port}/{database}?gssencmode=disable&{query}"

    def _facts(self) -> dict[str, Any]:
        return dict(conninfo_to_dict(self.upstream))

    def _connect(self) -> socket.socket:
        facts = self._facts()
        host, port = str(facts.get("host", "localhost")), int(str(facts.get("port", 5432)))
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(Path(host) / f".s.PGSQL.{port}"))
        return server

    def serve(self, listening: socket.socket) -> None:
        """Accept connections until the socket is closed."""
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            number = len(self.passed)
            self.passed.append(0)
            threading.Thread(target=self._pass, args=(client, number), daemon=True).start()

    def _pass(self, client: socket.socket, number: int) -> None:
        with client, suppress(OSError):
            if self.mute:
                while client.recv(65536):
                    pass
                self.ended.append(number)
                return
            with self._connect() as server:
                threading.Thread(target=_copy, args=(client, server), daemon=True).start()
                with suppress(OSError):
                    self._answer(client, server, number)
                for each in (client, server):  # wakes who waits for more
                    with suppress(OSError):
                        each.shutdown(socket.SHUT_RD)
        self.ended.append(number)

    def _answer(self, client: socket.socket, server: socket.socket, number: int) -> None:
        limit = self.cuts[number] if number < len(self.cuts) else None
        if limit is not None and self.reset:
            # Lingering for no time at all turns the close into a reset.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while data := server.recv(65536):
            room = len(data) if limit is None else min(len(data), limit - self.passed[number])
            self._hold(number, data[:room], client)
            self.passed[number] += room
            if room < len(data):
                return

    def _hold(self, number: int, data: bytes, client: socket.socket) -> None:
        if self.hold_after is not None and self.passed[number] + len(data) > self.hold_after:
            self.held.set()
            self.release.wait(60)
        client.sendall(data)


@contextmanager
def proxy_before(upstream: str, **facts: Any) -> Iterator[Proxy]:
    """Run a proxy on a free port until the block ends; `facts` are Proxy's."""
    with socket.create_server(("127.0.0.1", int(facts.pop("port", 0)))) as listening:
        proxy = Proxy(upstream, port=listening.getsockname()[1], **facts)
        threading.Thread(target=proxy.serve, args=(listening,), daemon=True).start()
        yield proxy
        proxy.release.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
