"""How long the command line takes until it answers: user and system time of whole processes."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

from tests.acceptance.program import PROGRAM, environment

_TIMES = 20


def cpu_seconds(command: list[str], cwd: Path, **variables: str) -> float:
    """Return the median of the time that the processor works for a command."""
    seconds = []
    for _ in range(_TIMES):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=cwd, env=environment(variables), check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds)


def test_the_version_is_printed_at_once(tmp_path: Path) -> None:
    """`--version` takes at most twice what the interpreter takes to do nothing."""
    nothing = cpu_seconds([sys.executable, "-c", "pass"], tmp_path)
    version = cpu_seconds([str(Path(sys.executable).with_name("datalchemy")), "--version"], tmp_path)
    help_page = cpu_seconds([*PROGRAM, "--help"], tmp_path)
    print(f"nothing {nothing:.3f} s, --version {version:.3f} s, --help {help_page:.3f} s")  # noqa: T201
    assert version <= 2 * nothing
