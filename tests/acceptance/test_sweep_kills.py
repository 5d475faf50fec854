"""A sweep that is ended at any moment, gently or not: each planned job has a status that is true."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from datalchemy.registry.listing import runs
from datalchemy.registry.manifest import RunStatus, read_manifest
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweeps import SweepSeen, read_sweep, sweep_folders
from tests.acceptance.killing import start
from tests.acceptance.program import ROOT, datalchemy, environment, write_conf
from tests.servers import Server

pytestmark = pytest.mark.slow

JOBS = 20
LONGEST_SECONDS = 1.5
FOUND_OUT_SECONDS = 1.0
"""So long after the process has ended, nothing is said to run any more."""

# Sweeps in forked children, which have the imports behind them; each is sent a signal some time after its plan was
# written. One of the jobs is wrong, and one database is down.
_SWEEPS = """
import os, signal, sys, time
from pathlib import Path
import datalchemy.adapters.postgres.adapter, structlog, networkx, tenacity
from datalchemy.cli.process import prepare_process
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.fleet import PlannedJob, plan_fleet, run_fleet
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.vault import Vault

runs_dir, url, number, jobs, *moments = sys.argv[1:]

def planned(place):
    for job in range(int(jobs)):
        db = {"url": url} if job != 4 else {"host": "127.0.0.1", "port": 1, "dbname": "d", "user": "u"}
        settings = load_settings({"db": db, "output": {"runs_dir": place}})
        yield PlannedJob(number=job, database=f"d{job}", settings=ConfigurationError("no") if job == 3 else settings)

def sweep(place, told):
    prepare_process()
    known = {"vault": Vault(), "environ": os.environ}
    fleet = plan_fleet(list(planned(place)), runs_dir=place, **known)
    os.write(told, b"x")
    return run_fleet(fleet, workers=4, **known).summary.exit_code

for trial, moment in enumerate(moments):
    begun, told = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = sweep(Path(runs_dir, str(trial)), told)
        except KeyboardInterrupt as interruption:  # before the first job
            code = getattr(interruption, "exit_code", 130)
        finally:
            os._exit(code)
    os.close(told)
    os.read(begun, 1)
    time.sleep(float(moment))
    os.kill(child, int(number))
    sent = time.monotonic()
    _, status = os.waitpid(child, 0)
    os.close(begun)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - sent, flush=True)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_each_job_has_a_true_status(number: int, code: int, server: Server, tmp_path: Path) -> None:
    """Ctrl-C, a termination and a kill at any moment: nothing is said to run, and each job is told as it ended."""
    trials = int(os.environ.get("DATALCHEMY_TEST_KILLS", "3"))
    url = server.new_database()
    moments = [f"{random.uniform(0, LONGEST_SECONDS):.3f}" for _ in range(trials)]  # noqa: S311  # no secret
    done = subprocess.run(
        [sys.executable, "-c", _SWEEPS, str(tmp_path), url, str(int(number)), str(JOBS), *moments],
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for trial, line in enumerate(done.stdout.splitlines()):
        ended, seconds = line.split()
        (folder,) = sweep_folders(tmp_path / str(trial))
        seen = read_sweep(folder)
        print(moments[trial], line, seen.summary.runs)  # noqa: T201  # pytest shows it where a trial fails
        assert int(ended) == (3 if seen.summary.complete else code)
        assert float(seconds) < 5
        _check(seen)
        if number != signal.SIGKILL:
            # The file itself says it, without a reader's help.
            assert json.loads((folder / "summary.json").read_text())["runs"] == seen.summary.runs
            assert seen.summary.exit_code == (int(ended) if seen.summary.finished_at else None)
    server.drop_database(url)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_the_program_says_so_within_a_second(number: int, code: int, server: Server, tmp_path: Path) -> None:
    """The program is ended as its users end it: a second later its own `runs` shows each planned job as it ended."""
    url = server.new_database()
    good = [f"shop_{job:02}" for job in range(10)]
    databases = {**dict.fromkeys(good, f"url: {url!r}\n"), "down": "host: 127.0.0.1\nport: 1\n", "file": "host: [x\n"}
    for trial in range(int(os.environ.get("DATALCHEMY_TEST_KILLS", "2"))):
        cwd = tmp_path / str(trial)
        write_conf(cwd, **databases)
        words = ["-m", "+db=glob(*)", "sweep.workers=2", "retry.attempts=2", "retry.initial_wait_seconds=0.4"]
        ended = _end(start(words, cwd), number, cwd)
        at = time.monotonic()
        time.sleep(random.uniform(0, FOUND_OUT_SECONDS / 3))  # noqa: S311  # no secret
        (folder,) = sweep_folders(cwd / "runs")
        summary = read_sweep(folder).summary
        assert time.monotonic() - at < FOUND_OUT_SECONDS
        print(ended, summary.runs)  # noqa: T201  # pytest shows it where a trial fails
        # A sweep that is complete may still be on its way out.
        assert ended in ({3, code, -number} if summary.complete else {code})
        statuses = {str(job.database): job.status.value for job in summary.jobs}
        assert sorted(statuses) == sorted(databases)
        assert set(statuses.values()) <= {"succeeded", "failed", "interrupted", "not_begun"}
        assert {name for name, status in statuses.items() if status == "failed"} <= {"down", "file"}
        _check_what_the_program_says(cwd, summary.jobs)
    server.drop_database(url)


def _end(process: subprocess.Popen[str], number: int, cwd: Path) -> int:
    """Send a signal some time after the plan was written, and return the exit code."""
    deadline = time.monotonic() + 60
    while not list(cwd.glob("runs/sweeps/*/summary.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(random.uniform(0, LONGEST_SECONDS / 2))  # noqa: S311  # no secret
    process.send_signal(number)
    return process.wait(30)


def _check_what_the_program_says(cwd: Path, jobs: Sequence[SweepJob]) -> None:
    (sweep,) = json.loads(datalchemy("runs", "list", "--sweeps", "--json", cwd=cwd).stdout)
    assert sweep["status"] != "running"
    assert sweep["runs"] == Counter(job.status.value for job in jobs)
    listed = json.loads(datalchemy("runs", "list", "--json", cwd=cwd).stdout)
    found = {Path(one["path"]).name: one["status"] for one in listed}
    assert "running" not in found.values()
    assert found.items() <= {str(job.run_dir): job.status.value for job in jobs}.items()


def _check(seen: SweepSeen) -> None:
    runs_dir = seen.path.parent.parent
    assert not seen.going_on
    assert [job.job for job in seen.summary.jobs] == list(range(JOBS))
    assert "running" not in seen.summary.runs
    for job in seen.summary.jobs:
        _check_job(job, seen, runs_dir)
    found = {run.path.name: run.status for run in runs(runs_dir)}
    assert RunStatus.RUNNING not in found.values()
    assert found == {
        str(job.run_dir): RunStatus(job.status.value) for job in seen.summary.jobs if str(job.run_dir) in found
    }
    if seen.summary.complete:
        assert Counter(job.exit_code for job in seen.summary.jobs) == {0: JOBS - 2, 2: 1, 3: 1}


def _check_job(job: SweepJob, seen: SweepSeen, runs_dir: Path) -> None:
    has_begun = (seen.path / "jobs" / f"{job.job:05d}.json").exists()
    assert has_begun == (job.status is not JobStatus.NOT_BEGUN)
    if job.status in {JobStatus.SUCCEEDED, JobStatus.FAILED}:
        manifest = read_manifest(runs_dir / str(job.run_dir))
        assert (manifest.status.value, manifest.exit_code) == (job.status.value, job.exit_code)
        assert job.status is JobStatus.FAILED or job.tables == 0
