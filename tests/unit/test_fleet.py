"""The sweep engine: every planned job is run once, or is said not to have been."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from datalchemy.cli.process import Terminated
from datalchemy.deadline import LEFT_BEHIND
from datalchemy.errors import ConfigurationError, ConnectionFailedError, DatalchemyError, ExitCode, StrictError
from datalchemy.introspector import fleet as fleet_module
from datalchemy.introspector.fleet import FleetEnd, JobEnd, PlannedJob, end_fleet, plan_fleet, run_fleet, run_job
from datalchemy.introspector.record import Recorder, RunOutcome
from datalchemy.introspector.settings import load_settings
from datalchemy.introspector.stop import Stop
from datalchemy.registry.layout import run_id_in
from datalchemy.registry.listing import runs
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunStatus, read_manifest
from datalchemy.registry.sweeps import SweepRecord, read_sweep
from datalchemy.secrets.vault import Vault
from tests.unit.registering import CANARY

ENVIRON = {"SHOP_HOST": "shop.example"}


def planned(runs_dir: Path, *databases: str, **db: Any) -> list[PlannedJob]:
    """Return a plan over these databases: `name@host:port`."""
    jobs = []
    for number, text in enumerate(databases):
        name, _, place = text.partition("@")
        host, _, port = place.partition(":")
        values = {"dbname": name, "host": host or "h", "port": int(port or 5432), **db}
        settings = load_settings({"db": values, "output": {"runs_dir": runs_dir}})
        jobs.append(PlannedJob(number=number, database=name, settings=settings))
    return jobs


def good(settings: Any, **facts: Any) -> RunOutcome:
    """Stand in for a run that succeeds and leaves no folder."""
    return RunOutcome(status=RunStatus.SUCCEEDED, exit_code=ExitCode.OK, duration_seconds=0.1)


def bad(error: DatalchemyError) -> RunOutcome:
    """Stand in for a run that fails and leaves no folder."""
    return RunOutcome(status=RunStatus.FAILED, exit_code=error.exit_code, duration_seconds=0.1, error=error)


def recorded(work: Callable[..., Any]) -> Callable[..., RunOutcome]:
    """Return what records a run that does `work`."""

    def do(settings: Any, *, run_dir: Path, stop: Stop, vault: Vault, observer: Any, **_: Any) -> RunOutcome:
        facts: Mapping[str, Any] = {
            "overrides": (),
            "clock": utc_now,
            "engine": None,
            "run_id": run_id_in(run_dir.name),
        }
        recorder = Recorder(settings, vault=vault, observer=observer, run_dir=run_dir, stop=stop, **facts)
        return recorder.record(lambda run, events: work(str(settings.db.dbname and settings.db.dbname.shown()), events))

    return do


def go(jobs: list[PlannedJob], runs_dir: Path, **options: Any) -> FleetEnd:
    """Plan and run a fleet."""
    known: dict[str, Any] = {"vault": Vault(), "environ": ENVIRON}
    return run_fleet(plan_fleet(jobs, runs_dir=runs_dir, **known), **{"work": good, **known, **options})


def statuses(end: FleetEnd) -> dict[str | None, str]:
    """Return the status of each database, which a reader sees as well."""
    seen = read_sweep(end.path)
    assert seen.summary == end.summary
    assert not seen.going_on
    assert [job.job for job in end.summary.jobs] == list(range(len(end.summary.jobs)))
    return {job.database: job.status.value for job in end.summary.jobs}


def test_every_job_runs_once_and_is_told_in_this_thread(tmp_path: Path) -> None:
    """Forty jobs on eight threads: each runs once, and each beginning and end is told where the sweep was called."""
    ran: Counter[str] = Counter()
    told: list[tuple[str, str | None, int]] = []
    here = threading.get_ident()

    def work(settings: Any, **_: Any) -> RunOutcome:
        ran[str(settings.db.dbname and settings.db.dbname.shown())] += 1
        return good(settings)

    def tell(end: JobEnd) -> None:
        assert (threading.get_ident(), end.planned, end.error) == (here, 40, None)
        assert end.record.exit_code == 0
        told.append(("ended", end.job.database, end.ended))

    def begun(job: PlannedJob) -> None:
        told.append(("began", job.database, 0))

    names = [f"d{number}" for number in range(40)]
    end = go(planned(tmp_path, *names), tmp_path, work=work, ended=tell, begun=begun)
    assert ran == Counter(names)
    assert statuses(end) == dict.fromkeys(names, "succeeded")
    assert [number for what, _, number in told if what == "ended"] == list(range(1, 41))
    assert Counter(name for _, name, _ in told) == Counter(names * 2)
    assert (end.summary.exit_code, end.summary.complete, end.faults) == (0, True, ())


def test_a_sweep_without_jobs_ends(tmp_path: Path) -> None:
    """Nothing planned is nothing run, and a summary that says so."""
    assert go([], tmp_path).summary.runs == {}


def test_the_plan_names_the_servers(tmp_path: Path) -> None:
    """Host and dbname are in the plan, references looked up; a job that is wrong, or says nothing, has none."""
    jobs = planned(tmp_path, "a", host="<env:SHOP_HOST>")
    unset, wrong = planned(tmp_path, "x", host="<env:NOT_SET>")[0], ConfigurationError("no")
    jobs += [
        PlannedJob(number=1, database="unset", settings=unset.settings),
        PlannedJob(number=2, database="wrong", settings=wrong, overrides=("+db=wrong",)),
    ]
    fleet = plan_fleet(jobs, runs_dir=tmp_path, vault=Vault(), environ=ENVIRON)
    seen = read_sweep(fleet.sweep.path).summary.jobs
    assert [(job.host, job.dbname, job.overrides) for job in seen] == [
        ("shop.example", "a", ()),
        (None, None, ()),
        (None, None, ("+db=wrong",)),
    ]
    assert fleet.servers == (("shop.example", "5432"), None, None)
    fleet.sweep.let_go()


def test_one_wrong_job_is_one_failed_run(tmp_path: Path) -> None:
    """A job with an error for settings is a failed run with a folder, its exit code the error's; the others run."""
    jobs = planned(tmp_path, "a", "b")
    wrong = ConfigurationError("wrong.yaml, line 3: no YAML", remedy="correct it")
    jobs.append(PlannedJob(number=2, database="wrong", settings=wrong, overrides=("+db=wrong",)))
    errors: list[DatalchemyError | None] = []
    end = go(jobs, tmp_path, ended=lambda end: errors.append(end.error))
    assert statuses(end) == {"a": "succeeded", "b": "succeeded", "wrong": "failed"}
    assert (end.summary.exit_code, end.summary.complete) == (2, True)
    record = end.summary.jobs[2]
    assert record.error is not None
    assert (record.exit_code, record.error.message) == (2, "wrong.yaml, line 3: no YAML")
    assert [error for error in errors if error] == [wrong]
    manifest = read_manifest(tmp_path / str(record.run_dir))
    assert (manifest.run_id, manifest.status, manifest.exit_code) == (record.run_id, RunStatus.FAILED, 2)
    assert manifest.database.name == "wrong"
    assert [summary.run_id for summary in runs(tmp_path)] == [record.run_id]  # those without a run leave no folder


def test_the_worst_exit_code_counts(tmp_path: Path) -> None:
    """The sweep's exit code is the worst of its jobs', and a fault of ours is one failed job."""
    outcomes: dict[str, Any] = {
        "a": good(None),
        "b": bad(StrictError("strict")),
        "c": bad(ConnectionFailedError("refused")),
        "d": ValueError(f"broken:\n{CANARY}"),
    }

    def work(settings: Any, **_: Any) -> RunOutcome:
        outcome = outcomes[str(settings.db.dbname and settings.db.dbname.shown())]
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, RunOutcome)
        return outcome

    vault = Vault()
    vault.remember(CANARY)
    end = go(planned(tmp_path, *"abc"), tmp_path, work=work, vault=vault)
    assert end.summary.exit_code == 3
    end = go(planned(tmp_path, *"abcd"), tmp_path, work=work, vault=vault)
    assert [job.exit_code for job in end.summary.jobs] == [0, 4, 3, 1]
    assert end.summary.exit_code == 1
    error = end.summary.jobs[3].error
    assert error is not None
    assert error.message == "ValueError: broken: ***"


@pytest.mark.parametrize(
    ("workers", "per_server", "first"),
    [(6, 2, ["d0", "d1", "e0", "e1", "f0"]), (3, None, ["d0", "d1", "d2"]), (6, 1, ["d0", "e0", "f0"])],
)
def test_jobs_overlap_but_for_those_of_one_server(
    workers: int, per_server: int | None, first: list[str], tmp_path: Path
) -> None:
    """Jobs of other servers pass those whose server is full; neither the servers' cap nor the threads' is exceeded."""
    lock, now, most = threading.Lock(), Counter[str](), Counter[str]()
    together = threading.Barrier(len(first))

    def work(settings: Any, **_: Any) -> RunOutcome:
        keys = (settings.db.host.shown() if settings.db.host else "", "all")
        with lock:
            now.update(keys)
            most.update({key: now[key] - most[key] for key in keys if now[key] > most[key]})
        if str(settings.db.dbname and settings.db.dbname.shown()) in first:
            together.wait(20)  # broken where they do not run at the same time
        with lock:
            now.subtract(keys)
        return good(settings)

    jobs = planned(tmp_path, *(f"d{n}@x" for n in range(9)), *(f"e{n}@y" for n in range(3)), "f0@z")
    end = go(jobs, tmp_path, work=work, per_server=per_server, workers=workers)
    assert end.summary.runs == {"succeeded": 13}
    assert most["x"] <= (per_server or workers)
    assert most["all"] == len(first)


def test_eight_wait_at_the_same_time(tmp_path: Path) -> None:
    """Jobs that only wait, as for a server that is down, wait at the same time: eight take no longer than one."""
    together = threading.Barrier(8)

    def work(settings: Any, **_: Any) -> RunOutcome:
        together.wait(20)
        return bad(ConnectionFailedError("down"))

    end = go(planned(tmp_path, *"abcdefgh"), tmp_path, work=work)
    assert [job.exit_code for job in end.summary.jobs] == [3] * 8


@pytest.mark.parametrize(("why", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_an_interrupt_accounts_for_every_job(why: type[KeyboardInterrupt], code: int, tmp_path: Path) -> None:
    """Of ten jobs two have ended, three run and five wait when the interrupt comes: each has its true status."""
    waiting = threading.Semaphore(0)

    def work(name: str, events: Any) -> Any:
        if name in {"a", "b"}:
            raise StrictError("strict")
        waiting.release()
        while True:  # a run that does much, and says so
            events("query")
            time.sleep(0.005)

    def tell(end: JobEnd) -> None:
        if end.ended == 2:
            for _ in range(3):
                assert waiting.acquire(timeout=10)
            raise why

    began = time.monotonic()
    end = go(planned(tmp_path, *"abcdefghij"), tmp_path, work=recorded(work), workers=3, ended=tell)
    assert time.monotonic() - began < 10
    found = statuses(end)
    assert (found["a"], found["b"]) == ("failed", "failed")
    assert Counter(found.values()) == {"failed": 2, "interrupted": 3, "not_begun": 5}
    assert (end.summary.exit_code, end.summary.complete) == (code, False)
    for job in end.summary.jobs:
        assert (job.run_dir is None) == (job.status.value == "not_begun")
        if job.status.value == "interrupted":
            manifest = read_manifest(tmp_path / str(job.run_dir))
            assert (manifest.status, manifest.exit_code, job.exit_code) == (RunStatus.INTERRUPTED, code, code)


def test_a_job_that_hangs_is_ended_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that do not answer are interrupted after the grace; the one that has no folder yet as well."""
    monkeypatch.setattr(fleet_module, "_GRACE_SECONDS", 0.1)
    release, hanging = threading.Event(), threading.Semaphore(0)

    def hang(name: str = "", events: Any = None) -> Any:
        hanging.release()
        release.wait(30)
        raise StrictError("too late")

    def work(settings: Any, **facts: Any) -> RunOutcome:
        return (
            recorded(hang)(settings, **facts)
            if str(settings.db.dbname and settings.db.dbname.shown()) == "a"
            else hang()
        )

    def begun(job: PlannedJob) -> None:
        if job.number == 1:
            assert hanging.acquire(timeout=10)
            assert hanging.acquire(timeout=10)
            raise KeyboardInterrupt

    end = go(planned(tmp_path, *"abc"), tmp_path, work=work, workers=2, begun=begun)
    assert statuses(end) == {"a": "interrupted", "b": "interrupted", "c": "not_begun"}
    assert read_manifest(tmp_path / str(end.summary.jobs[0].run_dir)).status is RunStatus.INTERRUPTED
    left = [thread for thread in threading.enumerate() if thread.name == LEFT_BEHIND]
    assert len(left) == 2
    before = {file.name: file.read_text() for file in end.path.rglob("*.json")}
    release.set()
    for thread in left:
        thread.join(30)
    assert before == {file.name: file.read_text() for file in end.path.rglob("*.json")}


@pytest.fixture
def echoing() -> Iterator[None]:
    """Let SIGUSR1 interrupt the main thread, as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, old)


@pytest.mark.usefixtures("echoing")
def test_an_interrupt_at_any_moment_and_again(tmp_path: Path) -> None:
    """Interrupts at any moment, also while the end of the sweep is written, leave a summary that is true."""
    stop = threading.Event()

    def pester() -> None:
        while not stop.wait(0.05):
            os.kill(os.getpid(), signal.SIGUSR1)

    def work(name: str, events: Any) -> Any:
        for _ in range(3):
            events("query")
            time.sleep(0.01)
        raise StrictError("strict")

    fleet = plan_fleet(planned(tmp_path, *map(str, range(12))), runs_dir=tmp_path, vault=Vault(), environ={})
    pesterer = threading.Thread(target=pester)
    pesterer.start()
    try:
        end = run_fleet(fleet, vault=Vault(), environ={}, workers=4, work=recorded(work))
    finally:
        stop.set()
        while pesterer.is_alive():
            with suppress(KeyboardInterrupt):
                pesterer.join()
    assert end.summary.exit_code == 130
    assert len(statuses(end)) == 12
    for thread in threading.enumerate():
        if thread.name == LEFT_BEHIND:
            thread.join(30)
    for job in end.summary.jobs:
        if job.run_dir is not None:
            assert read_manifest(tmp_path / job.run_dir).status.value == job.status.value


def test_a_fault_of_the_caller_ends_the_sweep_and_passes(tmp_path: Path) -> None:
    """An exception of a callback is the caller's; the jobs are accounted for before it passes."""

    def tell(end: JobEnd) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        go(planned(tmp_path, *"abcdefgh"), tmp_path, ended=tell, workers=1)
    (folder,) = (tmp_path / "sweeps").iterdir()
    seen = read_sweep(folder)
    assert not seen.going_on
    assert (seen.summary.complete, seen.summary.exit_code) == (False, 1)
    assert sum(seen.summary.runs.values()) == 8


def test_an_observer_that_cannot_be_made_fails_its_job(tmp_path: Path) -> None:
    """A fault outside of the run is a failed job too, and no job is waited for that nobody runs."""

    def observe(job: PlannedJob) -> Any:
        raise RuntimeError("no observer")

    end = go(planned(tmp_path, "a"), tmp_path, observe=observe)
    assert (statuses(end), end.summary.exit_code) == ({"a": "failed"}, 1)


def test_records_that_cannot_be_written_are_a_fault_of_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose end cannot be recorded is in the summary; the sweep exits with 6 and says why."""
    write = SweepRecord.record

    def refuse(self: SweepRecord, job: Any) -> None:
        if job.status.value == "succeeded":
            (self.path / "jobs" / "00000.json").unlink()
            (self.path / "jobs").rmdir()
            (self.path / "jobs").write_text("")
        try:
            write(self, job)
        finally:
            with suppress(OSError):
                (self.path / "jobs").unlink()

    monkeypatch.setattr(SweepRecord, "record", refuse)
    end = go(planned(tmp_path, "a"), tmp_path, workers=1)
    assert statuses(end) == {"a": "succeeded"}
    assert end.summary.exit_code == 6
    assert [fault.code for fault in end.faults] == ["registry"]


def test_a_job_that_cannot_be_recorded_does_not_run(tmp_path: Path) -> None:
    """A job whose beginning cannot be recorded fails without a run: nobody would know of it."""
    fleet = plan_fleet(planned(tmp_path, "a"), runs_dir=tmp_path, vault=Vault(), environ={})
    (fleet.sweep.path / "jobs").write_text("")
    end = run_fleet(fleet, vault=Vault(), environ={}, work=lambda *_, **__: pytest.fail("it ran"))
    assert (end.summary.runs, end.summary.exit_code) == ({"failed": 1}, 6)


def test_other_processes_run_the_jobs(tmp_path: Path) -> None:
    """A launcher's processes call `run_job`; the sweep's own process then writes the summary of all."""
    jobs = planned(tmp_path, "a", "b")
    known: dict[str, Any] = {"vault": Vault(), "environ": ENVIRON}
    fleet = plan_fleet(jobs, runs_dir=tmp_path, **known)
    run_job(jobs[0], sweep_dir=fleet.sweep.path, work=good, **known)
    record, error = run_job(
        jobs[1], sweep_dir=fleet.sweep.path, work=lambda *_, **__: bad(ConnectionFailedError("down")), **known
    )
    assert (record.status.value, error and error.message) == ("failed", "down")
    end = end_fleet(fleet, ExitCode.OK)
    assert (statuses(end), end.summary.exit_code) == ({"a": "succeeded", "b": "failed"}, 3)


def test_an_interrupted_job_of_another_process_is_recorded(tmp_path: Path) -> None:
    """Ctrl-C in a launcher's process: the job is interrupted in its record, and the interrupt goes on."""
    jobs = planned(tmp_path, "a")
    known: dict[str, Any] = {"vault": Vault(), "environ": ENVIRON}
    fleet = plan_fleet(jobs, runs_dir=tmp_path, **known)

    def work(*_: Any, **__: Any) -> RunOutcome:
        raise Terminated

    with pytest.raises(Terminated):
        run_job(jobs[0], sweep_dir=fleet.sweep.path, work=work, **known)
    end = end_fleet(fleet, ExitCode.TERMINATED)
    assert (statuses(end), end.summary.jobs[0].exit_code) == ({"a": "interrupted"}, 143)
    assert list(runs(tmp_path)) == []


def test_the_working_directory_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of the working directory is asked once a sweep, and is in every run's config.json."""
    asked = []

    def provenance(cwd: Path) -> dict[str, Any]:
        asked.append(cwd)
        return {"git_commit": "abc", "git_dirty": False, "python_version": "3", "tool_version": "1"}

    monkeypatch.setattr(fleet_module, "provenance", provenance)
    wrong = [PlannedJob(number=n, database=str(n), settings=ConfigurationError("no")) for n in range(3)]
    end = go(wrong, tmp_path)
    configs = [json.loads((tmp_path / str(job.run_dir) / "config.json").read_text()) for job in end.summary.jobs]
    assert ([config["git_commit"] for config in configs], asked) == (["abc"] * 3, [Path.cwd()])


def test_a_run_elsewhere_is_named_by_its_path(tmp_path: Path) -> None:
    """A job whose registry is another one than the sweep's is found by its path."""
    jobs = planned(tmp_path / "other", "a")

    def work(name: str, events: Any) -> Any:
        raise StrictError("strict")

    end = go(jobs, tmp_path / "runs", work=recorded(work))
    (folder,) = (tmp_path / "other").iterdir()
    assert end.summary.jobs[0].run_dir == str(folder)
