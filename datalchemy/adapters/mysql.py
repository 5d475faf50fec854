"""MySQL: known and planned."""

from collections.abc import Callable
from typing import NoReturn

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.core.errors import EngineNotSupportedError
from datalchemy.core.events import Events


def planned(target: ConnectionTarget, *, events: Events, scrub: Callable[[str], str]) -> NoReturn:
    """Say that there is no adapter yet.

    Raises:
        EngineNotSupportedError: always.
    """
    raise EngineNotSupportedError("MySQL is planned and cannot be read yet", remedy="today only PostgreSQL can be read")
