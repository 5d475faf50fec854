"""A copy of schema.json outside the registry, which replaces only an older copy."""

import os
import re
from pathlib import Path

from datalchemy.errors import ConfigurationError
from datalchemy.registry.files import FILE_MODE, registry_errors, write_all, write_atomically

_HEAD_BYTES = 4096
_HEAD = re.compile(
    rb'\s*\{\s*"schema_version"\s*:\s*"\d+\.\d+"\s*,\s*"engine"\s*:.*"fingerprint"\s*:\s*"[0-9a-f]{64}"', re.DOTALL
)


def check_copy(path: Path, *, force: bool) -> None:
    """Refuse to put a copy where another file lies: one that is neither empty nor a schema.json.

    Devices and pipes are no such files. A schema.json is recognised by its first keys.

    Args:
        path: where the copy goes; links are followed.
        force: whether any file may be replaced.

    Raises:
        ConfigurationError: a file is there that would be lost.
    """
    if force or not path.is_file() or not path.stat().st_size or _is_schema(path):
        return
    raise ConfigurationError(
        f"{path} is there and is not a schema.json: it is not overwritten",
        remedy="choose another path, or give --force (output.force=true)",
    )


def write_copy(path: Path, data: bytes, *, mode: int = FILE_MODE, force: bool = False) -> None:
    """Write a copy of schema.json as a whole. A link is followed; a device or a pipe is written to as it is.

    Raises:
        ConfigurationError: see `check_copy`.
        RegistryError: the file could not be written. What was there before is still there.
    """
    with registry_errors("write", path):
        check_copy(path, force=force)
        if path.exists() and not path.is_file():
            _write_straight(path, data)
            return
        target = path.resolve()
    write_atomically(target, data, mode=mode)


def _is_schema(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _HEAD.match(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def _write_straight(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
