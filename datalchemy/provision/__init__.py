"""A throwaway server for demos, tests and migration files: started, filled with SQL files, and removed.

Two kinds, one contract: `embedded` runs the PostgreSQL of a Python wheel, `docker` runs a container.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.errors import ConfigurationError
from datalchemy.events import Events, ignore_events
from datalchemy.provision.base import Provisioned, unscrubbed
from datalchemy.provision.init_files import resolve_init
from datalchemy.provision.local import stop_local_servers

__all__ = ["Provisioned", "provisioned", "stop_servers"]


@contextmanager
def provisioned(
    kind: str,
    *,
    init: Sequence[str] = (),
    events: Events = ignore_events,
    scrub: Callable[[str], str] = unscrubbed,
    deadline: Deadline = NO_DEADLINE,
) -> Iterator[Provisioned]:
    """Run a throwaway server for the length of the `with` block.

    Args:
        kind: `embedded` or `docker`.
        init: SQL files for psql, loaded in this order into the server's only database; `shipped:NAME` is a
            file that comes with the package, any other path is relative to the current directory.
        events: receives `provision_started`, `provision_init_loaded`, `provision_ready`, `provision_stopped`
            and `provision_leftover_removed`.
        scrub: masks the secrets in what a server or psql says, before it goes into an error.
        deadline: the latest moment at which loading the files ends.

    Yields:
        Where the server is. When the block ends, the server and its data are removed.

    Raises:
        ConfigurationError: the kind is unknown, an init file is missing, or the kind's package is not installed.
        ProvisionError: the server did not start, or an init file did not load.
    """
    files = tuple(resolve_init(entry) for entry in init)
    with _server(kind, files, events, scrub, deadline) as server:
        yield server


def stop_servers() -> None:
    """Stop the throwaway servers of this process at once, from any thread; the threads that run them then clean up."""
    stop_local_servers()
    if "datalchemy.provision.container" in sys.modules:  # else there is no container
        from datalchemy.provision.container import stop_containers

        stop_containers()


def _server(
    kind: str, files: tuple[Path, ...], events: Events, scrub: Callable[[str], str], deadline: Deadline
) -> AbstractContextManager[Provisioned]:
    if kind == "embedded":
        from datalchemy.provision.embedded import embedded_server

        return embedded_server(files, events=events, scrub=scrub, deadline=deadline)
    if kind == "docker":
        from datalchemy.provision.container import container_server

        return container_server(files, events=events, scrub=scrub, deadline=deadline)
    raise ConfigurationError(f"db.provision: no server of kind {kind!r}", remedy="use none, embedded or docker")
