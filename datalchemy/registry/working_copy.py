"""The git commit of a folder, read without running any program that the folder, or somebody's settings, name.

The commit is read from git's files. Whether something was changed is asked of git itself, but with a settings folder of
our own: the repository's (and the user's) configuration can name programs (filters, hooks, monitors, pagers), and git
reads none of it. Only the index and the objects are the repository's.
"""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from datalchemy.environment import child_environment

_SECONDS = 2.0
_LARGEST_BYTES = 64 << 20
_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST_CHAIN = 5
_OWN_REFS = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_STATUS = ("status", "--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames")
_COPIED = re.compile(
    r"(?P<section>core|extensions)\."
    r"(?P<key>filemode|symlinks|ignorecase|precomposeunicode|autocrlf|eol|trustctime|checkstat|objectformat)"
    r"\n(?P<value>[A-Za-z0-9]+)"
)
"""Settings that say how files are compared, and whose values name nothing."""


@dataclass(frozen=True)
class WorkingCopy:
    """A folder with files under git: its top, its own git folder, and the one that it shares with other worktrees."""

    top: Path
    own: Path
    common: Path


def find(folder: Path) -> WorkingCopy | None:
    """Return the working copy that holds a folder, or None."""
    for top in (folder, *folder.parents):
        own = top / ".git"
        if not own.is_dir():
            link = _read(own)
            if not link.startswith("gitdir: "):
                continue
            own = top / link.removeprefix("gitdir: ").rstrip("\n")
        if _read(own / "HEAD"):
            shared = _read(own / "commondir").strip()
            return WorkingCopy(top, own, own / shared)
    return None


def commit(copy: WorkingCopy) -> str | None:
    """Return the commit that is checked out; None where there is none yet, or its file is of a kind we do not read."""
    name = "HEAD"
    for _ in range(_LONGEST_CHAIN):
        value = _reference(copy, name)
        if not value.startswith("ref: refs/"):
            return value if _COMMIT.fullmatch(value) else None
        name = value.removeprefix("ref: ")
    return None


def is_dirty(copy: WorkingCopy, environ: Mapping[str, str]) -> bool | None:
    """Return whether files that git tracks were changed; those that it does not track count for nothing.

    None where git is not there or does not answer, or where only a program of the repository could say it: a filter.
    """
    git = shutil.which("git", path=environ.get("PATH"))
    if git is None or not Path(git).is_absolute():  # a PATH with `.` would run a program of the folder
        return None
    try:
        with TemporaryDirectory(prefix="datalchemy-git-") as made:
            return _ask(git, copy, Path(made), environ)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _read(path: Path) -> str:
    """Return the text of an ordinary file; empty where there is none, or it is too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a FIFO would wait for a writer
        with open(descriptor, "rb") as file:  # noqa: PTH123  # of a descriptor
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LARGEST_BYTES:
                return ""
            return file.read(_LARGEST_BYTES).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _reference(copy: WorkingCopy, name: str) -> str:
    is_own = name == "HEAD" or name.startswith(_OWN_REFS)
    loose = _read((copy.own if is_own else copy.common) / name).strip()
    if loose or is_own:
        return loose
    packed = re.search(f"^([0-9a-f]+) {re.escape(name)}$", _read(copy.common / "packed-refs"), re.MULTILINE)
    return packed[1] if packed else ""


def _ask(git: str, copy: WorkingCopy, made: Path, environ: Mapping[str, str]) -> bool | None:
    ours = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_DIR": str(made),
        "GIT_INDEX_FILE": str(copy.own / "index"),
        "GIT_OBJECT_DIRECTORY": str(copy.common / "objects"),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_WORK_TREE": str(copy.top),
    }

    def answer(*words: str, asked: bytes = b"") -> list[str]:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            [git, *words],
            cwd=copy.top,
            env=child_environment(environ) | ours,
            input=asked,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        return os.fsdecode(done.stdout).split("\0")[:-1]

    (made / "refs").mkdir()
    (made / "HEAD").write_text(f"{commit(copy) or 'ref: refs/heads/none'}\n")
    (made / "config").write_text("[core]\nrepositoryformatversion = 1\n")
    (made / "info").symlink_to(copy.common / "info")
    settings = answer("config", "--file", str(copy.common / "config"), "--no-includes", "-z", "--list")
    if any(one.startswith("core.worktree\n") and not _is_top(copy, one.partition("\n")[2]) for one in settings):
        return None
    with (made / "config").open("a") as file:
        file.writelines(f"[{one['section']}]\n{one['key']} = {one['value']}\n" for one in _copied(settings))
    unsure: list[str] = []
    for entry in answer(*_STATUS):
        if not entry.startswith("1 ."):
            return True  # differs from the commit, or has a conflict
        _, states, _, _, mode, mode_found, *_, path = entry.split(" ", 8)
        if states != ".M" or mode != mode_found:
            return True
        unsure.append(path)
    if not unsure:
        return False
    # git compared these files without the filters that they may need
    said = answer("check-attr", "-z", "--stdin", "filter", asked=os.fsencode("".join(f"{one}\0" for one in unsure)))
    return True if any(value in ("unspecified", "unset", "set") for value in said[2::3]) else None


def _copied(settings: Iterable[str]) -> list[re.Match[str]]:
    return [found for one in settings if (found := _COPIED.fullmatch(one))]


def _is_top(copy: WorkingCopy, value: str) -> bool:
    return (copy.own / value).resolve() == copy.top.resolve()
