"""A server that speaks PostgreSQL's protocol and means harm, in front of one that does not.

It relays a session, and from the sixth time on that the real server was ready for a query it misbehaves in one way.
Messages are those of the manual's chapter "Frontend/Backend Protocol".
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.integration.proxies import Proxy

_CALM_QUERIES = 6
_HELD_SECONDS = 60.0
_PIECE_SECONDS = 0.004  # 250 MB a second: no network is endlessly quick, and a loaded machine's own looks late
_SSL_AND_GSS = (80877103, 80877104)

Answer = Callable[[socket.socket, bytes, bytes], bytes]
"""Takes the client, a message's letter and its body, and returns what is sent in its place."""


def message(letter: bytes, body: bytes) -> bytes:
    """Return a message of the protocol."""
    return letter + struct.pack("!i", len(body) + 4) + body


def report(letter: bytes, text: bytes, state: bytes = b"XX000") -> bytes:
    """Return an error (`E`) or a notice (`N`) with this text and SQLSTATE."""
    return message(letter, b"SERROR\0VERROR\0C" + state + b"\0M" + text + b"\0\0")


def _endless(data: bytes) -> Answer:
    def answer(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        for _ in range(20_000_000_000 // len(data)):
            client.sendall(data)
        return b""

    return answer


def _hold(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    time.sleep(_HELD_SECONDS)
    return b""


def _trickle(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    for byte in message(letter, body):
        client.sendall(bytes([byte]))
        time.sleep(0.2)
    return b""


def on(wanted: bytes, change: Answer) -> Answer:
    """Return what applies `change` to messages of one letter, and passes the others on."""

    def answer(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        return change(client, letter, body) if letter == wanted else message(letter, body)

    return answer


def sends(data: bytes, *, instead: bool = True) -> Answer:
    """Return what sends `data` in place of a message, or after it."""
    return lambda _client, letter, body: data if instead else message(letter, body) + data


def values(value: bytes | None) -> Answer:
    """Return what puts `value` (None: null) in the place of every value of a row."""

    def answer(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        count = int.from_bytes(body[:2])
        one = struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
        return message(letter, struct.pack("!h", count) + one * count)

    return on(b"D", answer)


def _from_the_third_row_on(change: Answer) -> Answer:
    rows = 0

    def answer(client: socket.socket, letter: bytes, body: bytes) -> bytes:
        nonlocal rows
        rows = rows + 1 if letter == b"D" else 0
        return change(client, letter, body) if rows > 2 else message(letter, body)

    return answer


def _wide(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    """Send one row whose first value has 300 MB."""
    count = int.from_bytes(body[:2])
    size = 300_000_000
    head = struct.pack("!h", count) + struct.pack("!i", size)
    rest = struct.pack("!i", -1) * (count - 1)
    client.sendall(letter + struct.pack("!i", 4 + len(head) + size + len(rest)) + head)
    for _ in range(300):
        client.sendall(b"A" * 1_000_000)
        time.sleep(_PIECE_SECONDS)
    return rest


def _large_error(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    """Send an error whose text has 50 MB."""
    head, tail = b"SERROR\0VERROR\0CXX000\0M", b"\0\0"
    client.sendall(b"E" + struct.pack("!i", 4 + len(head) + 50_000_000 + len(tail)) + head)
    for _ in range(50):
        client.sendall(b"m" * 1_000_000)
        time.sleep(_PIECE_SECONDS)
    return tail


def _again(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    return _endless(message(letter, body) * 100)(client, letter, body)


def _without_types(client: socket.socket, letter: bytes, body: bytes) -> bytes:
    """Say of each column that its type is OID 0."""
    described, position = bytearray(body), 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        position = body.index(b"\0", position) + 1
        described[position + 6 : position + 10] = bytes(4)
        position += 18
    return message(letter, bytes(described))


_NOTICES = report(b"N", b"n" * 500) * 100
_NOTIFY = message(b"A", struct.pack("!i", 1) + b"channel\0" + b"p" * 100 + b"\0") * 1000

AFTER_LOGIN: dict[str, Answer] = {
    "silence": _hold,
    "a byte at a time": _trickle,
    "asks for a password again": sends(message(b"R", struct.pack("!i", 3))),
    "never ready": on(b"Z", _hold),
    "copy in": on(b"T", sends(message(b"G", bytes(3)))),
    "copy out": on(b"T", sends(message(b"H", bytes(3)) + message(b"d", b"x"))),
    "copy both": on(b"T", sends(message(b"W", bytes(3)))),
    "more columns": on(b"D", lambda _, a, b: message(a, (int.from_bytes(b[:2]) + 1).to_bytes(2) + b[2:])),
    "fewer columns": on(b"D", sends(message(b"D", struct.pack("!hi", 1, 1) + b"x"))),
    "nulls": values(None),
    "nulls behind good rows": _from_the_third_row_on(values(None)),
    "a text for every type": values(b"zzz"),
    "empty texts": values(b""),
    "numbers of 5,000 digits": values(b"9" * 5000),
    "no UTF-8": values(b"\xff\xfe\xc0\x80"),
    "NUL bytes": values(b"a\0b"),
    "half a surrogate": values(b"\xed\xa0\x80"),
    "columns without types": on(b"T", _without_types),
    "an unknown message": sends(b"\x01\0\0\0\x07abc"),
    "answers twice": on(b"C", lambda _, a, b: message(a, b) * 2),
    "disk full": on(b"C", sends(report(b"E", b"could not write \x1b[31mred", b"53100"))),
    "out of memory": on(b"C", sends(report(b"E", b"out of memory", b"53200"))),
    "damaged data": on(b"C", sends(report(b"E", b"invalid page", b"XX001"))),
}
"""What a server does to the answer of a catalog query, and what stays within any amount."""

TOO_MUCH: dict[str, Answer] = {
    "rows without end": on(b"D", _again),
    "a value of 300 MB": on(b"D", _wide),
    "an error of 50 MB": on(b"C", _large_error),
    "notices without end": _endless(_NOTICES),
}

MUCH: dict[str, Answer] = {"notifications": on(b"D", sends(_NOTIFY, instead=False))}


def _scram(client: socket.socket) -> None:
    """Ask for a login that computes for an hour: as many iterations as the protocol can say (RFC 5802)."""
    client.sendall(message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0"))
    nonce = client.recv(65536).rpartition(b"r=")[2]
    client.sendall(message(b"R", struct.pack("!i", 11) + b"r=" + nonce + b"xx,s=QUJDREVGR0g=,i=2147483647"))
    time.sleep(_HELD_SECONDS)


def _welcomed(data: bytes) -> Callable[[socket.socket], None]:
    def speak(client: socket.socket) -> None:
        client.sendall(message(b"R", struct.pack("!i", 0)))
        _endless(data)(client, b"", b"")

    return speak


def _says(*pieces: bytes, times: int = 1) -> Callable[[socket.socket], None]:
    """Return what sends the first piece once, and the others again and again."""

    def speak(client: socket.socket) -> None:
        client.sendall(pieces[0])
        for _ in range(times):
            client.sendall(b"".join(pieces[1:]))
        time.sleep(_HELD_SECONDS)

    return speak


BEFORE_LOGIN: dict[str, Callable[[socket.socket], None]] = {
    "silence before login": lambda _: time.sleep(_HELD_SECONDS),
    "no PostgreSQL": _says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "an unknown way to log in": _says(message(b"R", struct.pack("!i", 77))),
    "a length below zero": _says(b"R" + struct.pack("!i", -5)),
    "a length of 2 GB": _says(b"R" + struct.pack("!i", 0x7FFFFFFF) + b"x" * 1000),
    "an error of 100 MB": _says(b"E" + struct.pack("!i", 100_000_000) + b"SFATAL\0M", b"x" * 1_000_000, times=100),
    "parameters without end": _welcomed(b"".join(message(b"S", b"p%d\0v\0" % number) for number in range(1000))),
    "notices before login": _welcomed(_NOTICES),
}
HOURS_OF_SCRAM = _scram


class _Misbehaving(Proxy):
    before: Callable[[socket.socket], None] | None = None
    after: Answer | None = None

    def _pass(self, client: socket.socket, number: int) -> None:
        with client, suppress(OSError, EOFError):
            first = _first_message(client)
            if self.before is not None:
                self.before(client)
                return
            with self._connect() as server:
                server.sendall(first)
                threading.Thread(target=_relay, args=(client, server), daemon=True).start()
                self._misbehave(client, server)

    def _misbehave(self, client: socket.socket, server: socket.socket) -> None:
        ready = 0
        while True:
            letter = _exactly(server, 1)
            body = _exactly(server, struct.unpack("!i", _exactly(server, 4))[0] - 4)
            ready += letter == b"Z"
            calm = ready < _CALM_QUERIES or self.after is None
            client.sendall(message(letter, body) if calm or self.after is None else self.after(client, letter, body))


def _first_message(client: socket.socket) -> bytes:
    while True:
        size = _exactly(client, 4)
        body = _exactly(client, int.from_bytes(size) - 4)
        if int.from_bytes(body[:4]) not in _SSL_AND_GSS:
            return size + body
        client.sendall(b"N")


def _exactly(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = source.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _relay(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def misbehaving(
    upstream: str, *, before: Callable[[socket.socket], None] | None = None, after: Answer | None = None
) -> Iterator[str]:
    """Run such a server in front of `upstream` and yield the URL of the same database behind it."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        server = _Misbehaving(upstream, port=listening.getsockname()[1])
        server.before, server.after = before, after
        threading.Thread(target=server.serve, args=(listening,), daemon=True).start()
        yield server.url()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
