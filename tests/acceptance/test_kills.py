"""Runs that do not end by themselves: killed, stopped, or with the disk gone under them."""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.killing import (
    end_at_each_touch,
    is_mount_permitted,
    judged,
    kill_forked_at_any_moment,
    kill_fresh_at_any_moment,
    start,
    wait_for_event,
)
from tests.acceptance.program import PROGRAM, Ended, datalchemy, environment, fresh_datalchemy, read_json, run_dirs
from tests.integration.proxies import Proxy, proxy_before
from tests.integration.watching import tally
from tests.servers import Server

pytestmark = pytest.mark.slow

_KILLS = int(os.environ.get("DATALCHEMY_KILLS", "50"))
_FRESH = 5
"""One of so many is killed in a process of its own, also while it imports; the others, where the imports are done."""
_TABLES = 300
LoadSql = Callable[[str, Path | str], None]


@pytest.fixture(scope="module")
def kills() -> Iterator[Counter[str]]:
    """Count the runs that were ended, and what was said of them."""
    with tally("ended runs") as counted:
        yield counted


@pytest.fixture(scope="module")
def big(server: Server, load_sql: LoadSql) -> Iterator[str]:
    """The URL of a database with some hundred tables."""
    with _database_of(_TABLES, server, load_sql) as url:
        yield url


@pytest.fixture(scope="module")
def small(server: Server, load_sql: LoadSql) -> Iterator[str]:
    """The URL of a database that is read in no time, where the moments are counted and not drawn."""
    with _database_of(5, server, load_sql) as url:
        yield url


@contextmanager
def _database_of(tables: int, server: Server, load_sql: LoadSql) -> Iterator[str]:
    url = server.new_database()
    load_sql(
        url,
        f"do $$ begin for i in 1..{tables} loop execute format("
        "'create table many_%s (id int primary key, a text default %L, b int references many_%s, check (id > %s))', "
        "i, i, i, i); end loop; end $$",
    )
    yield url
    server.drop_database(url)


@pytest.fixture(scope="module")
def good_run(tmp_path_factory: pytest.TempPathFactory, big: str) -> Path:
    """A registry with one good run in it."""
    folder = tmp_path_factory.mktemp("good")
    _seconds_of(datalchemy, big, folder)
    return folder / "runs"


def _seconds_of(run: Callable[..., Ended], url: str, folder: Path) -> float:
    """Return how long a good run takes."""
    started = time.monotonic()
    ended = run("introspect", url, cwd=folder)
    assert ended.code == 0, ended.text
    return time.monotonic() - started


@pytest.fixture
def cwd(tmp_path: Path, good_run: Path) -> Path:
    """A folder whose registry holds one good run."""
    shutil.copytree(good_run, tmp_path / "runs")
    return tmp_path


@contextmanager
def _neighbours_untouched(cwd: Path) -> Iterator[None]:
    """Check that the runs that were there before verify, and are what they were."""
    before = {path: path.read_bytes() for folder in run_dirs(cwd) for path in folder.iterdir()}
    names = [folder.name for folder in run_dirs(cwd)]
    yield
    assert {path: path.read_bytes() for path in before} == before
    for name in names:
        ended = datalchemy("runs", "verify", name, cwd=cwd)
        assert ended.code == 0, ended.text


def _one_message(stderr: str) -> str:
    assert stderr.count("datalchemy: error:") == 1, stderr
    assert "Traceback" not in stderr
    return stderr


def test_killed_at_any_moment(
    cwd: Path, big: str, kills: Counter[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A run that is killed, whenever, is interrupted or was already complete, and its registry can be read."""
    longest = {
        kill: _seconds_of(run, big, tmp_path_factory.mktemp("timed"))
        for kill, run in ((kill_fresh_at_any_moment, fresh_datalchemy), (kill_forked_at_any_moment, datalchemy))
    }
    with _neighbours_untouched(cwd):
        killed = 0
        while killed < _KILLS:  # one that ended before its moment came is no kill
            kill = kill_forked_at_any_moment if killed % _FRESH else kill_fresh_at_any_moment
            killed += kill(["introspect", big], cwd, longest_seconds=longest[kill])
        kills["killed at any moment"] += killed
        found = judged(cwd)
        assert set(found.statuses.values()) <= {"succeeded", "interrupted"}
        for status in found.statuses.values():
            kills[status] += 1


def test_killed_at_each_write(cwd: Path, small: str, kills: Counter[str]) -> None:
    """A kill right before any file or folder is made, opened, renamed or removed leaves nothing that is false."""
    with _neighbours_untouched(cwd):
        known = {folder.name for folder in run_dirs(cwd)}
        codes = end_at_each_touch(signal.SIGKILL, ["introspect", small], cwd / "runs")
        assert len(codes) > 25
        assert set(codes) == {-signal.SIGKILL}
        found = judged(cwd)
        statuses = Counter(status for name, status in found.statuses.items() if name not in known)
        assert set(statuses) <= {"succeeded", "interrupted"}
        assert statuses["interrupted"] > 10
        kills["killed at a write"] += len(codes)
        kills.update(statuses)


def test_terminated_at_each_write(cwd: Path, small: str, kills: Counter[str]) -> None:
    """SIGTERM exits 143 at any of these moments, and the run is marked interrupted unless it was already complete."""
    with _neighbours_untouched(cwd):
        known = {folder.name for folder in run_dirs(cwd)}
        codes = end_at_each_touch(signal.SIGTERM, ["introspect", small], cwd / "runs")
        assert len(codes) > 25
        assert set(codes) == {143}
        found = judged(cwd)
        mine = [one for one in found.listed if Path(one["path"]).name not in known]
        assert {one["status"] for one in mine} <= {"succeeded", "interrupted"}
        assert sum(one["exit_code"] == 143 for one in mine) > 10
        kills["terminated at a write"] += len(codes)
        kills.update(one["status"] for one in mine)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_while_it_reads(number: signal.Signals, code: int, cwd: Path, big: str, kills: Counter[str]) -> None:
    """Whoever stops a run that waits for the server has it stopped at once, with its exit code and status."""
    with _neighbours_untouched(cwd), _held(big) as proxy:
        process = start(["introspect", proxy.url()], cwd, stderr=subprocess.PIPE)
        assert proxy.held.wait(60)
        begun = time.monotonic()
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
        assert time.monotonic() - begun < 15
    assert process.returncode == code
    assert "Traceback" not in stderr
    manifest = read_json(run_dirs(cwd)[-1] / "manifest.json")
    assert (manifest["status"], manifest["exit_code"]) == ("interrupted", code)
    assert sorted(judged(cwd).statuses.values()) == ["interrupted", "succeeded"]
    kills["stopped while it reads"] += 1


@contextmanager
def _held(url: str) -> Iterator[Proxy]:
    """Lead to the database until a part of the catalog has been read, then say nothing."""
    with proxy_before(url, hold_after=20_000) as proxy:
        yield proxy


def test_killed_sweep(cwd: Path, big: str, kills: Counter[str]) -> None:
    """A sweep that is killed in the middle leaves what it had done, and an interrupted run."""
    folder = cwd / "conf" / "db"
    folder.mkdir(parents=True)
    with _neighbours_untouched(cwd), _held(big) as proxy:
        (folder / "good.yaml").write_text(f"url: {big!r}\n")
        (folder / "slow.yaml").write_text(f"url: {proxy.url()!r}\n")
        process = start(["-m", "+db=good,slow"], cwd)
        assert proxy.held.wait(60)
        (sweep,) = (cwd / "runs" / "sweeps").iterdir()
        while read_json(sweep / "jobs" / "00000.json")["status"] != "succeeded":
            time.sleep(0.01)
        process.kill()
        process.wait()
    found = judged(cwd)
    assert sorted(found.statuses.values()) == ["interrupted", "succeeded", "succeeded"]
    assert not read_json(sweep / "summary.json")["complete"]
    kills["sweep"] += 1


@pytest.mark.parametrize("kib", [1, 4, 16, 64])
def test_file_size_limit(kib: int, cwd: Path, big: str, kills: Counter[str]) -> None:
    """A run that cannot write a whole file fails with exit 6 and one message, and no artefact is half there."""
    with _neighbours_untouched(cwd):
        command = f"ulimit -f {kib}; exec {' '.join(PROGRAM)} introspect '{big}'"
        done = subprocess.run(
            ["bash", "-c", command], cwd=cwd, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 6, done.stderr
        assert "larger than the limit" in _one_message(done.stderr)
        assert set(judged(cwd).statuses.values()) <= {"succeeded", "failed", "interrupted"}
    assert list(judged(cwd).statuses.values()).count("succeeded") == 1
    kills["file too large"] += 1


@contextmanager
def _small_disk(place: Path, kib: int) -> Iterator[None]:
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(place)]
    if not is_mount_permitted() or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system cannot be mounted here (test_file_size_limit stands in for a full disk)")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kib", [4, 12, 28, 64, 256])
def test_full_disk(kib: int, tmp_path: Path, big: str, kills: Counter[str]) -> None:
    """A disk that is full, or fills up, is exit 6 with one message; what is on it can be read."""
    with _small_disk(tmp_path / "runs", kib):
        ended = fresh_datalchemy("introspect", big, cwd=tmp_path)
        assert ended.code == 6, ended.text
        message = _one_message(ended.stderr)
        assert "the disk is full" in message
        assert "free some space" in message
        assert set(judged(tmp_path).statuses.values()) <= {"failed", "interrupted"}
    kills["full disk"] += 1


def test_folder_removed_meanwhile(cwd: Path, big: str, kills: Counter[str]) -> None:
    """A run whose folder is removed under it exits 6 with one message, and leaves its neighbours alone."""
    with _neighbours_untouched(cwd), _held(big) as proxy:
        process = start(["introspect", proxy.url()], cwd, stderr=subprocess.PIPE)
        assert proxy.held.wait(60)
        shutil.rmtree(run_dirs(cwd)[-1])
        proxy.release.set()
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 6, stderr
    assert "the folder is not there, or vanished while the run wrote to it" in _one_message(stderr)
    assert list(judged(cwd).statuses.values()) == ["succeeded"]
    kills["folder removed"] += 1


def test_registry_removed_meanwhile(tmp_path: Path, big: str, kills: Counter[str]) -> None:
    """So does a run whose whole registry is removed; it does not make it anew."""
    with _held(big) as proxy:
        process = start(["introspect", proxy.url()], tmp_path, stderr=subprocess.PIPE)
        wait_for_event(tmp_path, "introspection_started")
        assert proxy.held.wait(60)
        shutil.rmtree(tmp_path / "runs")
        proxy.release.set()
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 6, stderr
    _one_message(stderr)
    assert not (tmp_path / "runs").exists()
    kills["folder removed"] += 1
