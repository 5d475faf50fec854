"""Sweeps over real servers: good, closed, refusing, silent ones, and one that is a throwaway."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.introspector import fleet as fleet_module
from datalchemy.introspector.fleet import FleetEnd, JobEnd, PlannedJob, plan_fleet, run_fleet
from datalchemy.introspector.settings import load_settings
from datalchemy.provision import local
from datalchemy.provision.stale_servers import private_directory
from datalchemy.registry.manifest import RunStatus, read_manifest
from datalchemy.registry.sweeps import read_sweep
from datalchemy.secrets.vault import Vault
from tests.integration.clusters import Cluster, new_cluster
from tests.integration.proxies import free_port, proxy_before

NO_RETRY = {"retry": {"attempts": 1}}
WRONG = "no-such-password-8f3a"
_OURS = "select count(*) from pg_stat_activity where application_name like 'datalchemy %' and state <> 'idle'"


@pytest.fixture(scope="module")
def many() -> Iterator[Cluster]:
    """A server with three databases, two of one structure, and a role that needs a password."""
    with new_cluster() as running:
        with running.connect() as connection:
            connection.execute("create role scrammy login password 'right'")
            connection.execute("create database one")
            with running.connect("one") as one:
                one.execute("create table t (id int primary key); create table u (id int references t)")
            connection.execute("create database two template one")
            connection.execute("create database three")
            (running.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all scrammy scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        yield running


def job(number: int, database: str, runs_dir: Path, db: dict[str, Any], **groups: Any) -> PlannedJob:
    """Return one job of a plan."""
    values = {"db": db, "output": {"runs_dir": runs_dir}, **groups}
    return PlannedJob(number=number, database=database, settings=load_settings(values))


def go(jobs: list[PlannedJob], runs_dir: Path, **options: Any) -> FleetEnd:
    """Plan and run a fleet."""
    known: dict[str, Any] = {"vault": Vault(), "environ": os.environ}
    return run_fleet(plan_fleet(jobs, runs_dir=runs_dir, **known), **known, **options)


def test_a_dozen_databases(many: Cluster, tmp_path: Path) -> None:
    """Nine good ones, a closed port, a wrong password, a wrong file: nine runs, three named failures, one summary."""
    names = ["one", "two", "three"]
    jobs = [job(n, f"{names[n % 3]}-{n}", tmp_path, {"url": many.url(names[n % 3])}) for n in range(9)]
    closed = {"host": "127.0.0.1", "port": free_port(), "dbname": "d", "user": "u"}
    wrong = {"url": many.url("one", user="scrammy"), "password": WRONG}
    jobs += [
        job(9, "closed", tmp_path, closed, **NO_RETRY),
        job(10, "wrong", tmp_path, wrong),
        PlannedJob(number=11, database="file", settings=ConfigurationError("file.yaml: no YAML")),
    ]
    errors: dict[str, str] = {}

    def ended(end: JobEnd) -> None:
        if end.error is not None:
            errors[str(end.job.database)] = end.error.message

    end = go(jobs, tmp_path, ended=ended)
    assert (end.summary.runs, end.summary.exit_code) == ({"failed": 3, "succeeded": 9}, 3)
    assert [job.exit_code for job in end.summary.jobs] == [0] * 9 + [3, 3, 2]
    assert sorted(errors) == ["closed", "file", "wrong"]
    assert "Connection refused" in errors["closed"]
    assert "password authentication failed" in errors["wrong"]
    assert [group.databases for group in end.summary.groups] == [
        ("one-0", "two-1", "one-3", "two-4", "one-6", "two-7"),
        ("three-2", "three-5", "three-8"),
    ]
    for record in end.summary.jobs:
        manifest = read_manifest(tmp_path / str(record.run_dir))
        assert (manifest.run_id, manifest.status.value) == (record.run_id, record.status.value)
        assert manifest.exit_code == record.exit_code
    first = end.summary.jobs[0]
    assert (first.tables, first.columns, first.foreign_keys, first.dbname) == (2, 2, 1, "one")
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and WRONG in file.read_text()]


def test_no_more_connections_to_one_server_than_asked(many: Cluster, tmp_path: Path) -> None:
    """Eight threads, two connections to one server: the server never sees a third session at work."""
    seen: Counter[int] = Counter()
    done = threading.Event()

    def sample() -> None:
        with many.connect() as connection:
            while not done.wait(0.005):
                row = connection.execute(_OURS).fetchone()
                seen[row[0] if row else 0] += 1

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        jobs = [job(n, str(n), tmp_path, {"url": many.url("one")}) for n in range(12)]
        end = go(jobs, tmp_path, workers=8, per_server=2)
    finally:
        done.set()
        sampler.join()
    assert end.summary.runs == {"succeeded": 12}
    assert max(seen) == 2


def test_two_that_are_down_cost_no_more_time_than_one(many: Cluster, tmp_path: Path) -> None:
    """The waits before the next attempts overlap."""
    retry = {"retry": {"attempts": 3, "initial_wait_seconds": 0.4, "max_wait_seconds": 1}}
    took = []
    for down in (1, 3):
        jobs = [job(0, "one", tmp_path, {"url": many.url("one")})]
        closed = {"host": "127.0.0.1", "port": free_port(), "dbname": "d", "user": "u"}
        jobs += [job(n, f"down-{n}", tmp_path, closed, **retry) for n in range(1, down + 1)]
        begun = time.monotonic()
        end = go(jobs, tmp_path)
        took.append(time.monotonic() - begun)
        assert end.summary.runs == {"failed": down, "succeeded": 1}
    alone, together = took
    assert together - alone < 2.4  # the least that two more would add one after the other: 0.4 + 0.8 each


@pytest.mark.parametrize("hangs", ["answer", "login", "backoff"])
def test_an_interrupt_ends_every_wait(
    hangs: str, many: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a server keeps an answer back, says nothing to a login, or is waited for: all end by themselves."""
    monkeypatch.setattr(fleet_module, "_GRACE_SECONDS", 30.0)
    with ExitStack() as stack:
        if hangs == "answer":
            proxy = stack.enter_context(proxy_before(many.url("one"), hold_after=4_000))
            db: dict[str, Any] = {"url": proxy.url()}
        else:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = listening.getsockname()[1] if hangs == "login" else free_port()
            db = {"host": "127.0.0.1", "port": port, "dbname": "d", "user": "u"}
        wanted = {"answer": "catalog_query", "login": "connection_attempt", "backoff": "capture_retry"}[hangs]
        reached = threading.Semaphore(0)

        def observe(job: PlannedJob) -> Any:
            first = iter([reached.release])

            def events(event: str, **fields: Any) -> None:
                if event == wanted:
                    next(first, int)()

            return events

        asked_at = 0.0

        def begun(job: PlannedJob) -> None:
            nonlocal asked_at
            if job.number == 2:  # the last of those that find a thread
                for _ in range(3):
                    assert reached.acquire(timeout=30)
                time.sleep(0.3)
                asked_at = time.monotonic()
                raise KeyboardInterrupt

        retry = {"retry": {"attempts": 5, "initial_wait_seconds": 20, "max_wait_seconds": 60, "deadline_seconds": 600}}
        jobs = [job(n, str(n), tmp_path, db, **retry) for n in range(4)]
        end = go(jobs, tmp_path, workers=3, begun=begun, observe=observe)
        took = time.monotonic() - asked_at
    assert end.summary.runs == {"interrupted": 3, "not_begun": 1}
    assert took < 5  # on a busy machine; the waits themselves take 20 s and more
    for record in end.summary.jobs[:3]:
        assert read_manifest(tmp_path / str(record.run_dir)).status is RunStatus.INTERRUPTED
    assert read_sweep(end.path).summary == end.summary


@pytest.mark.parametrize("at", ["provision_started", "provision_ready"])
def test_throwaway_servers_are_removed_before_the_sweep_ends(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a throwaway server starts, or is read: it is gone when the sweep has ended."""
    made: list[Path] = []

    @contextmanager
    def noted() -> Iterator[Path]:
        with private_directory() as directory:
            made.append(directory)
            yield directory

    monkeypatch.setattr(local, "private_directory", noted)
    reached = threading.Event()

    def observe(job: PlannedJob) -> Any:
        def events(event: str, **fields: Any) -> None:
            if event == at:
                reached.set()

        return events

    def begun(job: PlannedJob) -> None:
        assert reached.wait(60)
        raise KeyboardInterrupt

    endless = tmp_path / "endless.sql"
    endless.write_text("select pg_sleep(600);\n" if at == "provision_started" else "create table t (id int);\n")
    end = go(
        [job(0, "demo", tmp_path / "runs", {"provision": "embedded", "init": [str(endless)]})],
        tmp_path / "runs",
        begun=begun,
        observe=observe,
    )
    assert end.summary.runs == {"interrupted": 1}
    assert [directory.exists() for directory in made] == [False]
