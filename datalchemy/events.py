"""How the inner rooms report events, without knowing who receives them."""

from typing import Any, Protocol


class Events(Protocol):
    """Receives one event: a lower_snake name, a level and plain fields (JSON values, no secrets)."""

    def __call__(self, event: str, *, level: str = "info", **fields: Any) -> None:
        """Receive one event."""
        ...


def ignore_events(event: str, *, level: str = "info", **fields: Any) -> None:
    """Do nothing with the event."""
