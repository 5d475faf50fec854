"""What every kind of throwaway server shares."""

import math
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datalchemy.deadline import NO_DEADLINE, Deadline
from datalchemy.environment import child_environment
from datalchemy.errors import ProvisionError
from datalchemy.text import LONGEST, shown

DATABASE = "demo"
"""The database that the init files are loaded into."""

PORT = 5432

START_DEADLINE_SECONDS = 60.0

THROWAWAY_SETTINGS: Mapping[str, str] = {
    # Throwaway data: a crash of the machine loses it anyway.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    # The planner's estimates and the timing of a run do not depend on a background worker.
    "autovacuum": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
"""Server settings that every kind starts with."""


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A server that runs now.

    Attributes:
        url: how to reach the database; with its password, when it has one.
        engine: the name that ENGINES knows it by.
        kind: `embedded` or `docker`.
        server_version: as the server spells it.
        secrets: the values inside `url` that must never be shown.
    """

    url: str
    engine: str = "postgres"
    kind: str
    server_version: str
    secrets: tuple[str, ...] = ()


def unscrubbed(text: str) -> str:
    """Return `text` as it is: the scrubber where no secret is known."""
    return text


def option_arguments(settings: Mapping[str, str]) -> list[str]:
    """Spell settings as arguments of the program `postgres`."""
    return [item for name, value in sorted(settings.items()) for item in ("-c", f"{name}={value}")]


def last_lines(text: str, scrub: Callable[[str], str]) -> str:
    """Return the last lines of a program's output, without secrets, on one line."""
    lines = [line.strip() for line in scrub(text).splitlines() if line.strip()]
    return " | ".join(lines[-4:])[-LONGEST:] or "it said nothing"


def until(
    ready: Callable[[], bool], *, deadline_seconds: float, interval_seconds: float = 0.02, clock: Callable[[], float]
) -> bool:
    """Call `ready` until it returns True; return False when the deadline passes first."""
    end = clock() + deadline_seconds
    while not ready():
        if clock() >= end:
            return False
        time.sleep(interval_seconds)
    return True


def server_version(url: str) -> str:
    """Connect once and return the server's version.

    Raises:
        ProvisionError: it does not answer; the message is the driver's, unchanged.
    """
    import psycopg

    try:
        with psycopg.connect(url, options="", connect_timeout=5) as connection:
            return connection.info.parameter_status("server_version") or "unknown"
    except psycopg.OperationalError as error:
        raise ProvisionError(f"the server does not answer: {error}") from error


PSQL_OPTIONS = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-o", "/dev/null")
"""How psql loads an init file: it stops at the first error, and repeats nothing of the file (psql 12)."""

_PLACED = re.compile(r"psql:(?P<place>.+:[0-9]+): (?:ERROR|FATAL|PANIC):  (?P<sqlstate>[0-9A-Z]{5})")
_OWN = re.compile(r"psql:(?P<place>.+:[0-9]+): error: ")


def load_with_psql(
    psql: Sequence[str], file: Path, *, scrub: Callable[[str], str], deadline: Deadline = NO_DEADLINE
) -> None:
    """Load one SQL file with psql; stop at its first error.

    Args:
        psql: the program and the options that connect it, e.g. `(".../psql", "-d", url)`.
        file: what `-f` is given; meta-commands and `COPY ... FROM stdin` work.
        scrub: masks secrets in what psql said.
        deadline: the latest moment at which it ends.

    Raises:
        ProvisionError: psql failed (see `not_loaded`), or did not end in time.
    """
    command = [*psql, *PSQL_OPTIONS, "-f", str(file)]
    try:
        done = subprocess.run(  # noqa: S603  # our psql, on a file that the settings name
            command,
            env=child_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=None if deadline.left == math.inf else deadline.left,
        )
    except subprocess.TimeoutExpired:
        raise not_in_time(file, deadline) from None
    except OSError as error:
        raise ProvisionError(f"psql could not be run: {shown(str(error), scrub)}") from error
    if done.returncode != 0:
        raise not_loaded(file, done.stderr, scrub=scrub)


def not_in_time(file: Path, deadline: Deadline) -> ProvisionError:
    """Return the error for an init file that was still loading when the run's time was up."""
    return ProvisionError(
        f"{file} did not load within the {deadline.seconds:g} s of the run (deadline_seconds)",
        remedy="raise deadline_seconds; 0 means no deadline",
    )


def not_loaded(file: Path, said: str, *, scrub: Callable[[str], str]) -> ProvisionError:
    """Return the error for an init file that did not load.

    The message names the file and line where psql stopped and the kind of error, and repeats nothing of the file: what
    a server says of a wrong statement holds its values.

    Args:
        file: the init file.
        said: what psql, run with PSQL_OPTIONS, wrote to stderr.
        scrub: masks secrets in file names.
    """
    remedy = f"correct the file, or db.init; psql -v ON_ERROR_STOP=1 -f {scrub(str(file))} shows the whole error"
    lines = said.splitlines()[::-1]  # it stopped at the last error
    if found := next(filter(None, map(_PLACED.fullmatch, lines)), None):
        where, what = found["place"], condition(found["sqlstate"])
    elif found := next(filter(None, map(_OWN.match, lines)), None):
        where, what = found["place"], "psql could not carry out a command"
    else:
        where, what = str(file), "psql stopped, or lost the server"
    return ProvisionError(f"{scrub(where)} did not load: {what}", remedy=remedy)


def condition(sqlstate: str) -> str:
    """Return an SQLSTATE with the name of its condition, `23505 (unique violation)`; alone where it has none."""
    from psycopg import errors

    try:
        name = errors.lookup(sqlstate).__name__
    except KeyError:
        return f"error {sqlstate}"
    return f"error {sqlstate} ({re.sub('(?<=[a-z])(?=[A-Z])', ' ', name).lower()})"
