"""What a fleet costs: a sweep of a hundred databases against a shell's loop, and once five hundred."""

import os
import shlex
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.program import PROGRAM, environment, read_json, run_dirs, write_conf
from tests.servers import Server, load_sql

DATABASES = 100
LOOPED = 20
"""So many of them are read by the loop; in it, each costs the same as any other."""
PAIRS = 3
MANY = int(os.environ.get("DATALCHEMY_BENCH_DATABASES", "0"))
ALLOWED_WALL_RATIO = 0.3
"""Less than 0.1 is measured; the rest is room for a noisy machine."""
ALLOWED_CPU_SECONDS = 0.1
ALLOWED_RSS_BYTES = 300_000_000


@dataclass(frozen=True)
class Cost:
    """What a command cost, with its children.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of CPU.
        peak_bytes: memory of the largest process; never less than this process has, which the child begins as.
    """

    wall: float
    cpu: float
    peak_bytes: int


@pytest.fixture(scope="module")
def urls(server: Server) -> Iterator[list[str]]:
    """The URLs of ten small databases; each is read by many names, because making a database is not measured."""
    made = [server.new_database() for _ in range(10)]
    for url in made:
        _fill(url)
    yield made
    for url in made:
        server.drop_database(url)


def _fill(url: str) -> None:
    load_sql(url, "create table customer (id int primary key); create table purchase (id int references customer)")


def _cost(command: list[str], cwd: Path) -> Cost:
    """Run a command to its good end, and return what it cost."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def _sweep(urls: list[str], databases: int, cwd: Path) -> Cost:
    """Sweep over so many databases."""
    write_conf(cwd, **{f"shop_{number:04}": f"url: {urls[number % len(urls)]!r}\n" for number in range(databases)})
    cost = _cost([*PROGRAM, "-m", "-q", "+db=glob(*)"], cwd)
    (sweep,) = (cwd / "runs" / "sweeps").iterdir()
    assert read_json(sweep / "summary.json")["runs"] == {"succeeded": databases}
    return cost


def _loop(urls: list[str], databases: int, cwd: Path) -> Cost:
    """Read as many, one after the other, as a shell does."""
    cwd.mkdir()
    each = f'{shlex.join(PROGRAM)} introspect -q "$url" || exit'
    loop = f"for url in {shlex.join(urls)}; do {each}; done"
    cost = _cost(["bash", "-c", f"for turn in $(seq {databases // len(urls)}); do {loop}; done"], cwd)
    assert len(run_dirs(cwd)) == databases
    return cost


@pytest.mark.slow
def test_a_sweep_and_a_loop(urls: list[str], tmp_path: Path) -> None:
    """One process reads a hundred databases, each in a fraction of the time that a process of its own takes."""
    sweeps, loops, firsts = [], [], []
    for pair in range(PAIRS):
        firsts.append(_sweep(urls, 1, tmp_path / f"first-{pair}"))
        sweeps.append(_sweep(urls, DATABASES, tmp_path / f"sweep-{pair}"))
        loops.append(_loop(urls, LOOPED, tmp_path / f"loop-{pair}"))
    ratio = statistics.median(
        sweep.wall / DATABASES / (loop.wall / LOOPED) for sweep, loop in zip(sweeps, loops, strict=True)
    )
    job = statistics.median(
        (sweep.cpu - first.cpu) / (DATABASES - 1) for sweep, first in zip(sweeps, firsts, strict=True)
    )
    for name, costs in ((f"sweep over {DATABASES}", sweeps), (f"loop over {LOOPED}", loops)):
        each = ", ".join(f"{cost.wall:.2f} s wall, {cost.cpu:.2f} s CPU" for cost in costs)
        print(f"{name}: {each}")  # noqa: T201
    print(f"wall ratio {ratio:.3f}; {1000 * job:.1f} ms CPU a job beyond a sweep of one")  # noqa: T201
    assert ratio <= ALLOWED_WALL_RATIO
    assert job <= ALLOWED_CPU_SECONDS


@pytest.mark.slow
@pytest.mark.skipif(not MANY, reason="DATALCHEMY_BENCH_DATABASES says how many, such as 500")
def test_many(urls: list[str], tmp_path: Path) -> None:
    """Hundreds of databases in one process: how long, and how much memory."""
    cost = _sweep(urls, MANY, tmp_path)
    print(  # noqa: T201
        f"{MANY} databases: {cost.wall:.1f} s wall, {cost.cpu:.1f} s CPU, {cost.peak_bytes / 1e6:.0f} MB at most"
    )
    assert cost.cpu / MANY <= ALLOWED_CPU_SECONDS
    assert cost.peak_bytes <= ALLOWED_RSS_BYTES
