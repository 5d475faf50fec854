"""SQLite: known and planned."""

from typing import NoReturn

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.core.errors import EngineNotSupportedError
from datalchemy.core.events import Events
from datalchemy.core.secrets import Vault


def planned(target: ConnectionTarget, *, events: Events, vault: Vault) -> NoReturn:
    """Say that there is no adapter yet.

    Raises:
        EngineNotSupportedError: always.
    """
    raise EngineNotSupportedError(
        "SQLite is planned and cannot be read yet", remedy="today only PostgreSQL can be read"
    )
