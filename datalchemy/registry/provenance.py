"""Which tool, which Python, and which commit of the working directory a run came from."""

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from datalchemy.core.secrets import Json

_GIT_SECONDS = 2.0
_STATUS = (
    "-c",
    "core.fsmonitor=false",  # a repository's own hook is no business of ours
    "status",
    "--porcelain=v2",
    "--branch",
    "--untracked-files=no",
    "--ignore-submodules=all",
)
_COMMIT = re.compile(r"# branch\.oid (?P<commit>[0-9a-f]{40,64})")


def provenance(cwd: Path) -> dict[str, Json]:
    """Return git_commit, git_dirty, python_version and tool_version. Never raises.

    Args:
        cwd: the working directory. Where it is in no git repository, or git does not answer within two seconds,
            git_commit and git_dirty are None. Files that git does not track count for nothing.
    """
    commit, dirty = _git_facts(cwd)
    return {
        "git_commit": commit,
        "git_dirty": dirty,
        "python_version": platform.python_version(),
        "tool_version": tool_version(),
    }


def tool_version() -> str:
    """Return the version of the installed package, `0+unknown` where it is not installed."""
    try:
        return metadata.version("datalchemy")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def _git_facts(cwd: Path) -> tuple[str | None, bool | None]:
    git = shutil.which("git")
    if git is None:
        return None, None
    # Within a git hook GIT_DIR points elsewhere; optional locks would get in the user's way.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [git, *_STATUS],
            cwd=cwd,
            env=environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None, None
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    commit = next((match["commit"] for match in map(_COMMIT.fullmatch, lines) if match), None)
    return commit, any(line and not line.startswith("#") for line in lines)
