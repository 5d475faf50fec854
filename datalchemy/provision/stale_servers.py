"""Private directories for throwaway servers, and the removal of those whose owner was killed.

A directory belongs to the process that holds the lock on its `owner.lock`. The kernel drops that lock when
the process ends. So a directory that can be locked is stale. No pid is compared, so this works between
containers that share a temporary directory.
"""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from datalchemy.environment import child_environment
from datalchemy.events import Events
from datalchemy.provision.base import until

PREFIX = "datalchemy-pg-"
_LOCK = "owner.lock"
_BIRTH_SECONDS = 600.0
_SOCKET_PATH_LIMIT = 103  # sun_path holds 104 bytes on macOS and 108 on Linux, with the final NUL


def base_directory() -> Path:
    """Return the temporary directory, or /tmp when it will not do.

    A Unix socket below it must not have too long a path; and when we are root, the account that the server runs
    as must be able to enter it.
    """
    base = Path(tempfile.gettempdir()).resolve()
    longest = base / f"{PREFIX}12345678" / "s" / ".s.PGSQL.5432"
    short = len(os.fsencode(longest)) <= _SOCKET_PATH_LIMIT
    open_to_all = all(place.stat().st_mode & stat.S_IXOTH for place in (base, *base.parents))
    return base if short and (open_to_all or os.geteuid() != 0) else Path("/tmp")  # noqa: S108  # mkdtemp follows


@contextlib.contextmanager
def private_directory() -> Iterator[Path]:
    """Make a directory that only this user can enter, locked as ours; remove it at the end."""
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base_directory()))
    lock = None
    try:
        lock = _lock(directory)
        yield directory
    finally:
        remove(directory)
        if lock is not None:
            os.close(lock)


def sweep(events: Events) -> None:
    """Stop and remove the stale servers of this user. Never raises: the caller's work does not depend on it."""
    for directory in sorted(base_directory().glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError):
            if _sweep_one(directory):
                events("provision_leftover_removed", directory=str(directory))


def is_owned(directory: Path) -> bool:
    """Return whether the process that made this private directory still runs."""
    import fcntl

    try:
        descriptor = os.open(directory / _LOCK, os.O_RDWR)
    except OSError:
        return directory.is_dir()  # being born, or another user's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove(directory: Path) -> None:
    """Remove a directory; try again when a dying process still writes into it."""
    for _ in range(5):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.05)


def _lock(directory: Path) -> int:
    """Lock first, then give the file its name: a sweeper never meets an unlocked `owner.lock` of a living process."""
    import fcntl

    unnamed = directory / f"{_LOCK}.new"
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(directory / _LOCK)
    return descriptor


def _sweep_one(directory: Path) -> bool:
    import fcntl

    facts = directory.lstat()
    if not directory.is_dir() or directory.is_symlink() or facts.st_uid != os.geteuid():
        return False
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        if time.time() - facts.st_mtime < _BIRTH_SECONDS:
            return False
        remove(directory)
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _stop_orphan(directory / "data")
        remove(directory)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _stop_orphan(data: Path) -> None:
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if not _serves(pid, data):
        return
    for signum in (signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
        if until(lambda: not _serves(pid, data), deadline_seconds=6, clock=time.monotonic):
            return


def _serves(pid: int, data: Path) -> bool:
    """Return whether the process is a server on this data directory; the system may have reused the pid."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            arguments = (proc / str(pid) / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(data) in arguments
    listed = subprocess.run(  # noqa: S603  # a fixed program and a number
        ["ps", "-ww", "-o", "args=", "-p", str(pid)],  # noqa: S607  # where ps lies differs between systems
        env=child_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return str(data) in listed.stdout.split()
