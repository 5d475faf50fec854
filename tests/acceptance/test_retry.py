"""`runs retry`: what a sweep did not bring to a good end is run again, as a sweep of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.program import CANARY, PROGRAM, datalchemy, environment, leaks, read_json, run_dirs, write_conf
from tests.integration.proxies import free_port

LoadSql = Callable[[str, Path | str], None]


def _sweeps(cwd: Path, runs: str = "runs") -> list[dict[str, Any]]:
    """Return the summaries of the sweeps, oldest first."""
    found = [read_json(file) for file in (cwd / runs / "sweeps").glob("*/summary.json")]
    return sorted(found, key=lambda summary: summary["started_at"])


def _jobs(summary: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(job["database"], job["status"], job["overrides"]) for job in summary["jobs"]]


def test_what_failed_is_run_again(database: str, load_sql: LoadSql, tmp_path: Path) -> None:
    """The jobs that failed run with their overrides; once all have succeeded, there is nothing to repeat."""
    load_sql(database, "create table book (id int primary key)")
    down = f"host: 127.0.0.1\nport: {free_port()}\ndbname: x\n"
    write_conf(tmp_path, prod=f"url: {database}\n", stage=down, **{"eu west": "host: [x\n"})
    words = ("-m", "+db=prod,stage,eu west", "retry=none", "output.runs_dir=reg")
    assert datalchemy(*words, cwd=tmp_path).code == 3
    dry = datalchemy("runs", "retry", "--run-dir", "reg", "--dry-run", cwd=tmp_path)
    assert dry.stdout.splitlines() == [
        "datalchemy +db=stage retry=none output.runs_dir=reg",
        "datalchemy '+db=eu west' retry=none output.runs_dir=reg",
    ]
    assert len(_sweeps(tmp_path, "reg")) == 1

    write_conf(tmp_path, stage=f"url: {database}\n", **{"eu west": f"url: {database}\n"})
    done = datalchemy("runs", "retry", "--run-dir", "reg", cwd=tmp_path)
    assert done.code == 0, done.text
    first, second = _sweeps(tmp_path, "reg")
    assert (first["repeats"], second["repeats"]) == (None, first["sweep"])
    assert _jobs(second) == [
        ("stage", "succeeded", ["+db=stage", "retry=none", "output.runs_dir=reg"]),
        ("eu west", "succeeded", ["+db=eu west", "retry=none", "output.runs_dir=reg"]),
    ]
    assert len(run_dirs(tmp_path, "reg")) == 5
    assert not (tmp_path / "runs").exists()

    again = datalchemy("runs", "retry", "--run-dir", "reg", cwd=tmp_path)
    assert (again.code, again.stderr) == (0, "")
    assert again.stdout.startswith("nothing to repeat: all 2 job(s) of sweep ")
    document = json.loads(datalchemy("runs", "retry", "--run-dir", "reg", "--json", cwd=tmp_path).stdout)
    assert (document["kind"], document["status"]) == ("datalchemy.sweep", "succeeded")
    assert len(_sweeps(tmp_path, "reg")) == 2


def test_a_quiet_retry(database: str, tmp_path: Path) -> None:
    """With -q a retry prints only errors: nothing where all is well, or where there is nothing to repeat."""
    write_conf(tmp_path, prod="host: [x\n")
    assert datalchemy("-m", "+db=prod", cwd=tmp_path).code == 2
    failed = datalchemy("runs", "retry", "-q", cwd=tmp_path)
    assert (failed.code, failed.stdout) == (2, "")
    assert failed.stderr.count("datalchemy: error: ") == 1
    write_conf(tmp_path, prod=f"url: {database}\n")
    for _ in range(2):
        done = datalchemy("runs", "retry", "--quiet", cwd=tmp_path)
        assert (done.code, done.text) == (0, "")
    assert datalchemy("runs", "retry", "-q", "-v", cwd=tmp_path).code == 2


def test_a_sweep_that_was_killed(database: str, tmp_path: Path) -> None:
    """After a kill, what it interrupted and what never began is run, and what succeeded is not."""
    names = [f"d{number}" for number in range(12)]
    write_conf(tmp_path, **dict.fromkeys(names, f"url: {database}\n"))
    command = [*PROGRAM, "-m", f"+db={','.join(names)}", "sweep.workers=1"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while len(list(tmp_path.glob("runs/sweeps/*/jobs/*"))) < 3 and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    shown = json.loads(datalchemy("runs", "list", "--sweeps", "--json", cwd=tmp_path).stdout)[0]
    left = len(names) - shown["runs"].get("succeeded", 0)
    assert 0 < left < len(names)

    done = datalchemy("runs", "retry", shown["sweep_id"], cwd=tmp_path)
    assert done.code == 0, done.text
    (second,) = [summary for summary in _sweeps(tmp_path) if summary["repeats"]]
    assert [name for name, status, _ in _jobs(second) if status == "succeeded"] == names[-left:]


@pytest.mark.parametrize("word", ["db.password={}", "db.url=postgresql://u:{}@127.0.0.1:1/d"])
def test_a_secret_was_typed(word: str, tmp_path: Path) -> None:
    """An override whose secret was masked is refused with what to do, and the secret is nowhere."""
    write_conf(tmp_path, stage="host: 127.0.0.1\nport: 1\ndbname: x\n")
    assert datalchemy("-m", "+db=stage", "retry=none", word.format(CANARY), cwd=tmp_path).code == 3
    refused = datalchemy("runs", "retry", cwd=tmp_path)
    assert refused.code == 6
    assert "had a secret on its command line" in refused.stderr
    assert "hint: give it by a reference" in refused.stderr
    assert CANARY not in refused.text
    assert not leaks(tmp_path)
    assert len(_sweeps(tmp_path)) == 1


def test_what_cannot_be_repeated(tmp_path: Path) -> None:
    """No sweep, a run instead of one, and a database's file that is gone are said in one message."""
    assert "there is no registry at runs" in datalchemy("runs", "retry", cwd=tmp_path).stderr
    write_conf(tmp_path, stage="host: 127.0.0.1\nport: 1\ndbname: x\n")
    assert datalchemy("+db=stage", "retry=none", cwd=tmp_path).code == 3
    assert "there is no sweep in runs" in datalchemy("runs", "retry", cwd=tmp_path).stderr
    assert "is a run, and a sweep is expected" in datalchemy("runs", "retry", "latest", cwd=tmp_path).stderr
    assert datalchemy("-m", "+db=stage", "retry=none", cwd=tmp_path).code == 3
    (tmp_path / "conf" / "db" / "stage.yaml").unlink()
    gone = datalchemy("runs", "retry", cwd=tmp_path)
    assert gone.code == 2
    assert "cannot be repeated: there is no database 'stage'" in gone.stderr
    assert gone.stderr.count("error: ") == 1
