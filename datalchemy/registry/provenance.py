"""Which tool, which Python, and which commit of the working directory a run came from."""

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from datalchemy.version import tool_version

if TYPE_CHECKING:
    from datalchemy.secrets.vault import Json


def provenance(cwd: Path | None = None) -> "dict[str, Json]":
    """Return git_commit, git_dirty, python_version and tool_version. Never raises.

    Args:
        cwd: the working directory; None takes this process's, which may be deleted. git_commit and git_dirty are None
            where it is in no git repository; git_dirty also where git is not installed, or does not answer within two
            seconds, or a filter would have to be run.
    """
    from datalchemy.registry import working_copy

    if cwd is None:
        with suppress(OSError):
            cwd = Path.cwd()
    copy = None if cwd is None else working_copy.find(cwd)
    commit = None if copy is None else working_copy.commit(copy)
    dirty = None if copy is None else working_copy.is_dirty(copy, os.environ)
    return {
        "git_commit": commit,
        "git_dirty": dirty,
        "python_version": platform.python_version(),
        "tool_version": tool_version(),
    }
