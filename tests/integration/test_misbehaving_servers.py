"""Servers that mean harm: every wait ends, no amount fills the memory, and the server is blamed."""

import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datalchemy.errors import ExitCode
from datalchemy.provision.base import until
from tests.acceptance.program import PROGRAM, environment, run_dirs, write_conf
from tests.integration.clusters import Cluster
from tests.integration.misbehaving import AFTER_LOGIN, BEFORE_LOGIN, HOURS_OF_SCRAM, MUCH, TOO_MUCH, misbehaving
from tests.integration.watching import Watched, watch

pytestmark = pytest.mark.slow

_QUICK: dict[str, Any] = {"connect_timeout_seconds": 1, "statement_timeout_seconds": 1, "read_timeout_seconds": 1}
_LONGEST_SECONDS = 15.0
_MOST_MEMORY_KB = 300_000
_OTHERS_FAULT = (ExitCode.CONNECTION, ExitCode.CATALOG)


def _each(modes: dict[str, Any], tried: Callable[[str], Watched], counted: Counter[str]) -> dict[str, Watched]:
    with ThreadPoolExecutor(8) as pool:
        ended = dict(zip(modes, pool.map(tried, modes), strict=True))
    counted["servers that mean harm"] += len(modes)
    return ended


def test_before_login(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server that does not let anybody in, in whatever way, ends the run with exit 3 and one attempt's time."""

    def tried(mode: str) -> Watched:
        with misbehaving(cluster.url(), before=BEFORE_LOGIN[mode]) as url:
            return watch(url, tmp_path / mode.replace(" ", "_"), db=_QUICK, retry={"attempts": 1})

    for mode, watched in _each(BEFORE_LOGIN, tried, faults).items():
        assert watched.outcome.exit_code is ExitCode.CONNECTION, (mode, watched.outcome.error)
        assert watched.outcome.duration_seconds < _LONGEST_SECONDS, mode


def test_after_login(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server whose answers are late, or are none that PostgreSQL gives, is blamed for it, and nothing hangs."""

    def tried(mode: str) -> Watched:
        with misbehaving(cluster.url(), after=AFTER_LOGIN[mode]) as url:
            return watch(url, tmp_path / mode.replace(" ", "_"), db=_QUICK, retry={"attempts": 1})

    ended = _each(AFTER_LOGIN, tried, faults)
    for mode, watched in ended.items():
        assert watched.outcome.exit_code in _OTHERS_FAULT, (mode, watched.outcome.error)
        assert watched.outcome.duration_seconds < _LONGEST_SECONDS, mode
        assert "report" not in str(watched.outcome.error), mode
    for late in ("silence", "a byte at a time", "never ready"):
        assert re.search(r"the server 127\.0\.0\.1 did not answer .* within 2 s", str(ended[late].outcome.error)), late
        assert ended[late].outcome.exit_code is ExitCode.CONNECTION
    for lack in ("disk full", "out of memory", "damaged data"):
        assert ended[lack].outcome.exit_code is ExitCode.CATALOG
        assert "the server 127.0.0.1 could not answer" in str(ended[lack].outcome.error)
    for nonsense in (
        "nulls",
        "nulls behind good rows",
        "a text for every type",
        "numbers of 5,000 digits",
        "columns without types",
        "copy out",
    ):
        assert ended[nonsense].outcome.exit_code is ExitCode.CATALOG, nonsense
        assert "the server 127.0.0.1 " in str(ended[nonsense].outcome.error), nonsense
        assert "as PostgreSQL does" in str(ended[nonsense].outcome.error), nonsense


def test_without_a_statement_timeout(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """Where no query has a limit, deadline_seconds still ends the run."""
    with misbehaving(cluster.url(), after=AFTER_LOGIN["silence"]) as url:
        unlimited = {"statement_timeout_seconds": 0}
        watched = watch(url, tmp_path, db=unlimited, top={"deadline_seconds": 1.5})
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert "within 1.5 s (deadline_seconds)" in str(watched.outcome.error)
    assert watched.outcome.duration_seconds < _LONGEST_SECONDS
    faults["deadline of a run"] += 1


@dataclass(frozen=True)
class _Process:
    code: int
    seconds: float
    memory_kb: int
    said: str


def _program(url: str, folder: Path, *, signal_after: str | None = None) -> _Process:
    """Run the program on a database; with `signal_after`, terminate it when its log holds that event."""
    lines = "\n".join(f"{key}: {value}" for key, value in _QUICK.items())
    if signal_after:
        lines = "connect_timeout_seconds: 30"
    write_conf(folder, harm=f"url: {url}\npassword: x\n{lines}\n")
    command = [*PROGRAM, "+db=harm", "retry=none", "-q"]
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stderr=said, stdin=subprocess.DEVNULL)
        if signal_after:
            assert until(lambda: signal_after in _log(folder), deadline_seconds=30, clock=time.monotonic)
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
        started, memory_kb = time.monotonic(), 0
        while process.poll() is None:
            memory_kb = max(memory_kb, _most_memory_kb(process.pid))
            time.sleep(0.02)
    seconds = time.monotonic() - started
    return _Process(process.returncode, seconds, memory_kb, (folder / "said").read_text())


def _most_memory_kb(pid: int) -> int:
    """Return what a process has used at the most so far; rusage would count what was ours before it started."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def _log(folder: Path) -> str:
    return "".join((run / "logs.ndjson").read_text() for run in run_dirs(folder) if (run / "logs.ndjson").exists())


@pytest.mark.parametrize("mode", [*TOO_MUCH, *MUCH])
def test_too_much(mode: str, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server that sends without end, or things of absurd size, fills neither the memory nor the day."""
    with misbehaving(cluster.url(), after=(TOO_MUCH | MUCH)[mode]) as url:
        ended = _program(url, tmp_path)
    assert ended.memory_kb < _MOST_MEMORY_KB
    assert ended.seconds < _LONGEST_SECONDS
    if mode in TOO_MUCH:
        assert ended.code == ExitCode.CONNECTION, ended.said
        assert re.search("sent more than .* MB in answer to|did not answer .* within 2 s", ended.said), ended.said
    faults["amounts without end"] += 1


def test_hours_of_scram(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A login that would compute for an hour is given up, though nothing can interrupt it."""
    with misbehaving(cluster.url(), before=HOURS_OF_SCRAM) as url:
        ended = _program(url, tmp_path)
    assert ended.code == ExitCode.CONNECTION, ended.said
    assert "the login did not end within" in ended.said
    assert ended.seconds < _LONGEST_SECONDS
    faults["servers that mean harm"] += 1


@pytest.mark.parametrize("server", ["computes", "is silent"])
def test_terminated_while_waiting(server: str, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """SIGTERM ends any wait at once: for a login that computes, and for an answer of a server that is silent."""
    computes = server == "computes"
    modes: dict[str, Any] = {"before": HOURS_OF_SCRAM} if computes else {"after": AFTER_LOGIN["silence"]}
    with misbehaving(cluster.url(), **modes) as url:
        ended = _program(url, tmp_path, signal_after="connection_attempt" if computes else '"connected"')
    assert ended.code == ExitCode.TERMINATED, ended.said
    assert ended.seconds < 4  # it takes about one; a loaded machine may take longer
    assert '"status": "interrupted"' in (run_dirs(tmp_path)[0] / "manifest.json").read_text()
    faults["terminated while waiting"] += 1
