"""Where the tests' temporary files lie: in memory where there is room, since PostgreSQL makes a file for each table."""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_LIMIT = Path("/sys/fs/cgroup/memory.max")
_NEEDED_BYTES = 4 * 2**30
"""A whole session leaves less than one GiB there at any moment; the rest is for the processes themselves."""


def lay_temporary_files_in_memory() -> None:
    """Set TMPDIR, for this process and its children, to the file system in memory; where there is none, do nothing.

    A TMPDIR that the user has set stays.
    """
    if not os.environ.get("TMPDIR") and _is_roomy():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _is_roomy() -> bool:
    """Return whether the file system in memory has room, and runs programs: a server of root runs from a copy."""
    try:
        facts = os.statvfs(_MEMORY)
        available = int(Path("/proc/meminfo").read_text().split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return False
    usable = os.access(_MEMORY, os.W_OK | os.X_OK) and not facts.f_flag & os.ST_NOEXEC
    return usable and min(facts.f_bavail * facts.f_frsize, available, _limit()) >= _NEEDED_BYTES


def _limit() -> int:
    """Return the most bytes that a container may take, where it has such a limit."""
    try:
        limit = _LIMIT.read_text().strip()
    except OSError:
        limit = "max"
    return int(limit) if limit.isdecimal() else _NEEDED_BYTES
