"""Every error that Datalchemy raises on purpose, on one page.

An error says what happened (`message`) and what to do about it (`remedy`); `exit_code` is the
program's exit code. The code that raises an error scrubs its texts: none may hold a secret.
"""

from collections.abc import Collection
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of the process. A sweep returns the worst of its runs."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONNECTION = 3
    STRICT = 4
    CATALOG = 5
    REGISTRY = 6
    INTERRUPTED = 130
    TERMINATED = 143


_SEVERITY = (
    ExitCode.TERMINATED,
    ExitCode.INTERRUPTED,
    ExitCode.INTERNAL,
    ExitCode.REGISTRY,
    ExitCode.CATALOG,
    ExitCode.CONNECTION,
    ExitCode.USAGE,
    ExitCode.STRICT,
    ExitCode.OK,
)
"""Exit codes, worst first: stopped, then a fault of ours, then errors by how little they say about the database."""


def worst(codes: Collection[int]) -> ExitCode:
    """Return the worst of a sweep's exit codes; OK when there is none."""
    return next((code for code in _SEVERITY if code in codes), ExitCode.INTERNAL if codes else ExitCode.OK)


class DatalchemyError(Exception):
    """The root of the hierarchy; raised itself only for a fault of ours.

    Args:
        message: one line that names the cause, without a secret.
        remedy: one line that says what to do, or None when there is nothing to do.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class InternalError(DatalchemyError):
    """Something of ours broke."""


class ConfigurationError(DatalchemyError):
    """The settings, the command line or what they name is wrong: usage, exit 2."""

    exit_code = ExitCode.USAGE
    code = "configuration"


class EngineNotSupportedError(ConfigurationError):
    """The engine is unknown, or known and only planned."""

    code = "engine_not_supported"


class ConnectionFailedError(DatalchemyError):
    """No connection, or one that was lost.

    Args:
        transient: True when the same call may succeed a moment later (refused, starting up, too many
            connections, dropped); False when it will not (wrong password, unknown database).
    """

    exit_code = ExitCode.CONNECTION
    code = "connection_failed"

    def __init__(self, message: str, *, remedy: str | None = None, transient: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.transient = transient


class StrictError(DatalchemyError):
    """`strict` is on and the capture is incomplete, inconsistent, or its FK graph has a cycle."""

    exit_code = ExitCode.STRICT
    code = "strict"


class CatalogError(DatalchemyError):
    """The catalog could not be read.

    Args:
        transient: True when the catalog changed under the reader and a new capture may succeed.
    """

    exit_code = ExitCode.CATALOG
    code = "catalog"

    def __init__(self, message: str, *, remedy: str | None = None, transient: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.transient = transient


class RegistryError(DatalchemyError):
    """The registry could not be written or read."""

    exit_code = ExitCode.REGISTRY
    code = "registry"


class ProvisionError(DatalchemyError):
    """A throwaway server could not be started, or its SQL files did not load: nothing to connect to."""

    exit_code = ExitCode.CONNECTION
    code = "provision"
