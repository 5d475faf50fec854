"""The lease: a file in a run's folder that stays locked, and is touched regularly, while the run runs.

A reader on the same kernel, in any container, sees the lock. A reader on another machine sees when the file was last
touched.
"""

import errno
import fcntl
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from datalchemy.registry.files import folder_mode, open_regular, registry_errors, write_all
from datalchemy.registry.layout import LEASE, temporary_name

HEARTBEAT_SECONDS = 10.0
_LOCKED = b"locked\n"
_UNLOCKED = b"not locked\n"
_LARGEST_BYTES = 200
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


class Lease:
    """Held by the process that does the run. The system releases the lock when the process ends for any reason.

    Args:
        folder: the folder of the run or sweep.
        mode: that of the file, before the umask.
        mark: names the process (`liveness.process_mark`); None where the system does not say.
        make: whether the folder is made, too. It has its lease before it has its name.

    Raises:
        RegistryError: the folder or the file could not be made; the cause is FileExistsError where `make` met something
            of that name. A file system without locks is no error.
    """

    def __init__(self, folder: Path, *, mode: int, mark: str | None, make: bool = False) -> None:
        self._path = folder / LEASE
        self._ended = threading.Event()
        with registry_errors("make" if make else "write", folder if make else self._path):
            take = _make_folder_with_lease if make else _take
            self._file = FileIO(take(folder, mode, mark), "w")
        threading.Thread(target=self._beat, name="lease", daemon=True).start()

    def end(self, *, remove: bool) -> None:
        """Release the lock. The file is deleted, or stays and shows that the run was cut off.

        Idempotent, also where an interrupt cut it short.
        """
        self._ended.set()
        if remove and not self._file.closed:
            with suppress(OSError):
                if os.path.samestat(os.fstat(self._file.fileno()), os.lstat(self._path)):
                    self._path.unlink()
        self._file.close()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            with suppress(OSError):
                os.utime(self._path, follow_symlinks=False)


@dataclass(frozen=True)
class LeaseSeen:
    """A lease as a reader sees it.

    `held` is None where locks say nothing: the file system has none here, or had none for the run. `touched` is the
    time of the last heartbeat, in seconds since 1970 by the clock of whoever keeps the file. `mark` names the process
    that made it; None where that is not known.
    """

    held: bool | None
    touched: float
    mark: str | None


def look_at_lease(folder: Path) -> LeaseSeen | None:
    """Return the lease of a run's folder, or None when no regular file of that name is there. Nothing is changed."""
    try:
        descriptor = open_regular(folder / LEASE)
    except OSError:
        return None
    try:
        touched, mark = os.fstat(descriptor).st_mtime, None
        content = os.read(descriptor, _LARGEST_BYTES)
        mark = content.partition(b"\n")[2].decode("ascii", "replace").strip() or None
        held = not _lock(descriptor, fcntl.LOCK_SH) if content.startswith(_LOCKED) else None
        return LeaseSeen(held=held, touched=touched, mark=mark)
    except OSError:
        return LeaseSeen(held=None, touched=touched, mark=mark)
    finally:
        os.close(descriptor)


def _take(folder: Path, mode: int, mark: str | None) -> int:
    """Write the lease of a folder, locked, and return its descriptor."""
    temporary = folder / temporary_name(LEASE)
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        # Renamed when it is locked: no reader sees it without its lock.
        state = _LOCKED if _lock(descriptor, fcntl.LOCK_EX) else _UNLOCKED
        write_all(descriptor, state + f"{mark or ''}\n".encode())
        temporary.replace(folder / LEASE)
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            temporary.unlink()
        raise
    return descriptor


def _make_folder_with_lease(folder: Path, mode: int, mark: str | None) -> int:
    """Make a folder and its lease under a hidden name, rename it, and return the lease's descriptor."""
    if not os.path.lexists(folder):
        try:
            return _make_hidden(folder, mode, mark)
        except OSError:
            pass  # some file systems rename no folder with an open file; another cause shows itself below
    folder.mkdir(folder_mode(mode))
    try:
        return _take(folder, mode, mark)
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # only where nothing is in it
        raise


def _make_hidden(folder: Path, mode: int, mark: str | None) -> int:
    hidden = folder.with_name(temporary_name(folder.name))
    descriptor = None
    try:
        hidden.mkdir(folder_mode(mode))
        descriptor = _take(hidden, mode, mark)
        hidden.rename(folder)
    except BaseException:
        if descriptor is not None:
            os.close(descriptor)
        with suppress(OSError):
            (hidden / LEASE).unlink(missing_ok=True)
            hidden.rmdir()
        raise
    return descriptor


def _lock(descriptor: int, kind: int) -> bool:
    """Return whether the lock could be had at once; False for the writer where there are none."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if kind == fcntl.LOCK_EX and error.errno in _NO_LOCKS:
            return False
        raise
    return True
