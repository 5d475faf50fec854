"""The records of a sweep: what a reader sees after any end, and that it is true."""

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from datalchemy.errors import RegistryError
from datalchemy.registry.layout import run_name
from datalchemy.registry.manifest import Captured, RunFailure, RunStatus
from datalchemy.registry.records import JobStatus, SweepJob
from datalchemy.registry.sweeps import (
    SweepRecord,
    begin_sweep,
    fingerprint_groups,
    read_sweep,
    sweep_folders,
    write_job,
)
from datalchemy.secrets.vault import Vault
from tests.unit.registering import CANARY, NOON, change_manifest, files, start

pytestmark = pytest.mark.invented_artefacts("config.json")


def planned(*names: str) -> list[SweepJob]:
    """Return the plan of a sweep over these databases."""
    return [SweepJob(job=number, database=name, host="h", dbname=name) for number, name in enumerate(names)]


def begin(tmp_path: Path, *names: str, vault: Vault | None = None) -> SweepRecord:
    """Begin a sweep at noon."""
    return begin_sweep(tmp_path, planned(*names), vault=vault or Vault(), clock=lambda: NOON)


def statuses(sweep: SweepRecord) -> list[str]:
    """Return what a reader sees of each job."""
    seen = read_sweep(sweep.path, clock=lambda: NOON)
    assert sum(seen.summary.runs.values()) == len(seen.summary.jobs)
    assert [job.job for job in seen.summary.jobs] == list(range(len(seen.summary.jobs)))
    return [job.status.value for job in seen.summary.jobs]


def running(job: SweepJob, run_dir: Path | None = None) -> SweepJob:
    """Return the record of a job that begins."""
    run_id = run_dir.name.rpartition("_")[2] if run_dir else "0"
    name = run_dir.name if run_dir else run_name(NOON, "0")
    return job.model_copy(update={"status": JobStatus.RUNNING, "run_id": run_id, "run_dir": name})


def test_the_plan_is_there_before_the_first_job(tmp_path: Path) -> None:
    """A sweep that has only begun can be read: every job by number and name, none begun, no end."""
    sweep = begin(tmp_path, "eu/prod", "weiß")
    seen = read_sweep(sweep.path, clock=lambda: NOON)
    assert seen.status is RunStatus.RUNNING
    assert [(job.database, job.status.value) for job in seen.summary.jobs] == [
        ("eu/prod", "not_begun"),
        ("weiß", "not_begun"),
    ]
    assert (seen.summary.started_at, seen.summary.finished_at, seen.summary.exit_code) == (NOON, None, None)
    assert seen.summary.runs == {"not_begun": 2}
    assert files(sweep.path) == [".lease", "summary.json"]
    sweep.let_go()
    assert read_sweep(sweep.path).status is RunStatus.INTERRUPTED
    assert statuses(sweep) == ["not_begun", "not_begun"]


def test_a_job_that_runs_is_seen_as_long_as_its_process_lives(tmp_path: Path) -> None:
    """A job is running from its record on, with or without its run's folder; of a dead process it is interrupted."""
    sweep = begin(tmp_path, "a", "b", "c")
    first, second, _ = sweep.jobs
    sweep.record(running(first))
    run = start(tmp_path)
    sweep.record(running(second, run.path))
    assert statuses(sweep) == ["running", "running", "not_begun"]
    sweep.let_go()  # as when the process is killed
    assert statuses(sweep) == ["interrupted", "running", "not_begun"]
    assert read_sweep(sweep.path).going_on  # a launcher's process may outlive ours
    run.let_go()
    assert statuses(sweep) == ["interrupted", "interrupted", "not_begun"]
    seen = read_sweep(sweep.path)
    assert [job.run_dir for job in seen.summary.jobs] == [None, run.path.name, None]
    assert not seen.going_on


def test_a_run_that_ended_without_its_record_is_asked_itself(tmp_path: Path) -> None:
    """A process killed between a run's end and the job's record: the run's manifest says how it ended."""
    sweep = begin(tmp_path, "a", "b")
    good = start(tmp_path)
    captured = Captured(database="a", engine_version="18.1", tables=3, fingerprint="f" * 64)
    good.finish(RunStatus.SUCCEEDED, captured=captured)
    bad = start(tmp_path)
    bad.finish(RunStatus.FAILED, error=RegistryError("no space", remedy="make some"))
    for job, run in zip(sweep.jobs, (good, bad), strict=True):
        sweep.record(running(job, run.path))
    sweep.let_go()
    first, second = read_sweep(sweep.path).summary.jobs
    assert (first.status, first.exit_code, first.tables, first.fingerprint) == (JobStatus.SUCCEEDED, 0, 3, "f" * 64)
    assert (second.status, second.exit_code) == (JobStatus.FAILED, 6)
    assert second.error == RunFailure(code="registry", message="no space", remedy="make some")


@pytest.mark.invented_artefacts("config.json", "manifest.json")
def test_a_manifest_that_cannot_be_believed_says_nothing(tmp_path: Path) -> None:
    """A job whose run's manifest was changed or deleted counts as interrupted, and the others are still shown."""
    sweep = begin(tmp_path, "a", "b", "c")
    runs = [start(tmp_path) for _ in sweep.jobs]
    for job, run in zip(sweep.jobs, runs, strict=True):
        sweep.record(running(job, run.path))
        run.let_go()
    change_manifest(runs[0].path, kind="other")
    (runs[1].path / "manifest.json").unlink()
    sweep.let_go()
    assert statuses(sweep) == ["interrupted"] * 3


def test_the_end(tmp_path: Path) -> None:
    """The last summary has each job's end, the counts, the groups and the exit code; the lease is gone."""
    sweep = begin(tmp_path, "a", "b", "c")
    a, b, c = sweep.jobs
    good = {"status": JobStatus.SUCCEEDED, "exit_code": 0, "tables": 2, "fingerprint": "f" * 64}
    sweep.record(c.model_copy(update=good))
    sweep.record(a.model_copy(update=good))
    error = RunFailure(code="connection_failed", message="refused")
    sweep.record(b.model_copy(update={"status": JobStatus.FAILED, "exit_code": 3, "error": error}))
    written = sweep.finish(complete=True)
    seen = read_sweep(sweep.path)
    assert seen.summary == written
    assert seen.status is RunStatus.FAILED
    assert (written.runs, written.exit_code, written.complete) == ({"failed": 1, "succeeded": 2}, 3, True)
    assert written.finished_at == NOON
    assert [(group.fingerprint, group.databases) for group in written.groups] == [("f" * 64, ("a", "c"))]
    assert files(sweep.path) == ["jobs", "summary.json"]


def test_jobs_of_other_processes_are_taken_in_at_the_end(tmp_path: Path) -> None:
    """What a launcher's process wrote of its job is in the last summary; one that it left running is interrupted."""
    sweep = begin(tmp_path, "a", "b", "c")
    a, b, _ = sweep.jobs
    write_job(sweep.path, a.model_copy(update={"status": JobStatus.SUCCEEDED, "exit_code": 0}), Vault())
    write_job(sweep.path, running(b), Vault())
    assert sweep.finish(130, complete=False).runs == {"interrupted": 1, "not_begun": 1, "succeeded": 1}
    assert statuses(sweep) == ["succeeded", "interrupted", "not_begun"]


@pytest.mark.invented_artefacts("config.json", "00000.json")
def test_a_record_that_cannot_be_read_hinders_no_end(tmp_path: Path) -> None:
    """A job whose record was spoiled had begun, and is interrupted; the summary of the others is written."""
    sweep = begin(tmp_path, "a", "b")
    sweep.record(running(sweep.jobs[0]))
    (sweep.path / "jobs" / "00000.json").write_text("{")
    with pytest.raises(RegistryError, match=r"00000.json is not a sweep's record"):
        read_sweep(sweep.path)
    assert sweep.finish(130, complete=False).runs == {"interrupted": 1, "not_begun": 1}
    assert statuses(sweep) == ["interrupted", "not_begun"]


def test_the_first_end_of_a_job_counts(tmp_path: Path) -> None:
    """A thread that was left behind changes no record of a job that has its end, or of a sweep that is finished."""
    sweep = begin(tmp_path, "a", "b")
    a, b = sweep.jobs
    failed = {"status": JobStatus.FAILED, "exit_code": 3}
    sweep.record(a.model_copy(update=failed))
    sweep.record(a.model_copy(update={"status": JobStatus.SUCCEEDED, "exit_code": 0}))
    sweep.record(running(a))
    sweep.finish(130, complete=False)
    sweep.record(b.model_copy(update=failed))
    assert statuses(sweep) == ["failed", "not_begun"]
    assert files(sweep.path / "jobs") == ["00000.json"]


def test_the_summary_is_written_again_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that end within a second of the last summary are in the next one."""
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    sweep = begin(tmp_path, "a", "b")

    def runs() -> Any:
        return json.loads((sweep.path / "summary.json").read_text())["runs"]

    now = 0.9
    sweep.record(sweep.jobs[0].model_copy(update={"status": JobStatus.SUCCEEDED, "exit_code": 0}))
    sweep.refresh()
    assert runs() == {"not_begun": 2}
    now = 1.0
    sweep.refresh()
    assert runs() == {"not_begun": 1, "succeeded": 1}
    sweep.let_go()


def test_no_secret_is_written(tmp_path: Path) -> None:
    """Names, overrides and errors are scrubbed, also of a secret that became known later; numbers and words stay."""
    vault = Vault()
    vault.remember("4321")
    sweep = begin(tmp_path, f"db-{CANARY}", vault=vault)
    (job,) = sweep.jobs
    error = RunFailure(code="x", message=f"no {CANARY}", remedy=f"ask {CANARY}")
    texts = {"overrides": (f"db.host={CANARY}",), "host": CANARY, "dbname": CANARY, "fingerprint": "4321" * 16}
    ended = job.model_copy(
        update={"status": JobStatus.FAILED, "exit_code": 2, "error": error, "tables": 4321, "duration_seconds": 4321.0}
        | texts
    )
    sweep.record(ended)
    vault.remember(CANARY)
    assert sweep.remove_secrets() == ("jobs/00000.json",)
    sweep.finish(2, complete=True)
    found = "".join(file.read_text() for file in sweep.path.rglob("*.json"))
    assert CANARY not in found
    (seen,) = read_sweep(sweep.path).summary.jobs
    assert (seen.tables, seen.fingerprint, seen.database) == (4321, "4321" * 16, "db-***")


def test_groups_come_largest_first_then_as_planned() -> None:
    """Databases of one structure are one group; jobs without a structure are in none."""
    jobs = [
        SweepJob(job=number, database=name, dbname="d", fingerprint=key)
        for number, (name, key) in enumerate(
            [("a", "x"), ("b", "y"), (None, "z"), ("c", "y"), ("d", None), ("b", "y"), ("e", "w")]
        )
    ]
    assert [(group.fingerprint, group.databases) for group in fingerprint_groups(jobs)] == [
        ("y", ("b", "c")),
        ("x", ("a",)),
        ("z", ("d",)),
        ("w", ("e",)),
    ]


@pytest.mark.parametrize("lives", [True, False])
def test_every_planned_job_is_there_once_whatever_was_written(lives: bool, tmp_path: Path) -> None:
    """Whatever was written when the process was killed, each planned job is read once, with a status that is true."""
    states = ["planned", "began", "folder", "ended", "recorded"] * 2
    sweep = begin(tmp_path, *states)
    runs = []
    for job, state in zip(sweep.jobs, states, strict=True):
        if state == "began":
            sweep.record(running(job))
        elif state != "planned":
            run = start(tmp_path)
            runs.append(run)
            sweep.record(running(job, run.path))
            if state != "folder":
                run.finish(RunStatus.SUCCEEDED)
            if state == "recorded":
                sweep.record(job.model_copy(update={"status": JobStatus.SUCCEEDED, "exit_code": 0}))
    if not lives:
        sweep.let_go()
        for run in runs:
            run.let_go()
    cut = "running" if lives else "interrupted"
    assert statuses(sweep) == ["not_begun", cut, cut, "succeeded", "succeeded"] * 2


_KILLED = """
import os, signal, sys
from pathlib import Path
from datalchemy.registry.records import SweepJob
from datalchemy.registry.run import Registry
from datalchemy.registry.sweeps import begin_sweep
from datalchemy.secrets.vault import Vault
from tests.unit.registering import start
from tests.unit.test_sweeps import running
runs_dir = Path(sys.argv[1])
sweep = begin_sweep(runs_dir, [SweepJob(job=0), SweepJob(job=1), SweepJob(job=2)], vault=Vault())
run = start(runs_dir)
sweep.record(running(sweep.jobs[0], run.path))
sweep.record(running(sweep.jobs[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_sigkill_nothing_runs(tmp_path: Path) -> None:
    """The moment after its process was killed, no job of a sweep is said to run."""
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    (folder,) = sweep_folders(tmp_path)
    begun = time.monotonic()
    seen = read_sweep(folder)
    assert seen.summary.runs == {"interrupted": 2, "not_begun": 1}
    assert not seen.going_on
    assert time.monotonic() - begun < 1


def test_only_folders_of_sweeps_are_found(tmp_path: Path) -> None:
    """Sweeps come oldest first; links and what has another name are left out."""
    assert sweep_folders(tmp_path) == ()
    made = [
        begin_sweep(tmp_path, [], vault=Vault(), clock=lambda hours=hours: NOON + timedelta(hours=hours)).path  # type: ignore[misc]
        for hours in (1, 0)
    ]
    (tmp_path / "sweeps" / "other").mkdir()
    (tmp_path / "sweeps" / "2026-99-10T12-34-56Z__sweep_1").mkdir()
    (tmp_path / "sweeps" / "2026-01-10T12-34-56Z__sweep_link").symlink_to(made[0])
    assert sweep_folders(tmp_path) == (made[1], made[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a sweep that ended."""
    sweep = begin(tmp_path, "a")
    sweep.finish(0, complete=False)
    return sweep.path


@pytest.mark.invented_artefacts("summary.json")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "EOF"),
        ("[]", "nothing in it says"),
        ('{"kind": "datalchemy.run"}', "nothing in it says"),
        ('{"kind": "datalchemy.sweep", "sweep_version": 3}', "it is of version 3, and this program knows 1 and 2"),
        ('{"kind": "datalchemy.sweep", "sweep_version": 2}', "sweep: Field required"),
    ],
)
def test_what_is_no_summary_is_refused(content: str, said: str, folder: Path) -> None:
    """A file that is not a sweep's summary, or of a later version, is named with its fault."""
    (folder / "summary.json").write_text(content)
    with pytest.raises(RegistryError) as refused:
        read_sweep(folder)
    assert f"{folder / 'summary.json'} is not a sweep's record: " in refused.value.message
    assert said in refused.value.message


def test_a_folder_without_a_summary_is_refused(tmp_path: Path) -> None:
    """A process that was killed before its plan was written planned nothing."""
    with pytest.raises(RegistryError, match="it is not there"):
        read_sweep(tmp_path)


@pytest.mark.invented_artefacts("summary.json")
def test_a_summary_of_version_1_is_read(folder: Path) -> None:
    """A sweep of before is shown; what it did not record is absent."""
    job = {
        "job": 0,
        "database": "a",
        "overrides": ["+db=a"],
        "run_id": "1",
        "run_dir": "2026-01-10T12-34-56Z__run_1",
        "status": "succeeded",
        "exit_code": 0,
        "error": None,
        "duration_seconds": 0.5,
        "tables": 2,
        "warnings": 0,
    }
    old = {"kind": "datalchemy.sweep", "sweep_version": 1, "sweep": folder.name, "exit_code": 0, "complete": True}
    (folder / "summary.json").write_text(json.dumps(old | {"runs": {"succeeded": 1}, "jobs": [job]}))
    seen = read_sweep(folder)
    assert seen.status is RunStatus.SUCCEEDED
    assert seen.summary.started_at == NOON
    assert (seen.summary.jobs[0].tables, seen.summary.jobs[0].fingerprint) == (2, None)


def test_a_registry_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the place of the registry's folder is an error with its cause, not a traceback."""
    (tmp_path / "sweeps").write_text("")
    with pytest.raises(RegistryError, match="a file of that name is in the way"):
        begin(tmp_path, "a")
