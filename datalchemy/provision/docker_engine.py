"""The way to the Docker engine, and what its package may raise."""

import os
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from datalchemy.environment import child_environment
from datalchemy.errors import ConfigurationError, ProvisionError
from datalchemy.provision.base import last_lines

if TYPE_CHECKING:
    from docker import DockerClient

_HELPERS_NEED = ("HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GNUPGHOME", "PASSWORD_STORE_DIR")


def connect() -> "DockerClient":
    """Reach the Docker engine that the environment names (DOCKER_HOST, or the local socket).

    Raises:
        ConfigurationError: the docker package is not installed.
        ProvisionError: no engine answers.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ImportError as error:
        raise ConfigurationError(
            "db.provision: the docker package is not installed", remedy="pip install 'datalchemy[docker]'"
        ) from error
    try:
        client = docker.from_env()
        client.api.credstore_env = _helpers_environment(os.environ)
        client.api.reload_config()  # which hands it on
        client.ping()
    except (DockerException, OSError) as error:  # requests' errors are OSErrors
        _close_sockets(error)
        raise ProvisionError(
            f"no Docker engine answers: {error}",
            remedy="start Docker or set DOCKER_HOST, or use db.provision=embedded",
        ) from error
    return client


def _helpers_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what empties all variables but those that a docker-credential-* program needs; they cannot be removed."""
    return dict.fromkeys(environ, "") | child_environment(environ, *_HELPERS_NEED)


def _close_sockets(error: BaseException) -> None:
    """Close the socket that the docker package leaves open in the frames of a refused connection."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        link: BaseException | None = error
        while link is not None:
            traceback.clear_frames(link.__traceback__)
            link = link.__cause__ or link.__context__


@contextmanager
def engine_errors(image: str, scrub: Callable[[str], str]) -> Iterator[None]:
    """Turn every error of the docker package into a ProvisionError."""
    from docker.errors import DockerException

    try:
        yield
    except (DockerException, OSError) as error:
        raise ProvisionError(
            f"the Docker engine could not run {image}: {last_lines(str(error), scrub)}",
            remedy="check the image's name and the engine's log, or use db.provision=embedded",
        ) from None  # the engine may repeat what it was asked, and a traceback would show its words unscrubbed
