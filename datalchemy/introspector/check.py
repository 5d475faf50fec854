"""Asks many servers who they are, side by side. No run is made, and nothing is repeated."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from datalchemy.adapters.base import ServerInfo
from datalchemy.deadline import LEFT_BEHIND
from datalchemy.errors import ConfigurationError, DatalchemyError
from datalchemy.events import ignore_events
from datalchemy.introspector.connection import plan_connection
from datalchemy.introspector.job import fault_of_ours
from datalchemy.introspector.settings import Provision, Settings
from datalchemy.secrets.vault import Vault

_MOST_WORKERS = 8


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check of one database found.

    Attributes:
        engine: the engine's name; None where the settings are wrong.
        place: host, port, dbname and user, as far as they are known.
        result: who answered, or why nobody did.
    """

    engine: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    result: ServerInfo | DatalchemyError


def check_databases(
    planned: Sequence[Settings | DatalchemyError],
    *,
    vault: Vault,
    environ: Mapping[str, str],
    workers: int = _MOST_WORKERS,
) -> list[Checked]:
    """Connect once to each database and return what was found, in the order of `planned`.

    Args:
        planned: the settings of each database, or the error of its configuration.
        vault: the secrets of this process; what the settings refer to is added.
        environ: where references are looked up.
        workers: how many are asked at the same time.

    Raises:
        KeyboardInterrupt: the user interrupts; the waiting threads are left behind.
    """
    tasks = SimpleQueue[tuple[int, Settings | DatalchemyError]]()
    answers = SimpleQueue[tuple[int, Checked]]()
    for task in enumerate(planned):
        tasks.put(task)

    def work() -> None:
        with suppress(Empty):
            while True:
                number, settings = tasks.get_nowait()
                answers.put((number, _checked(settings, vault, environ)))

    count = min(workers, len(planned))
    threads = [threading.Thread(target=work, name="datalchemy-checking", daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        found = dict(answers.get() for _ in planned)
    except BaseException:
        for thread in threads:
            thread.name = LEFT_BEHIND
        raise
    return [found[number] for number in range(len(planned))]


def _checked(settings: Settings | DatalchemyError, vault: Vault, environ: Mapping[str, str]) -> Checked:
    if isinstance(settings, DatalchemyError):
        return Checked(result=settings)
    if settings.db.provision is not Provision.NONE:
        return Checked(result=_nobody_there(settings.db.provision))
    known: dict[str, Any] = {}
    try:
        plan = plan_connection(settings, vault=vault, environ=environ)
        known = {"engine": plan.engine.name, "place": plan.place}
        return Checked(result=plan.adapter(ignore_events).ping(), **known)
    except DatalchemyError as error:
        return Checked(result=error, **known)
    except Exception as fault:  # noqa: BLE001  # the other databases are asked
        return Checked(result=fault_of_ours(fault, vault), **known)


def _nobody_there(provision: Provision) -> ConfigurationError:
    return ConfigurationError(
        f"db.provision={provision} starts a server for each run: there is none to connect to",
        remedy="read it with datalchemy +db=NAME",
    )
