"""A registry in which everything is odd: what `list`, `verify` and `prune` say of it, and what they leave alone."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from datalchemy.registry.manifest import Database
from datalchemy.registry.run import Registry
from tests.acceptance.program import PROGRAM, datalchemy, environment
from tests.unit.registering import change_manifest, dead_pid, good, plain

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json", "manifest.json")

_PLACE: dict[str, Any] = {"host": None, "port": None, "dbname": "d"}
_BASE = datetime(2026, 1, 10, 12, 0, 0, tzinfo=UTC)


def _moment(seconds: float) -> datetime:
    return _BASE + timedelta(seconds=seconds)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with a registry `runs` of twelve good runs, three cut-off ones, and what is not ours."""
    runs_dir, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    # Runs within one second; then clocks that went back by an hour.
    for microseconds in range(8):
        good(runs_dir, _moment(microseconds / 1e6))
    for seconds in (-3600, -3599, -3598, -3597):
        good(runs_dir, _moment(seconds))
    _cut_off_runs(runs_dir)
    _what_is_not_ours(runs_dir, elsewhere)
    return tmp_path


def _cut_off_runs(runs_dir: Path) -> None:
    """Leave a run of another host on this kernel, one of another machine, and one without a manifest."""
    for number, facts in enumerate(({"host": "box-1", "pid": dead_pid()}, {"process": "another-boot:1"}, None)):
        run = Registry(runs_dir).start(
            config={"connection": _PLACE, "settings": {"db": {"name": None}}},
            started_at=_moment(-7200 - number),
            scrub=plain,
            database=Database(**_PLACE),
        )
        run.let_go()
        os.utime(run.path / ".lease", (_BASE.timestamp(),) * 2)
        if facts is None:
            (run.path / "manifest.json").unlink()
            os.utime(run.path, (_BASE.timestamp(),) * 2)
        else:
            change_manifest(run.path, **facts)


def _what_is_not_ours(runs_dir: Path, elsewhere: Path) -> None:
    def named(number: int) -> Path:
        return runs_dir / f"2026-01-10T12-00-00Z__run_{number:04d}"

    def own(number: int, manifest: str) -> None:
        named(number).mkdir()
        (named(number) / "manifest.json").write_text(manifest)
        (named(number) / "notes.txt").write_text("precious")

    (runs_dir / "2019-site" / "src").mkdir(parents=True)
    (runs_dir / "2019-site" / "manifest.json").write_text('{"name": "web app"}')
    (runs_dir / "2019-site" / "src" / "code.js").write_text("precious")
    (runs_dir / ".env").write_text("precious")
    (runs_dir / "sweeps").mkdir()
    own(1, "{")
    own(2, '{"kind": "datalchemy.run", "manifest_version": 4}')
    own(3, '{"name": "web app"}')
    named(4).symlink_to(good(elsewhere, _moment(0)).path)
    named(5).mkdir()
    os.mkfifo(named(5) / "manifest.json")
    named(6).mkdir()
    (named(6) / "manifest.json").symlink_to(elsewhere)
    # Named for the year 2099, but complete: its date is not believed.
    good(runs_dir, datetime(2099, 1, 1, tzinfo=UTC))
    # A run with a link, one with a FIFO in the place of a file, and a copy of a run under a name of the user's.
    linked, piped = good(runs_dir, _moment(-86400)).path, good(runs_dir, _moment(-86401)).path
    (linked / "schema.json").rename(elsewhere / "schema.json")
    (linked / "schema.json").symlink_to(elsewhere / "schema.json")
    (piped / "schema.json").unlink()
    os.mkfifo(piped / "schema.json")
    shutil.copytree(good(elsewhere, _moment(1)).path, runs_dir / "copy")


def _digests(folder: Path) -> dict[str, str]:
    """Return what lies below a folder: the digest of each file, the goal of each link, the kind of all else."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name, mode = str(path.relative_to(folder)), path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[name] = f"link to {path.readlink()}"
        elif stat.S_ISREG(mode):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = f"{stat.S_IFMT(mode):o}"
    return found


def _is_of(name: str, folders: set[str]) -> bool:
    return name.split("/", maxsplit=1)[0] in folders


def test_nothing_that_is_not_ours_is_changed(odd: Path) -> None:
    """List, verify and three prunes at once end well, and touch only runs that prove to be ours and may go."""
    runs_dir = odd / "runs"
    mixed = next(folder for folder in sorted(runs_dir.glob("2026-01-10T11-00-00Z__run_*")))
    (mixed / "notes.txt").write_text("precious")
    before, outside = _digests(runs_dir), _digests(odd / "elsewhere")

    listed = json.loads(datalchemy("runs", "list", "--json", cwd=odd).stdout)
    statuses = [each["status"] for each in listed]
    assert {status: statuses.count(status) for status in set(statuses)} == {
        "succeeded": 15,
        "interrupted": 3,
        "unreadable": 7,
    }
    starts = [each["started_at"] for each in listed if each["started_at"]]
    assert starts == sorted(starts, reverse=True)
    latest = json.loads(datalchemy("runs", "show", "latest", "--json", cwd=odd).stdout)
    assert latest == listed[0]
    assert latest["started_at"] == "2026-01-10T12:00:00.000007Z"

    verified = datalchemy("runs", "verify", "--json", cwd=odd)
    assert verified.code == 6
    codes = sorted(finding["code"] for finding in json.loads(verified.stdout))
    assert codes == sorted(["replaced"] * 2 + ["unexpected"] + ["unfinished"] * 2 + ["unreadable"] * 7 + ["misplaced"])
    assert _digests(runs_dir) == before

    command = [*PROGRAM, "runs", "prune", "--keep", "6", "--yes", "--json"]
    prunes = [
        subprocess.Popen(command, cwd=odd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [prune.communicate(timeout=120) for prune in prunes]
    assert [(prune.returncode, said[1]) for prune, said in zip(prunes, ended, strict=True)] == [(0, "")] * 3

    gone = {Path(each["path"]).name for each in listed if each["ours"] and each["started_at"]}
    newest = {Path(each["path"]).name for each in [each for each in listed if each["status"] == "succeeded"][:6]}
    tampered = {Path(each["path"]).name for each in listed if (each["started_at"] or "").startswith("2026-01-09")}
    gone -= newest | tampered
    assert len(gone) == 9
    expected = {name: kept for name, kept in before.items() if not _is_of(name, gone)}
    expected |= {mixed.name: before[mixed.name], f"{mixed.name}/notes.txt": before[f"{mixed.name}/notes.txt"]}
    assert _digests(runs_dir) == expected
    assert _digests(odd / "elsewhere") == outside


def test_prune_says_what_it_leaves_alone(odd: Path) -> None:
    """One line for each folder that stays although it looks like a run, with the reason; a rehearsal says the same."""
    rehearsal = datalchemy("runs", "prune", "--keep", "0", cwd=odd).stdout.splitlines()
    done = datalchemy("runs", "prune", "--keep", "0", "--yes", cwd=odd).stdout.splitlines()
    for lines in (rehearsal, done):
        said = "\n".join(line for line in lines if line.startswith("left alone: "))
        assert said.count("left alone: ") == 10
        for reason in (
            "it is a symbolic link",
            "is not a manifest: it is of version 4",
            "nothing in it says that it is a run's",
            "it is not a regular file",
            "dated in the future (2099-01-01",
            "not a regular file, and links are not followed: schema.json",
            "its manifest.json is that of run",
        ):
            assert reason in said
    assert sum(line.startswith("would delete") for line in rehearsal) == 15
    assert sum(line.startswith("deleted") for line in done) == 15
