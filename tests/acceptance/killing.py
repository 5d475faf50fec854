"""Ends runs in the middle: at any moment from outside, or at a chosen touch of the registry from inside."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.forking import shared_program
from tests.acceptance.program import PROGRAM, ROOT, Ended, datalchemy, environment, read_json, run_dirs

ARTEFACTS = {"config.json", "logs.ndjson", "manifest.json", "metrics.json", "schema.json"}

# Runs the program in forked children, which have the imports behind them. Each sends itself a signal right before it
# touches its registry for the Nth time (opens, renames, links, removes, makes a folder), for every N there is.
_TOUCHES = """
import os, signal, sys
from pathlib import Path
registry, number, first, *words = sys.argv[1:]
sys.argv[1:] = words
import datalchemy.cli.main, datalchemy.cli.commands.introspect, datalchemy.cli.summary, datalchemy.introspector.run
import datalchemy.adapters.postgres.adapter, datalchemy.registry.run, datalchemy.registry.log, structlog, networkx
touches = ("open", "os.rename", "os.link", "os.remove", "os.mkdir")
wanted = int(first)
while True:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        seen = 0
        def touched(event, arguments):
            global seen
            if event in touches and registry in str(arguments[0]):
                seen += 1
                if seen == wanted:
                    os.write(tell, b"x")
                    os.kill(os.getpid(), int(number))
        sys.addaudithook(touched)
        sys.stdout = sys.stderr = open(os.devnull, "w")
        os._exit(datalchemy.cli.main.main(words))
    os.close(tell)
    reached = os.read(told, 1)
    os.close(told)
    _, status = os.waitpid(child, 0)
    if not reached:
        break
    print(os.waitstatus_to_exitcode(status), flush=True)
    wanted += 1
"""


def end_at_each_touch(number: signal.Signals, words: list[str], registry: Path) -> list[int]:
    """Run `words` again and again, each time ended one touch of the registry later; return the exit codes.

    The registry is given as a whole path, so that it is recognised.
    """
    done = subprocess.run(
        [sys.executable, "-c", _TOUCHES, str(registry), str(int(number)), "1", *words, "--run-dir", str(registry)],
        cwd=registry.parent,
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


def kill_fresh_at_any_moment(words: list[str], cwd: Path, *, longest_seconds: float) -> bool:
    """Run `words`, kill the process after a while that chance decides, and return whether it had not ended before."""
    process = start(words, cwd)
    try:
        process.wait(random.uniform(0, longest_seconds))  # noqa: S311  # no secret
    except subprocess.TimeoutExpired:
        process.kill()
    code = process.wait(60)
    assert code in {0, -signal.SIGKILL}
    return code != 0


def kill_forked_at_any_moment(words: list[str], cwd: Path, *, longest_seconds: float) -> bool:
    """Do the same where the imports are done, so that every moment is one of the run itself.

    The kernel ends the process, whatever it does then: it handles no SIGALRM.
    """
    moment = random.uniform(0.000_001, longest_seconds)  # noqa: S311  # no secret
    plant = f"import signal; signal.setitimer(signal.ITIMER_REAL, {moment})"
    code = shared_program().run(words, cwd=cwd, variables={}, plant=plant).code
    assert code in {0, -signal.SIGALRM}
    return code != 0


def start(words: list[str], cwd: Path, **facts: Any) -> subprocess.Popen[str]:
    """Start the program in `cwd`, with its stderr in a pipe where `facts` say so."""
    return subprocess.Popen(
        [*PROGRAM, *words],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        text=True,
        **{"stderr": subprocess.DEVNULL, **facts},
    )


def wait_for_event(cwd: Path, event: str) -> Path:
    """Return the folder of the one run below `cwd` when its log tells of this event."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for folder in run_dirs(cwd):
            log = folder / "logs.ndjson"
            if log.exists() and f'"{event}"' in log.read_text():
                return folder
        time.sleep(0.01)
    raise AssertionError(f"no run told of {event}")


@dataclass(frozen=True)
class Found:
    """What `datalchemy runs` says of a registry: each run's status by its folder's name."""

    statuses: dict[str, str]
    listed: list[dict[str, Any]]


def judged(cwd: Path) -> Found:
    """Read the registry below `cwd` with the program itself, at once, and check that it says nothing false.

    Every run's folder is listed, also where the run had no time to write anything; a run that is said to have succeeded
    has each artefact, as it was written; nothing that a write left behind is told as an artefact; no run is still on.
    """
    ended = datalchemy("runs", "list", "--json", cwd=cwd)
    assert ended.code == 0, ended.text
    listed = json.loads(ended.stdout)
    by_folder = {Path(one["path"]).name: one for one in listed}
    assert len(by_folder) == len(listed)
    findings = _findings(datalchemy("runs", "verify", "--json", cwd=cwd))
    for folder in run_dirs(cwd):
        _check(folder, by_folder[folder.name], findings.get(folder.name, []))
    return Found({name: one["status"] for name, one in by_folder.items()}, listed)


def _findings(ended: Ended) -> dict[str, list[str]]:
    assert ended.code in {0, 6}, ended.text
    found: dict[str, list[str]] = {}
    for finding in json.loads(ended.stdout):
        found.setdefault(Path(finding["path"]).name, []).append(finding["code"])
    return found


def _check(folder: Path, told: dict[str, Any], findings: list[str]) -> None:
    assert told["status"] != "running", folder
    assert told["started_at"] is not None  # `runs prune --older-than` must not take a young run for an old one
    for path in folder.iterdir():
        # Whatever has its final name is whole.
        if path.name.endswith(".json") and not path.name.startswith("."):
            read_json(path)
    log = folder / "logs.ndjson"
    if log.exists():
        *lines, last = log.read_text().split("\n")
        assert all(json.loads(line)["run_id"] for line in lines)
        assert not last or told["status"] != "succeeded"
    if told["status"] != "succeeded":
        return
    manifest = read_json(folder / "manifest.json")
    assert manifest["status"] == "succeeded"
    assert {artefact["name"] for artefact in manifest["artefacts"]} == ARTEFACTS - {"manifest.json"}
    assert set(findings) <= {"leftover"}, findings
    assert told["captured"]["fingerprint"] == read_json(folder / "schema.json")["fingerprint"]


def is_mount_permitted() -> bool:
    """Tell whether this process may mount a small file system."""
    return os.geteuid() == 0 and sys.platform == "linux"
