"""How the inner rooms tell what they do, without knowing who listens."""

from typing import Any, Protocol


class Events(Protocol):
    """Receives one event: a lower_snake name, a level and plain fields (JSON values, no secrets)."""

    def __call__(self, event: str, *, level: str = "info", **fields: Any) -> None:
        """Take in one event."""
        ...


def ignore_events(event: str, *, level: str = "info", **fields: Any) -> None:
    """Nobody listens."""
