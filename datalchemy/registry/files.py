"""Files that exist whole or not at all, reading without a wait, and the causes of disk errors."""

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from datalchemy.errors import RegistryError
from datalchemy.registry.layout import temporary_name

if TYPE_CHECKING:
    from datalchemy.secrets.vault import Json

FILE_MODE = 0o644
"""The widest mode of a file of ours: the umask and `output.mode` take away from it. Nobody else ever writes."""

_ELSEWHERE = "or choose another folder with output.runs_dir"
_CAUSES = {
    errno.ENOSPC: ("the disk is full", f"free some space, {_ELSEWHERE}"),
    errno.EDQUOT: ("the disk quota is used up", f"free some space, {_ELSEWHERE}"),
    errno.EFBIG: ("the file would be larger than the limit for files", f"raise the limit (ulimit -f), {_ELSEWHERE}"),
    errno.EACCES: ("permission denied", f"let this user write there, {_ELSEWHERE}"),
    errno.EPERM: ("the operation is not permitted", f"let this user write there, {_ELSEWHERE}"),
    errno.EROFS: ("the file system is read-only", f"mount it for writing, {_ELSEWHERE}"),
    errno.ENOTDIR: ("a part of the path is not a directory", f"move that file away, {_ELSEWHERE}"),
    errno.EEXIST: ("a file of that name is in the way", f"move that file away, {_ELSEWHERE}"),
    errno.EISDIR: ("it is a directory", "name a file"),
    errno.ENOENT: (
        "the folder is not there, or vanished while the run wrote to it",
        "make it, and keep it until the run ends",
    ),
    errno.ESTALE: ("the folder vanished while the run wrote to it", "keep it until the run ends"),
    errno.ENAMETOOLONG: ("the path is too long", "choose a shorter one with output.runs_dir"),
    errno.EMFILE: ("this process has too many files open", "raise the limit (ulimit -n), or run fewer jobs at once"),
    errno.ENFILE: ("the system has too many files open", "raise the system's limit, or run fewer jobs at once"),
    errno.EIO: ("the disk reports a fault", "check the disk"),
}
_CAUSES_OF_READING = {
    errno.ELOOP: ("it is a symbolic link, and links are not followed", "put the file itself there"),
    errno.EFBIG: ("it is too large to be what it should be", "look at the file"),
    errno.ENOENT: ("it is not there", "check the path"),
    errno.EACCES: ("permission denied", "let this user read it"),
    errno.ENOTDIR: ("a part of the path is not a directory", "check the path"),
}
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


def registry_error(action: str, path: Path, error: OSError) -> RegistryError:
    """Return the RegistryError for an OSError that `action` (`write`, `read`, `make`) on `path` raised."""
    causes = _CAUSES | _CAUSES_OF_READING if action == "read" else _CAUSES
    cause, remedy = causes.get(error.errno or 0, (error.strerror or type(error).__name__, None))
    return RegistryError(f"cannot {action} {path}: {cause}", remedy=remedy)


@contextmanager
def registry_errors(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a RegistryError that names cause and remedy."""
    try:
        yield
    except OSError as error:
        raise registry_error(action, path, error) from error


def folder_mode(mode: int) -> int:
    """Return the mode of a folder for files of `mode`: its owner uses it, others enter it where they may read."""
    return mode | 0o300 | (mode & 0o444) >> 2


def make_folders(path: Path, mode: int) -> None:
    """Make a missing folder, and the missing ones above it, for files of `mode`; raise OSError where it fails."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(folder_mode(mode), exist_ok=True)
    path.mkdir(folder_mode(mode), exist_ok=True)


def open_regular(path: Path | str, *, folder: int | None = None) -> int:
    """Open a regular file for reading and return the descriptor; a FIFO or a device causes no wait.

    Args:
        path: the file; a symbolic link in its last part is not followed.
        folder: the descriptor of the folder that `path` is relative to, or None.

    Raises:
        OSError: it cannot be opened, or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return descriptor


def read_regular(path: Path | str, *, folder: int | None = None, at_most: int | None = None) -> bytes:
    """Return the content of a regular file; see `open_regular`.

    Raises:
        OSError: it cannot be read, is not a regular file, or has more than `at_most` bytes.
    """
    with os.fdopen(open_regular(path, folder=folder), "rb") as file:
        content = file.read() if at_most is None else file.read(at_most + 1)
    if at_most is not None and len(content) > at_most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def json_bytes(value: "Json") -> bytes:
    """Return `value` as an indented JSON file in UTF-8, keys in their order."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`; OSError when that fails, possibly after a part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_atomically(path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
    """Write a file beside its place and rename it, so that a reader sees the old file, the new one, or none.

    A symbolic link at that place is replaced, never followed.

    Raises:
        RegistryError: the file could not be written. What was there before is still there.
    """
    with registry_errors("write", path):
        with _written_beside(path, data, mode) as temporary:
            temporary.replace(path)
        sync_folder(path.parent)


def create_exclusively(path: Path, data: bytes, *, mode: int = FILE_MODE) -> bool:
    """Write a file that must not be there yet, complete from its first moment; False when it is there already.

    Of several processes that try at the same time, one succeeds.

    Raises:
        RegistryError: the file could not be written.
    """
    with registry_errors("write", path), _written_beside(path, data, mode) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            return _create_without_links(path, temporary, mode)
        sync_folder(path.parent)
        return True


def _create_without_links(path: Path, temporary: Path, mode: int) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    except FileExistsError:
        return False
    temporary.replace(path)
    sync_folder(path.parent)
    return True


@contextmanager
def _written_beside(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    temporary = path.with_name(temporary_name(path.name))
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield temporary
    finally:
        # Whatever happened, also an interrupt, no half file stays; after a rename there is none.
        with suppress(OSError):
            temporary.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the file system supports it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
