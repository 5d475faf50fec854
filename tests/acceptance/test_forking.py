"""A forked program is what a fresh process is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.forking import Program
from tests.acceptance.program import environment

_FACTS = """
import json, os, signal, stat, sys, threading
umask = os.umask(0)
print(json.dumps({
    "signals": {int(number): str(signal.getsignal(number)) for number in signal.valid_signals()},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "umask": umask,
    "cwd": os.getcwd(),
    "environment": dict(os.environ),
    "descriptors": {
        number: stat.S_IFMT(os.stat(f"/proc/self/fd/{number}").st_mode)
        for number in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{number}")
    },
    "stdin": os.readlink("/proc/self/fd/0"),
    "streams": [(s.encoding, s.errors, s.line_buffering, s.isatty()) for s in (sys.stdin, sys.stdout, sys.stderr)],
    "session": (os.getsid(0), os.getpgid(0)),
    "threads": threading.active_count(),
}))
raise SystemExit(7)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process has")
def test_a_forked_program_has_what_a_fresh_process_has(program: Program, tmp_path: Path) -> None:
    """Signals, umask, folder, environment, open files, streams, session and exit code are those of a fresh process."""
    fresh = subprocess.run(
        [sys.executable, "-c", _FACTS],
        cwd=tmp_path,
        env=environment({"GIVEN": "x"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    for _ in range(2):
        forked = program.run([], cwd=tmp_path, variables={"GIVEN": "x"}, plant=_FACTS)
        assert (forked.code, forked.stderr) == (fresh.returncode, fresh.stderr)
        assert json.loads(forked.stdout) == json.loads(fresh.stdout)
