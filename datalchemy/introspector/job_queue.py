"""Which planned job a free thread takes next, and which jobs run."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from datalchemy.introspector.stop import Stop


class Server(NamedTuple):
    """What jobs share that connect to one place."""

    host: str
    port: str


class JobQueue:
    """The jobs that have not begun, in planned order, and those that run. Safe between threads.

    Args:
        servers: where each job connects to; None where that is not known.
        per_server: how many jobs run at once on one server; None sets no limit.
    """

    def __init__(self, servers: Sequence[Server | None], *, per_server: int | None) -> None:
        self._servers = servers
        self._per_server = per_server
        self._waiting = list(range(len(servers)))
        self._running: dict[int, Stop] = {}
        self._on_server: Counter[Server] = Counter()
        self._changed = threading.Condition()

    def take(self) -> tuple[int, Stop] | None:
        """Wait for the first job whose server has room; return its number and its stop, or None when none is left."""
        with self._changed:
            while self._waiting:
                number = next(filter(self._has_room, self._waiting), None)
                if number is not None:
                    self._waiting.remove(number)
                    self._running[number] = Stop()
                    if (server := self._servers[number]) is not None:
                        self._on_server[server] += 1
                    return number, self._running[number]
                self._changed.wait()
            return None

    def end(self, number: int) -> None:
        """Make room for another job."""
        with self._changed:
            del self._running[number]
            if (server := self._servers[number]) is not None:
                self._on_server[server] -= 1
            self._changed.notify_all()

    def close(self, why: KeyboardInterrupt) -> None:
        """Let no other job begin, and ask those that run to end."""
        with self._changed:
            self._waiting.clear()
            for stop in self._running.values():
                stop.ask(why)
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> None:
        """Wait until no job runs, for so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, seconds)

    def running(self) -> dict[int, Stop]:
        """Return the jobs that run, with their stops."""
        with self._changed:
            return dict(self._running)

    def _has_room(self, number: int) -> bool:
        server = self._servers[number]
        return self._per_server is None or server is None or self._on_server[server] < self._per_server
