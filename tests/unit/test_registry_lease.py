"""Whether a run that says `running` goes on: its lease, its heartbeat, its kernel."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.errors import RegistryError
from datalchemy.registry import lease as lease_module
from datalchemy.registry import run as run_module
from datalchemy.registry.layout import run_name
from datalchemy.registry.lease import Lease
from datalchemy.registry.listing import runs
from datalchemy.registry.liveness import SILENT_SECONDS, is_held, process_mark
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.run import Run
from datalchemy.registry.sweep_listing import sweeps
from datalchemy.registry.sweeps import begin_sweep
from datalchemy.registry.verification import verify
from datalchemy.secrets.vault import Vault
from tests.unit.registering import change_manifest, dead_pid, files, start

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")

NOW = datetime(2026, 1, 10, 13, tzinfo=UTC)
MINUTE = 60.0


def status(run: Run) -> str:
    """Return what the registry says of its one run at NOW."""
    (found,) = runs(run.path.parent, clock=lambda: NOW)
    return str(found.status)


def heart_beats(run: Run, *, seconds_ago: float) -> None:
    """Set the time of the last heartbeat."""
    os.utime(run.path / ".lease", (NOW.timestamp() - seconds_ago,) * 2)


def test_held(tmp_path: Path) -> None:
    """A run that holds its lease goes on, whatever host, process, boot and age of heartbeat say."""
    run = start(tmp_path)
    heart_beats(run, seconds_ago=1e6)
    change_manifest(run.path, host="another", pid=dead_pid(), process="another-boot:1")
    assert status(run) == "running"
    assert [(finding.code, finding.message) for finding in verify(run.path, fingerprint_of)] == [
        ("unfinished", "the run has not ended")
    ]


@pytest.mark.parametrize("host", ["box-1", None])
def test_free_on_this_kernel(host: str | None, tmp_path: Path) -> None:
    """A free lease of a run of this boot means at once that the run was cut off, under whatever host name."""
    run = start(tmp_path)
    run.let_go()
    heart_beats(run, seconds_ago=0)
    if host:
        change_manifest(run.path, host=host)
    assert status(run) == "interrupted"
    assert [finding.message for finding in verify(run.path, fingerprint_of)] == ["the run was cut off"]


@pytest.mark.parametrize(
    ("seconds_ago", "expected"),
    [
        (0, "running"),
        (SILENT_SECONDS - MINUTE, "running"),
        (SILENT_SECONDS + MINUTE, "interrupted"),
        (MINUTE - SILENT_SECONDS, "running"),
        (-MINUTE - SILENT_SECONDS, "interrupted"),
    ],
)
@pytest.mark.parametrize("why", ["another boot", "no locks"])
def test_where_the_lock_says_nothing(why: str, seconds_ago: float, expected: str, tmp_path: Path) -> None:
    """From another machine, or without locks, the heartbeat counts: not much older, and not much newer, than now."""
    run = start(tmp_path)
    run.let_go()
    if why == "another boot":
        change_manifest(run.path, process="another-boot:1")
    else:
        (run.path / ".lease").write_bytes(b"not locked\n")
    heart_beats(run, seconds_ago=seconds_ago)
    assert status(run) == expected


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run starts where there are no locks, says so in its lease, and its readers go by the heartbeat."""

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    run = start(tmp_path)
    assert (run.path / ".lease").read_bytes().startswith(b"not locked\n")
    heart_beats(run, seconds_ago=0)
    assert status(run) == "running"
    heart_beats(run, seconds_ago=2 * SILENT_SECONDS)
    assert status(run) == "interrupted"


@pytest.mark.parametrize("kind", ["gone", "fifo", "link", "folder"])
def test_without_a_lease(kind: str, tmp_path: Path) -> None:
    """Where no lease can be read the process of this boot counts, and nothing waits."""
    run = start(tmp_path)
    place = run.path / ".lease"
    place.unlink()
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to("config.json")
    elif kind == "folder":
        place.mkdir()
    assert status(run) == "running"
    change_manifest(run.path, pid=dead_pid())
    assert status(run) == "interrupted"


def test_the_end(tmp_path: Path) -> None:
    """The lease is gone when the run has ended; letting go after that changes nothing."""
    run = start(tmp_path)
    run.finish(RunStatus.FAILED)
    run.let_go()
    assert files(run.path) == ["config.json", "logs.ndjson", "manifest.json"]
    assert verify(run.path, fingerprint_of) == []


def test_an_end_that_an_interrupt_cuts_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said again, it lets the lease go."""
    lease = Lease(tmp_path, mode=0o600, mark=None)
    with monkeypatch.context() as patched:

        def interrupted(path: Path) -> os.stat_result:
            raise KeyboardInterrupt

        patched.setattr(os, "lstat", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lease.end(remove=True)
    assert is_held(tmp_path, now=datetime.now(UTC))
    lease.end(remove=True)
    lease.end(remove=True)
    assert is_held(tmp_path, now=datetime.now(UTC)) is None
    assert files(tmp_path) == []


def test_the_heart_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is on touches its lease; one that has ended touches nothing."""
    beats: list[Path] = []
    done = threading.Event()

    def touch(path: Path, *, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        beats.append(path)
        done.set()

    monkeypatch.setattr(lease_module, "HEARTBEAT_SECONDS", 0.001)
    monkeypatch.setattr(os, "utime", touch)
    run = start(tmp_path)
    assert done.wait(30)
    assert set(beats) == {run.path / ".lease"}
    run.finish(RunStatus.SUCCEEDED)


def test_a_killed_run(tmp_path: Path) -> None:
    """A run whose process is killed is interrupted at once, and its lease is not taken for a foreign file."""
    script = (
        "import os, signal, sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from datalchemy.registry.run import Registry;"
        "run = Registry(Path(sys.argv[1])).start(config={}, started_at=datetime.now(UTC), scrub=str);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    (found,) = runs(tmp_path)
    assert (found.status, found.problem) == (RunStatus.INTERRUPTED, "its process ended before the run did")
    assert (found.path / ".lease").exists()


def test_a_start_that_fails(tmp_path: Path) -> None:
    """A run whose log cannot be made lets its lease go, and is interrupted at once."""
    folder = tmp_path / run_name(NOW, "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datalchemy.registry.run.RunLog", _no_log)
        with pytest.raises(RegistryError, match="no log"):
            start(tmp_path, run_dir=folder)
    assert files(folder) == [".lease", "config.json"]
    assert [run.status for run in runs(tmp_path)] == [RunStatus.INTERRUPTED]


def _no_log(*_: object, **__: object) -> None:
    raise RegistryError("no log")


@pytest.mark.parametrize("process", ["ours", "another-boot:1", None])
def test_before_its_manifest(process: str | None, tmp_path: Path) -> None:
    """A run without a manifest is cut off the moment its lease is free; of another kernel, when it is silent."""
    folder = tmp_path / run_name(NOW, "1")
    folder.mkdir()
    lease = Lease(folder, mode=0o644, mark=process_mark(os.getpid()) if process == "ours" else process)

    def seen(seconds: float) -> str:
        (found,) = runs(tmp_path, clock=lambda: datetime.fromtimestamp(folder.stat().st_mtime + seconds, UTC))
        return str(found.status)

    assert [seen(1), seen(1e6)] == ["running", "running"]
    lease.end(remove=False)
    assert [seen(1), seen(SILENT_SECONDS - 9)] == ["interrupted" if process == "ours" else "running"] * 2
    assert seen(SILENT_SECONDS + 9) == "interrupted"


def test_a_lease_of_another_is_left_alone(tmp_path: Path) -> None:
    """Of two that took the lease of one folder, the first to end does not take away the other's."""
    first = Lease(tmp_path, mode=0o644, mark="first")
    second = Lease(tmp_path, mode=0o644, mark="second")
    first.end(remove=True)
    seen = lease_module.look_at_lease(tmp_path)
    assert seen is not None
    assert (seen.held, seen.mark) == (True, "second")
    second.end(remove=True)
    assert files(tmp_path) == []


def test_the_lease_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a run makes has its lease before anything else is in it, also one that was named before."""

    def refuse(path: Path, *_: object, **__: object) -> bool:
        seen.append(files(path.parent))
        return False

    seen: list[list[str]] = []
    monkeypatch.setattr(run_module, "create_exclusively", refuse)
    for run_dir in (None, tmp_path / run_name(NOW, "1")):
        with pytest.raises(RegistryError, match="belongs to another run"):
            start(tmp_path, run_dir=run_dir)
    assert seen == [[".lease"]] * 2
    assert files(tmp_path) == []


def test_interrupted_with_its_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is interrupted right after it wrote config.json is interrupted at once."""

    def interrupt(path: Path, *_: object, **__: object) -> bool:
        path.write_text('{"run_id": "1", "started_at": "2026-01-10T13:00:00Z"}')
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "create_exclusively", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start(tmp_path, run_dir=tmp_path / run_name(NOW, "1"))
    assert [run.status for run in runs(tmp_path)] == [RunStatus.INTERRUPTED]


Begin = Callable[[Path], object]
BEGUN: dict[str, Begin] = {
    "run": start,
    "named run": lambda runs_dir: start(runs_dir, run_dir=runs_dir / run_name(NOW, "1")),
    "sweep": lambda runs_dir: begin_sweep(runs_dir, [], vault=Vault()),
}


def folders(runs_dir: Path) -> list[Path]:
    """Return the folders of runs and sweeps, also those that have no name of their own yet."""
    found = [*runs_dir.iterdir(), *(runs_dir / "sweeps").glob("*")]
    return [path for path in found if path.name != "sweeps"]


@pytest.mark.parametrize("begin", BEGUN.values(), ids=BEGUN)
def test_no_folder_lacks_its_lease(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a run or a sweep has its lease, locked, before it has its name; until then nobody lists it."""

    def renamed(old: Path, new: Path) -> None:
        if "__" in Path(new).name:
            lease = lease_module.look_at_lease(Path(old))
            seen.append((files(Path(old)), lease and lease.held, Path(new).exists()))
            assert (list(runs(tmp_path)), sweeps(tmp_path)) == ([], ())
        rename(old, new)

    rename, seen = os.rename, list[object]()
    monkeypatch.setattr(os, "rename", renamed)
    begin(tmp_path)
    assert seen == [([".lease"], True, False)]
    (folder,) = folders(tmp_path)
    assert [*(run.path for run in runs(tmp_path)), *(sweep.path for sweep in sweeps(tmp_path))] == [folder]
    assert is_held(folder, now=NOW)


@pytest.mark.parametrize("begin", BEGUN.values(), ids=BEGUN)
@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE])
def test_folders_that_cannot_be_renamed(
    number: int, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file system renames no folder with an open file, the folder is made in its place."""

    def refuse(old: Path, new: Path) -> None:
        if "__" in Path(new).name:
            raise OSError(number, os.strerror(number))
        rename(old, new)

    rename = os.rename
    monkeypatch.setattr(os, "rename", refuse)
    begin(tmp_path)
    (folder,) = folders(tmp_path)
    assert not folder.name.startswith(".")
    assert is_held(folder, now=NOW)


@pytest.mark.parametrize("begin", BEGUN.values(), ids=BEGUN)
def test_interrupted_before_it_has_its_name(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is interrupted before the folder has its name leaves nothing."""

    def interrupt(old: Path, new: Path) -> None:
        if "__" in Path(new).name:
            raise KeyboardInterrupt
        rename(old, new)

    rename = os.rename
    monkeypatch.setattr(os, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        begin(tmp_path)
    assert folders(tmp_path) == []


def test_a_named_folder_that_another_made_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two runs that make one folder at the same time, one has it, and the other leaves nothing."""

    def overtake(old: Path, new: Path) -> None:
        if "__" in Path(new).name and not Path(new).exists():
            Path(new).mkdir()
            (Path(new) / "config.json").write_text("{}")
        rename(old, new)

    rename, folder = os.rename, tmp_path / run_name(NOW, "1")
    monkeypatch.setattr(os, "rename", overtake)
    with pytest.raises(RegistryError, match="belongs to another run"):
        start(tmp_path, run_dir=folder)
    assert (files(tmp_path), files(folder)) == ([folder.name], ["config.json"])
