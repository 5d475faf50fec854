"""What a RUN argument means."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.registry import run as run_module
from datalchemy.registry.listing import RunSummary
from datalchemy.registry.lookup import find, find_run, find_schema, find_sweep
from datalchemy.registry.manifest import Database, RunStatus
from datalchemy.registry.records import SweepJob
from datalchemy.registry.run import Registry, Run
from datalchemy.registry.sweep_listing import SweepFound
from datalchemy.registry.sweeps import begin_sweep
from datalchemy.secrets.vault import Vault
from tests.unit.registering import NOON, good, plain, second_version

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json", "manifest.json")

IDS = ("abc1", "abc2", "b0b0")


def failed(runs_dir: Path, started_at: datetime, database: Database) -> Run:
    """Do a run that fails."""
    run = Registry(runs_dir).start(config={}, started_at=started_at, scrub=plain, database=database)
    run.finish(RunStatus.FAILED)
    return run


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs: two good ones of `prod`, and a newer one of it that failed."""
    ids = iter(IDS)
    monkeypatch.setattr(run_module, "new_id", lambda: next(ids))
    good(tmp_path, NOON, database=Database(name="prod", dbname="shop"))
    good(tmp_path, NOON + timedelta(microseconds=1), database=Database(name="prod", dbname="shop"))
    failed(tmp_path, NOON + timedelta(seconds=1), Database(name="prod"))
    monkeypatch.undo()
    return tmp_path


def found(argument: str, runs_dir: Path) -> str:
    """Return the id of the run that is found."""
    return find_run(argument, runs_dir).run_id


@pytest.mark.parametrize(
    ("argument", "run_id"),
    [
        ("latest", "b0b0"),
        ("abc1", "abc1"),
        ("b", "b0b0"),
        ("prod", "abc2"),
        ("2026-01-10T12-34-56Z__run_abc1", "abc1"),
        ("elsewhere/2026-01-10T12-34-56Z__run_abc1", "abc1"),
    ],
)
def test_what_it_means(argument: str, run_id: str, registry: Path) -> None:
    """A run is found by id, the beginning of it, its folder's name, as the latest, or as its database's newest good."""
    assert found(argument, registry) == run_id


def test_a_folder(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's folder is found wherever it is, also from within."""
    folder = registry / "2026-01-10T12-34-56Z__run_abc1"
    assert found(str(folder), registry / "none") == "abc1"
    monkeypatch.chdir(folder)
    assert found(".", registry / "none") == "abc1"


def test_a_folder_that_is_no_run(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a database's name does not hide the database."""
    monkeypatch.chdir(registry)
    Path("prod").mkdir()
    assert found("prod", registry) == "abc2"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("abc", "'abc' means 2 of .*__run_abc1 \\(prod\\), .*__run_abc2 \\(prod\\)$"),
        ("zzz", "no run in .* called 'zzz'"),
        ("", "no run in .* called ''"),
        ("x" * 5000, "no run in "),
        ("a\0b", "no run in "),
    ],
)
def test_what_it_does_not_mean(argument: str, said: str, registry: Path) -> None:
    """An ambiguous beginning names the candidates; what means nothing says so."""
    with pytest.raises(ConfigurationError) as caught:
        find(argument, registry)
    assert re.search(said, caught.value.message)
    assert caught.value.remedy


def test_many_candidates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many candidates the newest five are named."""
    ids = iter(f"a{number}" for number in range(8))
    monkeypatch.setattr(run_module, "new_id", lambda: next(ids))
    for _ in range(8):
        failed(tmp_path, NOON, Database())
    with pytest.raises(ConfigurationError, match=r"means 8 of .*__run_a3, .*__run_a7 and 3 more "):
        find("a", tmp_path)


def test_a_database_without_a_good_run(tmp_path: Path) -> None:
    """A database of which every run failed has no run that its name means."""
    run = failed(tmp_path, NOON, Database(name="stage"))
    with pytest.raises(
        ConfigurationError, match=r"'stage' has no run .* that succeeded; the newest is failed"
    ) as caught:
        find("stage", tmp_path)
    assert run.id in str(caught.value.remedy)


def test_a_database_without_a_name(tmp_path: Path) -> None:
    """A run without a name of the user's is found by the database's name on the server, also of version 2."""
    run = good(tmp_path)
    assert found("d", tmp_path) == run.id
    second_version(run.path)
    assert found("d", tmp_path) == run.id


def test_a_name_before_a_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database's name is found though an id begins with it; a whole id is found before a name."""
    ids = iter(["abcd", "1234"])
    monkeypatch.setattr(run_module, "new_id", lambda: next(ids))
    good(tmp_path, database=Database(name="1234"))
    good(tmp_path, database=Database(name="ab"))
    assert (found("ab", tmp_path), found("1234", tmp_path)) == ("1234", "1234")


def test_no_registry(tmp_path: Path) -> None:
    """A registry that is missing, or empty, is an error with a remedy."""
    for runs_dir, said in ((tmp_path / "none", "no registry at"), (tmp_path, "there is no run in")):
        with pytest.raises(ConfigurationError, match=said):
            find("latest", runs_dir)


def sweep(runs_dir: Path, started_at: datetime) -> Path:
    """Do a sweep without jobs."""
    record = begin_sweep(runs_dir, (SweepJob(job=0),), vault=Vault(), clock=lambda: started_at)
    record.finish(0, complete=True)
    return record.path


def test_a_sweep(registry: Path) -> None:
    """A sweep is found by its folder, its id and the beginning of it; the newest where nothing is said."""
    newest, oldest = sweep(registry, NOON + timedelta(microseconds=5)), sweep(registry, NOON)
    for argument in (str(oldest), oldest.name, oldest.name.partition("__sweep_")[2]):
        seen = find(argument, registry)
        assert isinstance(seen, SweepFound)
        assert seen.path.name == oldest.name
    assert find_sweep(None, registry).path == newest
    assert find_sweep(newest.name, registry).path == newest


def test_a_sweep_by_a_short_path(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry of a sweep is known also where its path does not name it."""
    path = sweep(registry, NOON)
    monkeypatch.chdir(path.parent)
    for argument in (path.name, f"../../{registry.name}/sweeps/{path.name}", f"../sweeps/{path.name}"):
        assert find_sweep(argument, registry).path.parent.parent == registry
    monkeypatch.chdir(path)
    assert find_sweep(".", registry).path.parent.parent == registry


def test_a_sweep_is_no_run(registry: Path) -> None:
    """Where a run is expected a sweep is refused, and the other way round."""
    path = sweep(registry, NOON)
    with pytest.raises(ConfigurationError, match="is a sweep, and a run is expected"):
        find_run(path.name, registry)
    with pytest.raises(ConfigurationError, match="is a run, and a sweep is expected"):
        find_sweep("abc1", registry)


def test_no_sweep(registry: Path) -> None:
    """A registry without a sweep has no newest one."""
    with pytest.raises(ConfigurationError, match="there is no sweep"):
        find_sweep(None, registry)


def test_a_schema(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A structure is a file, a folder that holds one, or a run's."""
    folder = find_run("abc1", registry).path
    copy = registry / "copy"
    copy.mkdir()
    (copy / "schema.json").write_bytes((folder / "schema.json").read_bytes())
    for argument, path in (
        ("abc1", folder / "schema.json"),
        (str(folder), folder / "schema.json"),
        (str(copy), copy / "schema.json"),
        ("none.json", Path("none.json")),
        ("/dev/null", Path("/dev/null")),
    ):
        assert find_schema(argument, lambda: registry) == path
    with pytest.raises(ConfigurationError, match=r"run b0b0 has no schema\.json: its status is failed"):
        find_schema("latest", lambda: registry)


def test_the_name_of_an_unreadable_run(registry: Path) -> None:
    """A run whose manifest is broken is found by its id, and never as a database's good run."""
    folder = find_run("abc2", registry).path
    (folder / "manifest.json").write_text("{")
    assert found("prod", registry) == "abc1"
    broken = find("abc2", registry)
    assert isinstance(broken, RunSummary)
    assert broken.status is RunStatus.UNREADABLE
