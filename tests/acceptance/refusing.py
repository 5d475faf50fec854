"""A server that refuses every login, and repeats the password that it was given."""

import json
import socket
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


@dataclass(frozen=True)
class Refusing:
    """Where the server listens, and the passwords that it was given."""

    port: int
    passwords: list[str] = field(default_factory=list)


def _repeated(password: bytes) -> Iterator[bytes]:
    """Yield the password as a server may repeat it."""
    text = password.decode()
    yield password
    yield " ".join(text.split()).encode()
    yield text.upper().encode()
    yield text.lower().encode()
    yield password.hex().encode()
    yield password.hex().upper().encode()
    yield b64encode(password)
    yield urlsafe_b64encode(b"u:" + password + b";").rstrip(b"=")
    yield quote(password).encode()
    yield json.dumps(text).encode()
    yield repr(password).encode()


def _refuse(connection: socket.socket, passwords: list[str]) -> None:
    connection.recv(4096)
    connection.sendall(_message(b"R", (3).to_bytes(4, "big")))
    password = connection.recv(4096)[5:].rstrip(b"\0")
    passwords.append(password.decode())
    text = b'password authentication failed for user "u": ' + b" | ".join(_repeated(password))
    connection.sendall(_message(b"E", b"SFATAL\0VFATAL\0C28P01\0M" + text + b"\0\0"))


@contextmanager
def refusing_server() -> Iterator[Refusing]:
    """Speak enough of PostgreSQL's protocol to ask for a password in clear and to refuse it.

    It knows no encryption: connect with sslmode=disable and gssencmode=disable.
    """
    listening = socket.create_server(("localhost", 0))
    server = Refusing(listening.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                _refuse(connection, server.passwords)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        listening.close()
