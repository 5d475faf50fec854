"""The whole program, run as its users run it."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CANARY = "s3cr3t-hunter2"
ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "datalchemy")


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit code."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything on the terminal."""
        return self.stdout + self.stderr


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return our environment without what changes the program's behaviour."""
    dropped = ("PG", "DATALCHEMY_", "HYDRA_", "DATABASE_URL", "CI", "NO_COLOR", "FORCE_COLOR", "COMP_LINE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), **(extra or {})}


def ended(command: Sequence[str], cwd: Path, variables: Mapping[str, str]) -> Ended:
    """Run a command in `cwd` to its end."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(variables),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def datalchemy(*words: str, cwd: Path, **extra: str) -> Ended:
    """Run the program in `cwd`, forked where its imports are done; keyword arguments are environment variables."""
    from tests.acceptance.forking import shared_program

    read_at_start = ("PYTHON", "LANG", "LC_", "TZ", "LD_", "MALLOC_")
    assert not [name for name in extra if name.startswith(read_at_start)], "use fresh_datalchemy"
    return shared_program().run(words, cwd=cwd, variables=extra)


def fresh_datalchemy(*words: str, cwd: Path, **extra: str) -> Ended:
    """Run the program in `cwd` in a process of its own, as users do; keyword arguments are environment variables."""
    return ended([*PROGRAM, *words], cwd, extra)


def write_conf(cwd: Path, **files: str) -> None:
    """Write `conf/db/NAME.yaml` below `cwd` for each keyword argument."""
    folder = cwd / "conf" / "db"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def run_dirs(cwd: Path, runs: str = "runs") -> list[Path]:
    """Return the folders of runs, oldest first."""
    return sorted(path for path in (cwd / runs).glob("[!.]*__run_*") if path.is_dir())


def read_json(path: Path) -> Any:
    """Return a file's content."""
    return json.loads(path.read_text(encoding="utf-8"))


def leaks(cwd: Path, secret: str = CANARY, *, outside: Collection[str] = ("conf",)) -> list[str]:
    """Return every file below `cwd` that holds the secret, in upper or lower case, in its name or content.

    The folders `outside` are the user's own, and may.
    """
    wanted = secret.lower()
    return [
        str(path)
        for path in cwd.rglob("*")
        if path.relative_to(cwd).parts[0] not in outside
        and (wanted in path.name.lower() or (path.is_file() and wanted.encode() in path.read_bytes().lower()))
    ]
