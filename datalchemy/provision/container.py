"""A PostgreSQL in a container, through the Docker engine's API.

The port is a free one, bound to the loopback address; the password is random; the data lies in memory.
"""

import io
import math
import secrets
import socket
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.errors import ProvisionError
from datalchemy.events import Events
from datalchemy.provision.base import (
    DATABASE,
    PORT,
    PSQL_OPTIONS,
    START_DEADLINE_SECONDS,
    THROWAWAY_SETTINGS,
    Provisioned,
    last_lines,
    not_in_time,
    not_loaded,
    option_arguments,
    server_version,
    until,
)
from datalchemy.provision.docker_engine import connect, engine_errors
from datalchemy.provision.stale_servers import is_owned, private_directory

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

IMAGE = "postgres:18-alpine"
OWNER_LABEL = "org.datalchemy.owner"
HOST_LABEL = "org.datalchemy.host"
_MEMORY = "/datalchemy"
_TIMED_OUT = (124, 143)  # what `timeout` leaves with: that of coreutils, and busybox's
_PUBLISHED = f"{PORT}/tcp"
# The package's documented way to ask for a free port on one address, which its stubs do not know.
_ANY_LOOPBACK_PORT = cast("tuple[str, int]", ("127.0.0.1", None))

_RUNNING: set["Container"] = set()


@contextmanager
def container_server(
    files: tuple[Path, ...],
    *,
    events: Events,
    scrub: Callable[[str], str],
    client: "DockerClient | None" = None,
    answers: Callable[[str], str] = server_version,
    image: str = IMAGE,
    settings: Mapping[str, str] | None = None,
    deadline_seconds: float = START_DEADLINE_SECONDS,
    deadline: Deadline = NO_DEADLINE,
) -> Iterator[Provisioned]:
    """Run a container with `files` loaded; see `provisioned` for the contract.

    Args:
        files: SQL files for the container's psql; a file cannot include another one, which stays outside.
        events: receives what happens.
        scrub: masks secrets in what the engine and the server say.
        client: an engine to use instead of the environment's; it is not closed.
        answers: returns the version of the server at a URL, or raises ProvisionError while it does not answer.
        image: a PostgreSQL image with the interface of the official one.
        settings: server settings that replace THROWAWAY_SETTINGS.
        deadline_seconds: how long its server may take to answer.
        deadline: when loading the files ends, at the latest.
    """
    engine = connect() if client is None else client
    password = secrets.token_urlsafe(24)

    def scrub_all(text: str) -> str:
        return scrub(text.replace(password, "***"))

    begun = time.perf_counter()
    events("provision_started", kind="docker", image=image)
    with ExitStack() as stack:
        if client is None:
            stack.callback(engine.close)
        with engine_errors(image, scrub_all):
            _sweep(engine, events)
            directory = stack.enter_context(private_directory())
            _have_image(engine, image, events)
            container = _run(engine, image, password, directory, {**THROWAWAY_SETTINGS, **(settings or {})})
            stack.callback(_stop, container, events)
            _RUNNING.add(container)
            url, version = _wait_until_ready(container, password, answers, deadline_seconds, scrub_all)
            for file in files:
                since = time.perf_counter()
                _load(container, file, scrub_all, deadline)
                events("provision_init_loaded", file=str(file), seconds=round(time.perf_counter() - since, 3))
        seconds = round(time.perf_counter() - begun, 3)
        events("provision_ready", kind="docker", server_version=version, seconds=seconds)
        yield Provisioned(url=url, kind="docker", server_version=version, secrets=(password,))


def stop_containers() -> None:
    """Remove the containers of this process at once, from any thread; the threads that run them then end."""
    for container in tuple(_RUNNING):
        _RUNNING.discard(container)
        _remove(container)


def _stop(container: "Container", events: Events) -> None:
    _RUNNING.discard(container)
    _remove(container)
    events("provision_stopped", kind="docker")


def _remove(container: "Container") -> None:
    from docker.errors import DockerException

    # An engine that is gone by now must not hide what the block raised.
    with suppress(DockerException, OSError):
        container.remove(force=True, v=True)


def _sweep(engine: "DockerClient", events: Events) -> None:
    """Remove the containers of this machine whose owner was killed."""
    import docker.errors

    labels = [OWNER_LABEL, f"{HOST_LABEL}={socket.gethostname()}"]
    for container in engine.containers.list(all=True, filters={"label": labels}):
        owner = Path(container.labels[OWNER_LABEL])
        if not is_owned(owner):
            with suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
            events("provision_leftover_removed", container=str(container.name))


def _have_image(engine: "DockerClient", image: str, events: Events) -> None:
    import docker.errors

    try:
        engine.images.get(image)
    except docker.errors.ImageNotFound:
        events("provision_image_pulled", image=image)
        engine.images.pull(image)


def _run(
    engine: "DockerClient", image: str, password: str, directory: Path, settings: Mapping[str, str]
) -> "Container":
    return engine.containers.run(
        image,
        command=["postgres", *option_arguments(settings)],
        detach=True,
        name=directory.name,
        environment={
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": DATABASE,
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8 --no-sync",
            "PGDATA": f"{_MEMORY}/data",
        },
        ports={_PUBLISHED: _ANY_LOOPBACK_PORT},
        tmpfs={_MEMORY: "rw"},
        labels={OWNER_LABEL: str(directory), HOST_LABEL: socket.gethostname()},
    )


def _wait_until_ready(
    container: "Container",
    password: str,
    answers: Callable[[str], str],
    deadline_seconds: float,
    scrub: Callable[[str], str],
) -> tuple[str, str]:
    found: list[tuple[str, str]] = []
    why = "its port was never published"

    def ready() -> bool:
        nonlocal why
        container.reload()
        if container.status in {"exited", "dead"}:
            raise ProvisionError(f"the container stopped: {_log(container, scrub)}")
        bound = container.ports.get(_PUBLISHED)
        if not bound:
            return False
        url = f"postgresql://postgres:{password}@127.0.0.1:{bound[0]['HostPort']}/{DATABASE}"
        try:
            # While the image fills its data directory its server listens on a socket only: TCP means done.
            found.append((url, answers(url)))
        except ProvisionError as error:
            why = error.message
        return bool(found)

    if not until(ready, deadline_seconds=deadline_seconds, interval_seconds=0.1, clock=time.monotonic):
        raise ProvisionError(
            f"the container's server was not ready within {deadline_seconds:g} seconds: {last_lines(why, scrub)}; "
            f"its log ends with: {_log(container, scrub)}",
            remedy="the Docker engine must run on this machine",
        )
    return found[0]


def _log(container: "Container", scrub: Callable[[str], str]) -> str:
    said: bytes = container.logs(tail=10)
    return last_lines(said.decode(errors="replace"), scrub)


def _load(container: "Container", file: Path, scrub: Callable[[str], str], deadline: Deadline) -> None:
    inside = f"/tmp/{secrets.token_hex(4)}.sql"  # noqa: S108  # in the container, which nobody else uses
    container.put_archive("/tmp", _tar(inside.rpartition("/")[2], file.read_bytes()))  # noqa: S108  # as above
    bounded = [] if deadline.left == math.inf else ["timeout", str(math.ceil(deadline.left))]
    psql = ["psql", *PSQL_OPTIONS, "-U", "postgres", "-d", DATABASE, "-f", inside]
    exit_code, output = container.exec_run([*bounded, *psql])
    if exit_code in _TIMED_OUT:
        raise not_in_time(file, deadline)
    if exit_code != 0:
        said = cast("bytes", output).decode(errors="replace").replace(inside, str(file))
        raise not_loaded(file, said, scrub=scrub)


def _tar(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        entry.mode = 0o644
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
