"""MySQL: known and planned."""

from typing import NoReturn

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.errors import EngineNotSupportedError
from datalchemy.events import Events
from datalchemy.secrets.vault import Vault


def planned(target: ConnectionTarget, *, events: Events, vault: Vault) -> NoReturn:
    """Say that there is no adapter yet.

    Raises:
        EngineNotSupportedError: always.
    """
    raise EngineNotSupportedError("MySQL is planned and cannot be read yet", remedy="today only PostgreSQL can be read")
