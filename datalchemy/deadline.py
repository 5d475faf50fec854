"""The moment at which a run stops waiting."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadline:
    """The end of the time that a run has.

    Attributes:
        seconds: how much time there was at the start; infinite where there is no deadline.
        at: the moment it ends, on `clock`.
        clock: returns seconds that never go backwards.
    """

    seconds: float = math.inf
    at: float = math.inf
    clock: Callable[[], float] = time.monotonic
    _ended: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Return the deadline in so many seconds from now; 0 means none."""
        return cls(seconds, clock() + seconds, clock) if seconds else cls(clock=clock)

    @property
    def left(self) -> float:
        """How many seconds are left; 0 once it has passed, infinite where there is no deadline."""
        return 0.0 if self._ended.is_set() else max(0.0, self.at - self.clock())

    def end(self) -> None:
        """Let the deadline pass now; another thread may call it."""
        self._ended.set()


NO_DEADLINE = Deadline()

LEFT_BEHIND = "datalchemy-left-behind"
"""The name of a thread that is no longer waited for: it computes in a library that cannot be stopped."""
