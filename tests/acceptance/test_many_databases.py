"""Fifty databases: what is down, refused or broken is told by name, and costs the others nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.program import CANARY, Ended, fresh_datalchemy, leaks, read_json, run_dirs, write_conf
from tests.integration.clusters import Cluster, new_cluster
from tests.integration.proxies import free_port

GOOD = [f"shop_{number:02}" for number in range(46)]
FAILED = {"broken": 2, "down_1": 3, "down_2": 3, "refused": 3}
ATTEMPTS = 3
SCREEN_LINES = 24


@pytest.fixture(scope="module")
def shops() -> Iterator[Cluster]:
    """A server with 46 databases of two tables, each a real one, and a role that needs its password."""
    with new_cluster() as running:
        with running.connect() as connection:
            connection.execute("create role clerk login password 'right'")
            connection.execute("create database template_shop")
            with running.connect("template_shop") as shop:
                shop.execute("create table customer (id int primary key)")
                shop.execute("create table purchase (id int primary key, customer int references customer)")
            for name in GOOD:
                connection.execute(f"create database {name} template template_shop strategy file_copy".encode())
            (running.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all clerk scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        yield running


@pytest.fixture(scope="module")
def swept(shops: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """The folder of one sweep over all of them, and what it printed."""
    cwd = tmp_path_factory.mktemp("fifty")
    write_conf(
        cwd,
        **{name: f"url: {shops.url(name)!r}\n" for name in GOOD},
        broken=f"host: [{CANARY}\n",
        down_1=f"host: 127.0.0.1\nport: {free_port()}\ndbname: shop\n",
        down_2=f"host: 127.0.0.1\nport: {free_port()}\ndbname: shop\n",
        refused=f"url: {shops.url(GOOD[0], user='clerk')!r}\npassword: ${{oc.env:WRONG}}\n",
    )
    retry = [f"retry.attempts={ATTEMPTS}", "retry.initial_wait_seconds=0.4"]
    return cwd, fresh_datalchemy("-m", "+db=glob(*)", *retry, cwd=cwd, WRONG=CANARY)


def test_each_is_accounted_for(swept: tuple[Path, Ended]) -> None:
    """46 are read, four are named failures in the one summary, and the exit code is the worst."""
    cwd, ended = swept
    assert ended.code == 3, ended.text
    (sweep,) = (cwd / "runs" / "sweeps").iterdir()
    summary = read_json(sweep / "summary.json")
    assert (summary["complete"], summary["exit_code"]) == (True, 3)
    assert summary["runs"] == {"failed": 4, "succeeded": 46}
    assert [job["database"] for job in summary["jobs"]] == sorted([*GOOD, *FAILED])
    codes = {job["database"]: job["exit_code"] for job in summary["jobs"]}
    assert codes == {**dict.fromkeys(GOOD, 0), **FAILED}
    errors = {job["database"]: job["error"]["message"] for job in summary["jobs"] if job["error"]}
    assert "broken.yaml" in errors["broken"]
    assert "Connection refused" in errors["down_1"]
    assert "Connection refused" in errors["down_2"]
    assert "password authentication failed" in errors["refused"]
    assert [set(group["databases"]) for group in summary["groups"]] == [set(GOOD)]
    statuses = Counter(read_json(folder / "manifest.json")["status"] for folder in run_dirs(cwd))
    assert statuses == {"failed": 4, "succeeded": 46}
    assert not leaks(cwd)


def test_the_end_fits_one_screen(swept: tuple[Path, Ended]) -> None:
    """The end names each failure with its reason and counts the rest; before it, each database has its line."""
    _, ended = swept
    lines = ended.stdout.splitlines()
    assert lines[0] == "sweep: 46 of 50 runs succeeded"
    assert len(lines) <= SCREEN_LINES
    told = {line.partition(":")[0]: line for line in lines if ": failed (exit " in line}
    assert set(told) == set(FAILED)
    assert all(f": failed (exit {code}): " in told[name] for name, code in FAILED.items())
    assert "same structure: 46: " in ended.stdout
    assert {f"{number}/50" for number in range(1, 51)} <= set(ended.stderr.replace(":", " ").split())
    assert CANARY not in ended.text


def test_two_that_are_down_wait_side_by_side(swept: tuple[Path, Ended]) -> None:
    """Both are tried again as often as asked, while the other waits, too, and while databases are read."""
    cwd, _ = swept
    spans: dict[str, tuple[datetime, datetime]] = {}
    for folder in run_dirs(cwd):
        manifest = read_json(folder / "manifest.json")
        name, begun = manifest["database"]["name"], datetime.fromisoformat(manifest["started_at"])
        spans[name] = (begun, begun + timedelta(seconds=manifest["duration_seconds"]))
        if name.startswith("down"):
            assert (folder / "logs.ndjson").read_text().count('"connection_attempt"') == ATTEMPTS
    first, second = spans["down_1"], spans["down_2"]
    both = min(first[1], second[1]) - max(first[0], second[0])
    assert both > min(first[1] - first[0], second[1] - second[0]) / 2
    read_meanwhile = [name for name in GOOD if first[0] < spans[name][1] < first[1]]
    assert read_meanwhile
