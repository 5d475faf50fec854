"""Which runs can go, and what goes with them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.errors import RegistryError
from datalchemy.registry.layout import temporary_name
from datalchemy.registry.lease import Lease
from datalchemy.registry.listing import RunSummary, runs
from datalchemy.registry.liveness import SILENT_SECONDS, process_mark
from datalchemy.registry.manifest import Database, RunStatus
from datalchemy.registry.prune import left_alone, remove, remove_without_a_name, superfluous, without_a_name
from tests.unit.registering import NO_DATABASE, NOON, change_manifest, files, first_release, good, start

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json", "manifest.json")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SUCCEEDED, FAILED, RUNNING = RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.RUNNING


def summary(
    name: str, days: int | None, status: RunStatus = SUCCEEDED, *, ours: bool = True, database: Database = NO_DATABASE
) -> RunSummary:
    """Return a run that started so many days ago, and ended unless it was cut off."""
    started_at = None if days is None else NOW - timedelta(days=days)
    ended = None if status in {RUNNING, RunStatus.INTERRUPTED} else started_at
    return RunSummary(
        run_id=name,
        path=Path(name),
        database=database,
        status=status,
        started_at=started_at,
        finished_at=ended,
        ours=ours,
    )


RUNS = (
    summary("undated", None),
    summary("old", 90),
    summary("going_on", 60, RUNNING),
    summary("failed", 40, FAILED),
    summary("new", 1),
    summary("cut_off", 0, RunStatus.INTERRUPTED),
    summary("unreadable", 0, RunStatus.UNREADABLE, ours=False),
)


@pytest.mark.parametrize(
    ("keep", "older_than", "going"),
    [
        (1, None, ("old", "failed")),
        (2, None, ()),
        (0, None, ("old", "failed", "new", "cut_off")),
        (None, timedelta(days=30), ("old", "failed")),
        (None, timedelta(days=50), ("old",)),
        (None, timedelta(0), ("old", "failed")),
        (0, timedelta(0), ("old", "failed", "new")),
        (1, timedelta(days=50), ("old",)),
        (3, timedelta(days=91), ()),
    ],
)
def test_superfluous(keep: int | None, older_than: timedelta | None, going: tuple[str, ...]) -> None:
    """Both bounds must let a run go; what goes on, is not ours, or has no date stays; cut-off runs do not count."""
    for order in (RUNS, RUNS[::-1]):
        found = superfluous(order, keep=keep, older_than=older_than, now=NOW)
        assert tuple(each.run_id for each in found) == going


PLACE = {"host": "h", "port": 5432, "dbname": "shop"}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (Database(name="prod", **PLACE), Database(name="stage", **PLACE), False),
        (Database(name="prod", **PLACE), Database(name="prod", host="moved"), True),
        (Database(**PLACE), Database(**PLACE), True),
        (Database(**PLACE), Database(**PLACE | {"port": 5433}), False),
        (Database(**PLACE), Database(**PLACE | {"host": "other"}), False),
        (Database(name="prod", **PLACE), Database(**PLACE), False),
        (Database(name="***", **PLACE), Database(name="***", host="other"), False),
    ],
)
def test_each_database_keeps_its_runs(one: Database, other: Database, is_one: bool) -> None:
    """The newest run of each database stays: of its name, or of its host, port and dbname where it has none."""
    both = [summary("one", 2, database=one), summary("other", 1, database=other)]
    going = superfluous(both, keep=1, older_than=None, now=NOW)
    assert [each.run_id for each in going] == (["one"] if is_one else [])


def test_the_last_good_run_of_each_database_stays() -> None:
    """Whatever the age, the last run of a database that succeeded goes only with `keep` 0."""
    prod, stage = Database(name="prod"), Database(name="stage")
    known = [summary("a", 90, database=prod), summary("b", 80, database=prod), summary("c", 70, database=stage)]
    known.append(summary("d", 1, FAILED, database=prod))
    month = timedelta(days=30)
    assert [each.run_id for each in superfluous(known, keep=None, older_than=month, now=NOW)] == ["a"]
    assert [each.run_id for each in superfluous(known, keep=0, older_than=month, now=NOW)] == ["a", "b", "c"]


def test_nothing_pushes_out_a_good_run() -> None:
    """Failed, cut-off, undated and foreign runs, however many and new, leave the newest good runs where they are."""
    good_ones = [summary(f"good{number}", 50 + number) for number in range(3)]
    noise = [
        summary(f"{status}{number}", days, status, ours=ours)
        for number in range(5)
        for days, status, ours in (
            (number, FAILED, True),
            (number, RunStatus.INTERRUPTED, True),
            (None, SUCCEEDED, True),
            (None, RunStatus.UNREADABLE, False),
        )
    ]
    going = superfluous([*good_ones, *noise], keep=2, older_than=None, now=NOW)
    assert {each.run_id for each in going if each.run_id.startswith("good")} == {"good2"}
    assert {each.run_id for each in going if each.status is FAILED} == {"failed2", "failed3", "failed4"}
    assert left_alone(going) == ()


def test_a_run_goes_whole(tmp_path: Path) -> None:
    """A run goes with all its files and with what cut-off writes left of them; gone already, it is gone."""
    folder = good(tmp_path).path
    (folder / temporary_name("schema.json")).write_text("x")
    assert remove(folder, now=NOW, really=False) == (True, None)
    assert folder.exists()
    assert remove(folder, now=NOW) == (True, None)
    assert not folder.exists()
    assert remove(folder, now=NOW) == (True, None)


def test_a_run_of_the_first_release_goes(tmp_path: Path) -> None:
    """So does one of the first release."""
    folder = good(tmp_path).path
    first_release(folder)
    assert remove(folder, now=NOW) == (True, None)
    assert not folder.exists()


@pytest.mark.parametrize("left", ["all", "no manifest", "only config", "nothing"])
def test_a_cut_off_run_goes(left: str, tmp_path: Path) -> None:
    """A run that was cut off goes with the artefacts that it had no time to list."""
    run = start(tmp_path)
    run.write_artefact("schema.json", b"{}")
    run.let_go()
    kept = {"all": 99, "no manifest": 4, "only config": 1, "nothing": 0}[left]
    for name in ["config.json", ".lease", "logs.ndjson", "schema.json", "manifest.json"][kept:]:
        (run.path / name).unlink()
    assert remove(run.path, now=datetime.now(UTC) + timedelta(minutes=2)) == (True, None)
    assert not run.path.exists()


def test_a_schema_of_somebody_else_stays(tmp_path: Path) -> None:
    """A schema.json that an ended run did not write, and its manifest does not name, stays, also the next time."""
    run = start(tmp_path)
    run.finish(FAILED)
    (run.path / "schema.json").write_text("mine")
    for _ in range(2):
        remove(run.path, now=datetime.now(UTC) + timedelta(minutes=2))
        assert files(run.path) == ["schema.json"]
    assert list(runs(tmp_path, clock=lambda: datetime.now(UTC) + timedelta(minutes=2))) == []


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    """What the run did not write stays with the folder, and one line says so; the rest is no run any more."""
    folder = good(tmp_path).path
    (folder / "notes.txt").write_text("mine")
    (folder / ".env").write_text("mine")
    (folder / "deep").mkdir()
    (folder / "deep" / "schema.json").write_text("mine")
    for really in (False, True):
        removal = remove(folder, now=NOW, really=really)
        assert removal.deleted
        assert str(removal.note).endswith("the run did not write .env, deep, notes.txt")
    assert files(folder) == [".env", "deep", "notes.txt"]
    assert files(folder / "deep") == ["schema.json"]


@pytest.mark.parametrize("name", ["schema.json", "config.json", "manifest.json"])
@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_took_the_place_of_a_file(kind: str, name: str, tmp_path: Path) -> None:
    """A run with a link, a FIFO or a folder in the place of a file is left alone, and so is what the link leads to."""
    folder = good(tmp_path / "runs").path
    (tmp_path / "theirs").write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    if kind == "link":
        (folder / name).symlink_to(tmp_path / "theirs")
    elif kind == "fifo":
        os.mkfifo(folder / name)
    else:
        (folder / name).mkdir()
    before = files(folder)
    removal = remove(folder, now=NOW)
    assert not removal.deleted
    assert "left alone" in str(removal.note)
    assert files(folder) == before
    assert (tmp_path / "theirs").exists()


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    """A run's folder that is a link is left alone, and so is what it leads to."""
    run = good(tmp_path / "elsewhere")
    link = tmp_path / run.path.name
    link.symlink_to(run.path)
    assert not remove(link, now=NOW).deleted
    assert len(files(run.path)) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"manifest_version": 4},
        {"run_id": "another"},
        {"status": "odd"},
        {"surprise": 1},
        {"artefacts": [{"name": "../theirs", "sha256": "0" * 64, "size_bytes": 1}]},
    ],
    ids=str,
)
def test_what_no_valid_manifest_proves(change: dict[str, object], tmp_path: Path) -> None:
    """A run whose manifest is foreign, newer, broken or another run's is left alone."""
    folder = good(tmp_path / "runs").path
    (tmp_path / "runs" / "theirs").write_text("x")
    change_manifest(folder, **change)
    before = files(folder)
    assert not remove(folder, now=NOW).deleted
    assert files(folder) == before


def test_a_run_that_goes_on(tmp_path: Path) -> None:
    """A run that goes on is left alone, also when a list called it cut off a moment ago."""
    run = start(tmp_path)
    assert remove(run.path, now=NOON) == (False, f"left alone: {run.path}: the run is going on")


def test_an_interrupted_deletion_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest goes last: a deletion that was cut off anywhere is finished by the next one."""
    unlink, folder = os.unlink, good(tmp_path).path
    (folder / "notes.txt").write_text("mine")
    for number in range(len(files(folder)) - 2):
        done = 0

        def interrupt(name: str, *, dir_fd: int, most: int = number) -> None:
            nonlocal done
            if done == 1:
                raise KeyboardInterrupt
            done += 1
            unlink(name, dir_fd=dir_fd)

        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", interrupt)
            with pytest.raises(KeyboardInterrupt):
                remove(folder, now=NOW)
        assert (folder / "manifest.json").exists()
    assert remove(folder, now=NOW).deleted
    assert files(folder) == ["notes.txt"]


def test_a_disk_that_says_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be deleted is an error with its cause."""
    folder = good(tmp_path).path

    def refuse(name: str, *, dir_fd: int) -> None:
        raise PermissionError(1, "no")

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(RegistryError, match="not permitted"):
        remove(folder, now=NOW)


@pytest.fixture
def unnamed(tmp_path: Path) -> Callable[..., Path]:
    """Make what a process leaves that is killed before its run's or sweep's folder has its name."""

    def make(kind: str, *contents: str, silent_seconds: float = 0) -> Path:
        place = tmp_path / "sweeps" if kind == "sweep" else tmp_path
        folder = place / temporary_name(f"2026-01-10T12-34-56Z__{kind}_ab")
        folder.mkdir(parents=True)
        for name in contents:
            (folder / name).write_text("locked\n")
        os.utime(folder, (NOW.timestamp() - silent_seconds,) * 2)
        return folder

    return make


@pytest.mark.parametrize("kind", ["run", "sweep"])
@pytest.mark.parametrize("contents", [(".lease",), (".lease", "..lease.tmp-1-ab"), ()])
def test_what_was_killed_before_it_had_a_name(
    contents: tuple[str, ...], kind: str, unnamed: Callable[..., Path], tmp_path: Path
) -> None:
    """A hidden folder whose process is gone is deleted; without a lease, when nobody touched it for a while."""
    folder = unnamed(kind, *contents, silent_seconds=SILENT_SECONDS + 1)
    assert without_a_name(tmp_path, now=NOW) == (folder,)
    assert remove_without_a_name(folder, now=NOW, really=False).deleted
    assert folder.exists()
    assert remove_without_a_name(folder, now=NOW).deleted
    assert not folder.exists()
    assert remove_without_a_name(folder, now=NOW).deleted  # another process was quicker


def test_what_has_no_name_yet(unnamed: Callable[..., Path], tmp_path: Path) -> None:
    """A hidden folder stays where its process may be there, or somebody else's file is in it, or its name is odd."""
    held, young, foreign, link = unnamed("run"), unnamed("run"), unnamed("run", ".lease", "notes"), unnamed("run")
    lease = Lease(held, mode=0o644, mark=process_mark(os.getpid()))
    link.rmdir()
    link.symlink_to(foreign)
    (tmp_path / ".cache.tmp-1-ab").mkdir()
    (tmp_path / temporary_name("notes.json")).write_text("x")
    (tmp_path / temporary_name("2026-01-10T12-34-56Z__run_ab")).write_text("no folder")
    assert without_a_name(tmp_path, now=NOW) == ()
    for folder in (held, young, foreign, link):
        assert not remove_without_a_name(folder, now=NOW).deleted
        assert folder.exists()
    assert files(foreign) == [".lease", "notes"]
    lease.end(remove=True)
    assert without_a_name(tmp_path / "none", now=NOW) == ()
