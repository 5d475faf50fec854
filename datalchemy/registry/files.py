"""Files that are there as a whole or not at all, and what it means when the disk says no."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from datalchemy.core.errors import RegistryError
from datalchemy.core.secrets import Json
from datalchemy.registry.layout import temporary_name

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
    errno.ENOENT: ("it is not there", "check the path"),
    errno.EACCES: ("permission denied", "let this user read it"),
    errno.ENOTDIR: ("a part of the path is not a directory", "check the path"),
}
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


def registry_error(action: str, path: Path, error: OSError) -> RegistryError:
    """Return what `error` means for somebody who wanted to `action` (`write`, `read`, `make`) `path`."""
    causes = _CAUSES | _CAUSES_OF_READING if action == "read" else _CAUSES
    cause, remedy = causes.get(error.errno or 0, (error.strerror or type(error).__name__, None))
    return RegistryError(f"cannot {action} {path}: {cause}", remedy=remedy)


@contextmanager
def guarded(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a RegistryError that tells cause and remedy."""
    try:
        yield
    except OSError as error:
        raise registry_error(action, path, error) from error


def json_bytes(value: Json) -> bytes:
    """Return `value` as an indented JSON file in UTF-8, keys in their order."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`; OSError when that fails, possibly after a part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it, so that a reader sees the old file, the new one, or none.

    A symbolic link is followed; a device or a pipe (`/dev/stdout`) is written to as it is.

    Raises:
        RegistryError: the file could not be written. What was there before is still there.
    """
    with guarded("write", path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            _write_straight(target, data)
            return
        with _written_beside(target, data) as temporary:
            temporary.replace(target)
        sync_folder(target.parent)


def create_exclusively(path: Path, data: bytes) -> bool:
    """Write a file that must not be there yet, complete from its first moment; False when it is there already.

    Of several processes that try at the same time, one succeeds.

    Raises:
        RegistryError: the file could not be written.
    """
    with guarded("write", path), _written_beside(path, data) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            return _create_without_links(path, temporary)
        sync_folder(path.parent)
        return True


def _create_without_links(path: Path, temporary: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        return False
    temporary.replace(path)
    sync_folder(path.parent)
    return True


@contextmanager
def _written_beside(path: Path, data: bytes) -> Iterator[Path]:
    temporary = path.with_name(temporary_name(path.name))
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
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


def _write_straight(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
