"""The driver's connection with limits on every wait and every answer.

A server may accept and send nothing, answer a byte a second, demand hours of computing for a login, or send without
end. libpq itself limits only the first step of connecting.
"""

import logging
import math
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from selectors import DefaultSelector
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen, PQGenConn

from datalchemy.deadline import LEFT_BEHIND, NO_DEADLINE, Deadline
from datalchemy.errors import ConnectionFailedError
from datalchemy.model.diagnostics import Diagnostic

_WAKE_SECONDS = 0.5
_LOOK_SECONDS = 0.1
_CANCEL_SECONDS = 0.5
_LOGIN_BYTES = 1 << 20
_WATCH_SECONDS = 0.002
_LEAST_READ_BYTES = 8192
_TCP_INFO_SIZE = 136
_RECEIVED_OFFSET = 128
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How long an answer may take to arrive, and how large it may be.

    Attributes:
        what: the awaited answer, as messages name it.
        seconds: from now to the end of the answer.
        size_bytes: of everything that the server sends meanwhile.
    """

    what: str
    seconds: float = math.inf
    size_bytes: float = math.inf


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that limits its waits and answers to its current bound.

    An exceeded bound, or an interrupt, closes the connection at once. It first asks the server to cancel, and waits
    half a second at most for the answer.
    """

    deadline: Deadline = NO_DEADLINE
    place: str = "the server"
    warnings: tuple[Diagnostic, ...] = ()
    _bound = Bound(what="an answer")
    _until = math.inf
    _arrived: "_Arrived | None" = None

    def expect(self, bound: Bound) -> None:
        """Apply `bound` to every wait until the next call."""
        self._bound = bound
        self._until = time.monotonic() + bound.seconds
        self._arrived = _Arrived(self.pgconn.socket, bound.size_bytes)

    def wait(self, gen: PQGen[_Result], interval: float = _WAKE_SECONDS, timeout: float | None = None) -> _Result:
        """Wait as psycopg.Connection.wait does, within the bounds.

        Raises:
            ConnectionFailedError: the bound or the deadline of the run was exceeded.
        """
        until = self._until if timeout is None else min(self._until, time.monotonic() + timeout)
        arrived = self._arrived or _Arrived(self.pgconn.socket, math.inf)
        try:
            with arrived:
                return self._wait(gen, arrived, min(interval, _WAKE_SECONDS), until)
        except psycopg.Error:
            if arrived.exceeded:
                raise self._too_much() from None
            raise
        except BaseException:
            self._give_up()
            raise

    def _wait(self, gen: PQGen[_Result], arrived: "_Arrived", interval: float, until: float) -> _Result:
        try:
            wanted = next(gen)
            with DefaultSelector() as selector:
                key = selector.register(self.pgconn.socket, int(wanted))
                while True:
                    seconds = min(interval, max(0.0, until - time.monotonic()), self.deadline.left)
                    ready = sum(found for _, found in selector.select(seconds))
                    if ready:
                        arrived.look()
                    if arrived.exceeded:
                        raise self._too_much()
                    self._check_time(until)
                    wanted = gen.send(ready)
                    if key.events != int(wanted):
                        key = selector.modify(key.fd, int(wanted))
        except StopIteration as ended:
            arrived.count()  # a large answer may arrive in one reading, before any check
            if arrived.exceeded:
                raise self._too_much() from None
            result: _Result = ended.value
            return result

    def _check_time(self, until: float) -> None:
        if not self.deadline.left:
            raise deadline_passed(self.deadline)
        if time.monotonic() >= until:
            raise ConnectionFailedError(
                f"{self.place} did not answer {self._bound.what} within {self._bound.seconds:g} s",
                remedy="raise db.statement_timeout_seconds or db.read_timeout_seconds if the server is only slow",
                transient=True,
            )

    def _too_much(self) -> ConnectionFailedError:
        return ConnectionFailedError(
            f"{self.place} sent more than {self._bound.size_bytes / 1e6:.0f} MB in answer to {self._bound.what}",
            remedy="set db.max_bytes if the database is that large: its own catalogs do not say so",
        )

    def _give_up(self) -> None:
        """Ask the server to cancel our query, and close the connection at once."""
        with suppress(psycopg.Error, ValueError, OSError):
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE and _CAN_CANCEL:
                self.cancel_safe(timeout=_CANCEL_SECONDS)
        self.pgconn.finish()

    @classmethod
    def _connect_gen(cls, *words: Any, **named: Any) -> PQGenConn["BoundedConnection"]:
        """Connect as the driver does; refuse a login in which the server sends without end."""
        connecting = super()._connect_gen(*words, **named)
        arrived = None
        try:
            wanted = next(connecting)
            while True:
                ready = yield wanted
                if arrived is None or arrived.descriptor != wanted[0]:
                    arrived = _Arrived(wanted[0], _LOGIN_BYTES)
                arrived.count()
                if arrived.exceeded:
                    raise psycopg.OperationalError("connection failed: the server sends without end before a login")
                wanted = connecting.send(ready)
        except StopIteration as ended:
            connection: BoundedConnection = ended.value
            connection.add_notify_handler(_ignore)  # without one, the driver collects notifications
            return connection


_CAN_CANCEL = psycopg.capabilities.has_cancel_safe()
# The driver warns through logging, which would print where nothing is configured; what matters reaches us as an error.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


def _ignore(notify: psycopg.Notify) -> None:
    """Drop the notification."""


class _Arrived:
    """Counts the bytes that arrive on a socket, as far as the system counts them, and ends its traffic beyond a bound.

    Linux counts them for TCP (tcp_info.tcpi_bytes_received in linux/tcp.h, since 4.1). Elsewhere each reading counts
    for what it takes at the least, so that the count is never too high.

    libpq reads a message of any length in one call, as long as its bytes keep coming; only the first call has a small
    buffer. So an answer that takes a second call is watched from a thread, for the length of the `with` block.
    """

    def __init__(self, descriptor: int, most: float) -> None:
        self.descriptor = descriptor
        self.exceeded = False
        self._most = most
        self._start = _received(descriptor) if most < math.inf else None
        self._seen = 0
        self._done = threading.Event()
        self._watch: threading.Thread | None = None
        self._was_read = False

    def __enter__(self) -> "_Arrived":
        return self

    def __exit__(self, *_: object) -> None:
        if self._watch is not None:
            self._done.set()
            self._watch.join()
            self._watch = None
            self._done.clear()
        self._was_read = False

    def count(self) -> int:
        """Return the number of bytes that arrived, and check it; called before each reading."""
        if self._most == math.inf:
            return 0
        now = None if self._start is None else _received(self.descriptor)
        if now is None or self._start is None:
            self._seen += min(_pending(self.descriptor), _LEAST_READ_BYTES)
        else:
            self._seen = now - self._start
        self.exceeded = self.exceeded or self._seen > self._most
        return self._seen

    def look(self) -> None:
        """Count before a reading; from an answer's second reading on, a thread counts as well."""
        self.count()
        if self._start is None or self._watch is not None:
            return
        if self._was_read:
            self._watch = threading.Thread(target=self._watching, name="datalchemy-watching", daemon=True)
            self._watch.start()
        self._was_read = True

    def _watching(self) -> None:
        while not self._done.wait(_WATCH_SECONDS):
            self.count()
            if self.exceeded:
                with suppress(OSError), _borrowed(self.descriptor) as peer:
                    peer.shutdown(socket.SHUT_RD)
                return


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Yield the socket of a descriptor that is libpq's and stays open. Raises OSError where it is closed."""
    peer = socket.socket(fileno=descriptor)
    try:
        yield peer
    finally:
        peer.detach()


def _received(descriptor: int) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    with suppress(OSError), _borrowed(descriptor) as peer:
        if peer.family in (socket.AF_INET, socket.AF_INET6):
            facts = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
            return int(struct.unpack_from("=Q", facts, _RECEIVED_OFFSET)[0]) if len(facts) == _TCP_INFO_SIZE else None
    return None


def _pending(descriptor: int) -> int:
    if sys.platform == "win32":
        return 0
    import fcntl
    import termios

    try:
        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))[0])
    except OSError:
        return 0


def deadline_passed(deadline: Deadline) -> ConnectionFailedError:
    """Return the error of a run whose deadline has passed."""
    return ConnectionFailedError(
        f"the run did not end within {deadline.seconds:g} s (deadline_seconds)",
        remedy="raise deadline_seconds; 0 means no deadline",
    )


def connect(parameters: Mapping[str, Any], deadline: Deadline) -> BoundedConnection:
    """Connect in a thread and return the connection; the caller waits for a limited time.

    libpq computes a login (SCRAM) and the system looks up names without looking at a clock or a signal. A thread that
    does not come back is left behind; where it comes back later, its connection is closed.

    Args:
        parameters: libpq's; `connect_timeout`, in seconds, is for each host.
        deadline: the run's.

    Raises:
        psycopg.Error: as psycopg.connect.
        UnicodeError: a host's name cannot be looked up.
        ConnectionFailedError: it took too long.
    """
    attempt = _Attempt(parameters)
    hosts = str(parameters.get("host") or parameters.get("hostaddr") or "").count(",") + 1
    # A name may have two addresses, each of which is tried for the whole timeout.
    seconds = 2.0 * float(parameters.get("connect_timeout", 10)) * hosts + 1.0
    connection = attempt.wait(seconds, deadline)
    if connection is not None:
        return connection
    if not deadline.left:
        raise deadline_passed(deadline)
    raise ConnectionFailedError(
        f"cannot connect: the login did not end within {seconds:g} s",
        remedy="the login needs too much computing (SCRAM iterations), or the lookup of a name does not end",
    )


class _Attempt:
    """One attempt to connect, in a thread of its own."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._given_up = False
        self._connection: BoundedConnection | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="datalchemy-connecting", daemon=True)
        self._thread.start()

    def wait(self, seconds: float, deadline: Deadline) -> BoundedConnection | None:
        """Return the connection, or None if it took too long; raise the error of the attempt.

        Another thread may end the deadline.
        """
        until = time.monotonic() + seconds
        try:
            while (left := min(until - time.monotonic(), deadline.left)) > 0:
                if self._ended.wait(min(left, _LOOK_SECONDS)):
                    break
        except BaseException:  # an interrupt
            if (connection := self._result()) is not None:
                connection.close()
            raise
        connection = self._result()
        if self._fault is not None:
            raise self._fault
        return connection

    def _result(self) -> BoundedConnection | None:
        """Return the connection, if it exists; the thread itself closes a later one."""
        with self._lock:
            self._given_up = True
            if not self._ended.is_set():
                self._thread.name = LEFT_BEHIND
            return self._connection

    def _run(self) -> None:
        connection = fault = None
        try:
            # Prepared statements do not survive a pooler that hands out servers per transaction.
            connection = BoundedConnection.connect(**self._parameters, prepare_threshold=None)
        except BaseException as raised:  # noqa: BLE001  # it is raised where it is waited for
            fault = raised.with_traceback(None)  # its frames hold a half-open connection
        with self._lock:
            if not self._given_up:
                self._connection, self._fault = connection, fault
            elif connection is not None:
                connection.close()
            self._ended.set()
