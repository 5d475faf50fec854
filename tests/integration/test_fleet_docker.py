"""Sweeps whose databases are throwaway containers: none is left, however the sweep ends."""

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from datalchemy.errors import ConfigurationError, ProvisionError
from datalchemy.introspector.fleet import FleetEnd, PlannedJob, plan_fleet, run_fleet
from datalchemy.introspector.settings import load_settings
from datalchemy.provision.container import OWNER_LABEL
from datalchemy.provision.docker_engine import connect
from datalchemy.secrets.vault import Vault
from tests.acceptance.killing import start, wait_for_event
from tests.acceptance.program import write_conf


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerClient]:
    """The Docker engine of this machine, where one answers."""
    try:
        client = connect()
    except (ProvisionError, ConfigurationError):
        pytest.skip("no Docker engine answers")
    yield client
    client.close()


@pytest.fixture
def own(engine: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Return the names of the containers whose owners are sweeps of this test; its own folder is made before."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)  # as /tmp is: another account must be able to enter it
        monkeypatch.setenv("TMPDIR", place)
        monkeypatch.setattr(tempfile, "tempdir", place)

        def names() -> list[str]:
            found = engine.containers.list(all=True, filters={"label": OWNER_LABEL})
            return [str(one.name) for one in found if one.labels[OWNER_LABEL].startswith(f"{place}/")]

        yield names


def sql(tmp_path: Path, text: str) -> str:
    """Return the path of a file of SQL."""
    file = tmp_path / "init.sql"
    file.write_text(text)
    return str(file)


def go(tmp_path: Path, init: str, **options: Any) -> FleetEnd:
    """Run a sweep over two databases in containers."""
    values = {"db": {"provision": "docker", "init": [init]}, "output": {"runs_dir": tmp_path / "runs"}}
    jobs = [PlannedJob(number=n, database=str(n), settings=load_settings(values)) for n in range(2)]
    known: dict[str, Any] = {"vault": Vault(), "environ": os.environ}
    return run_fleet(plan_fleet(jobs, runs_dir=tmp_path / "runs", **known), **known, **options)


def test_a_good_sweep(own: Callable[[], list[str]], tmp_path: Path) -> None:
    """Each database is read from a container of its own, and both are gone."""
    end = go(tmp_path, sql(tmp_path, "create table t (id int);"))
    assert end.summary.runs == {"succeeded": 2}
    assert [job.tables for job in end.summary.jobs] == [1, 1]
    assert own() == []


@pytest.mark.parametrize("at", ["starts", "loads", "is read"])
def test_an_interrupt(at: str, own: Callable[[], list[str]], tmp_path: Path) -> None:
    """Ctrl-C while a container starts, loads its file, or is read: it is gone when the sweep has ended."""
    wanted = {"starts": "provision_started", "loads": "provision_started", "is read": "provision_ready"}[at]
    reached, never, goes_on = threading.Semaphore(0), threading.Event(), threading.Event()

    def observe(job: PlannedJob) -> Any:
        def events(event: str, **fields: Any) -> None:
            if event == wanted:
                reached.release()
                if at == "is read":
                    goes_on.wait(120)

        return events

    def begun(job: PlannedJob) -> None:
        if job.number == 1:
            for _ in range(2):
                assert reached.acquire(timeout=120)
            never.wait({"starts": 0.5, "loads": 15, "is read": 0}[at])
            threading.Timer(0.3, goes_on.set).start()
            raise KeyboardInterrupt

    init = {"starts": "", "loads": "select pg_sleep(100);", "is read": "create table t (id int);"}[at]
    end = go(tmp_path, sql(tmp_path, init), begun=begun, observe=observe)
    assert end.summary.runs == {"interrupted": 2}
    assert own() == []


def test_a_kill(own: Callable[[], list[str]], tmp_path: Path) -> None:
    """What a killed sweep left is removed when the next server starts."""
    endless, good = sql(tmp_path, "select pg_sleep(100);"), tmp_path / "good.sql"
    write_conf(tmp_path, a=f"provision: docker\ninit: ['{endless}']\n")
    process = start(["-m", "+db=a"], tmp_path)
    wait_for_event(tmp_path, "provision_started")
    while not own():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = own()
    assert len(left) == 1
    good.write_text("create table t (id int);")
    end = go(tmp_path, str(good))
    assert end.summary.runs == {"succeeded": 2}
    assert own() == []
