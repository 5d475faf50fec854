"""How another thread ends a run: it asks first; if the run does not answer, its record is ended without it."""

import threading
from collections.abc import Callable

from datalchemy.deadline import Deadline


class Stop:
    """Ends one run from another thread, as Ctrl-C ends a process. Safe between threads.

    Attributes:
        asked: set once the run has been asked to end.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._lock = threading.Lock()
        self._why = KeyboardInterrupt()
        self._is_abandoned = False
        self._deadline: Deadline | None = None
        self._end_record: Callable[[KeyboardInterrupt], None] | None = None

    def ask(self, why: KeyboardInterrupt) -> None:
        """Ask the run to end: its next event raises an interrupt like `why`, and its waits end."""
        with self._lock:
            self._why = why
            self.asked.set()
            if self._deadline is not None:
                self._deadline.end()

    def check(self) -> None:
        """Return if the run may go on.

        Raises:
            KeyboardInterrupt: it was asked to end; of the type that it was asked with.
        """
        if self.asked.is_set():
            raise type(self._why)

    def ends(self, deadline: Deadline) -> None:
        """Let the deadline of the run pass when it is asked to end."""
        with self._lock:
            self._deadline = deadline
            if self.asked.is_set():
                deadline.end()

    def recorded(self, end_record: Callable[[KeyboardInterrupt], None]) -> None:
        """Register what writes the run's end as interrupted; a run that was abandoned before ends at once."""
        with self._lock:
            self._end_record = end_record
            is_late = self._is_abandoned
        if is_late:
            end_record(type(self._why)())

    def abandon(self) -> None:
        """End the record of a run that does not answer, now or once it has one. A run that has ended stays as it is."""
        with self._lock:
            self._is_abandoned = True
            end_record = self._end_record
        if end_record is not None:
            end_record(type(self._why)())
