"""Reading runs back: manifests, and the list of runs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.errors import RegistryError
from datalchemy.registry.listing import age, runs
from datalchemy.registry.manifest import Database, RunStatus, read_manifest
from datalchemy.registry.run import Registry, Run
from tests.unit.registering import NOON, change_manifest, dead_pid, first_release, good, second_version

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json", "manifest.json")


def start(runs_dir: Path, minute: int = 0) -> Run:
    """Start a run at a given minute."""
    started_at = datetime(2026, 1, 10, 12, minute, tzinfo=UTC)
    return Registry(runs_dir).start(config={}, started_at=started_at, scrub=str)


class TestRead:
    def test_by_folder_and_by_file(self, tmp_path: Path) -> None:
        """A manifest is found by the run's folder and by its own path."""
        run = start(tmp_path)
        assert read_manifest(run.path) == read_manifest(run.path / "manifest.json")

    def test_missing(self, tmp_path: Path) -> None:
        """A folder without a manifest is told."""
        with pytest.raises(RegistryError, match=r"cannot read .*manifest\.json"):
            read_manifest(tmp_path)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "is not a manifest: "),
            ("[]", "no JSON object"),
            ("{}", "nothing in it says"),
            ('{"name": "web app", "manifest_version": 4}', "nothing in it says"),
            ('{"kind": "datalchemy.run", "manifest_version": 4}', "of version 4"),
            ('{"kind": "datalchemy.run", "manifest_version": 2}', "run_id: "),
            ('{"kind": "datalchemy.run", "manifest_version": 3}', "run_id: "),
            ('{"manifest_version": 1, "run_id": "x"}', "not the fields of version 1"),
            ("\x00", "is not a manifest: "),
            ("[" * 100_000, "is not a manifest: "),
        ],
    )
    def test_not_one(self, content: str, said: str, tmp_path: Path) -> None:
        """A file that is no manifest, a foreign one, or one of a newer version is refused with what is wrong."""
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(RegistryError, match="is not a manifest: ") as caught:
            read_manifest(tmp_path)
        assert said in caught.value.message

    def test_the_first_release(self, tmp_path: Path) -> None:
        """A manifest of the first release is read, when it has all fields of its version."""
        run = good(tmp_path)
        first_release(run.path)
        assert read_manifest(run.path).manifest_version == 1

    def test_the_second_version(self, tmp_path: Path) -> None:
        """A manifest of version 2 is read; which database its run was of is not known."""
        run = good(tmp_path)
        second_version(run.path)
        manifest = read_manifest(run.path)
        assert (manifest.manifest_version, manifest.database) == (2, Database())

    @pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", "", ".env", "a/b", "a\0b"])
    def test_names_that_lead_elsewhere(self, name: str, tmp_path: Path) -> None:
        """A manifest whose artefact has not a plain name is not one."""
        run = good(tmp_path)
        change_manifest(run.path, artefacts=[{"name": name, "sha256": "0" * 64, "size_bytes": 1}])
        with pytest.raises(RegistryError, match="is not a manifest"):
            read_manifest(run.path)

    @pytest.mark.parametrize("kind", ["fifo", "folder", "link", "device"])
    def test_what_is_no_file(self, kind: str, tmp_path: Path) -> None:
        """A FIFO, a folder, a link or a device by that name is refused at once."""
        place = tmp_path / "manifest.json"
        if kind == "fifo":
            os.mkfifo(place)
        elif kind == "folder":
            place.mkdir()
        else:
            place.symlink_to("/dev/zero" if kind == "device" else tmp_path / "elsewhere")
        with pytest.raises(RegistryError, match=r"not a regular file|symbolic link"):
            read_manifest(tmp_path)


class TestRuns:
    def test_in_order(self, tmp_path: Path) -> None:
        """The runs of a registry come oldest first, with what their manifests say; other folders are passed over."""
        second, first = start(tmp_path, 2), start(tmp_path, 1)
        second.finish(RunStatus.FAILED, error=RegistryError("x", remedy="y"))
        (tmp_path / "sweeps").mkdir()
        (tmp_path / ".gitkeep").write_text("")
        found = list(runs(tmp_path))
        assert [(run.run_id, run.status, run.exit_code) for run in found] == [
            (first.id, RunStatus.RUNNING, None),
            (second.id, RunStatus.FAILED, 6),
        ]
        assert found[1].error is not None
        assert found[1].error.code == "registry"
        assert found[1].path == second.path
        assert found[0].problem is None

    @pytest.mark.parametrize("change", [second_version, first_release, None])
    def test_their_databases(self, change: Callable[[Path], None] | None, tmp_path: Path) -> None:
        """A run says which database it is of; config.json does so where the manifest is older, or missing."""
        place = {"host": "h", "port": 5432, "dbname": "shop"}
        config = {"connection": {**place, "user": "u"}, "settings": {"db": {"name": "prod"}}}
        run = Registry(tmp_path).start(config=config, started_at=NOON, scrub=str)
        run.finish(RunStatus.FAILED)
        if change is None:
            (run.path / "manifest.json").unlink()
        else:
            change(run.path)
        (found,) = runs(tmp_path)
        assert found.database == Database(name="prod", host="h", port=5432, dbname="shop")

    @pytest.mark.parametrize("content", ["{", "[]", '{"run_id": "x", "started_at": "2026-01-10T12:00:00Z"}'])
    def test_a_database_that_nothing_names(self, content: str, tmp_path: Path) -> None:
        """An older run whose config.json says nothing is of the database that it read."""
        run = good(tmp_path)
        second_version(run.path)
        (run.path / "config.json").write_text(content)
        (found,) = runs(tmp_path)
        assert found.database == Database(dbname="d")

    def test_no_registry(self, tmp_path: Path) -> None:
        """Where no run ever was there is none; a file is no registry."""
        assert list(runs(tmp_path / "none")) == []
        (tmp_path / "file").write_text("")
        with pytest.raises(RegistryError, match="not a directory"):
            list(runs(tmp_path / "file"))

    def test_without_a_manifest(self, tmp_path: Path) -> None:
        """A run that left no manifest is interrupted; one with a broken manifest is unreadable and without a date."""
        first, second = start(tmp_path, 1), start(tmp_path, 2)
        (first.path / "manifest.json").unlink()
        first.let_go()
        (second.path / "manifest.json").write_text("{")
        broken, cut_off = runs(tmp_path, clock=lambda: datetime.now(UTC) + timedelta(minutes=2))
        assert (cut_off.run_id, cut_off.status) == (first.id, RunStatus.INTERRUPTED)
        assert (broken.run_id, broken.status, broken.started_at) == (second.id, RunStatus.UNREADABLE, None)
        assert "no manifest.json" in str(cut_off.problem)
        assert "is not a manifest" in str(broken.problem)
        assert (cut_off.ours, broken.ours) == (True, False)

    @pytest.mark.parametrize("files", [(), ("config.json",), ("config.json", "logs.ndjson"), (".config.json.tmp-1-a",)])
    def test_cut_off_before_it_said_anything(self, files: tuple[str, ...], tmp_path: Path) -> None:
        """A folder without a manifest is a run that is starting, for a minute; then it is one that was interrupted."""
        folder = tmp_path / "2026-01-10T12-00-00Z__run_0000"
        folder.mkdir()
        for name in files:
            (folder / name).write_text('{"run_id": "0000", "started_at": "2026-01-10T12:00:00Z"}')
        made = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        (young,) = runs(tmp_path, clock=lambda: made + timedelta(seconds=59))
        assert (young.run_id, young.status) == ("0000", RunStatus.RUNNING)
        (old,) = runs(tmp_path, clock=lambda: made + timedelta(seconds=61))
        assert (old.status, old.problem) == (RunStatus.INTERRUPTED, "the run left no manifest.json")
        assert old.started_at == datetime(2026, 1, 10, 12, tzinfo=UTC)

    def test_a_killed_run(self, tmp_path: Path) -> None:
        """A run whose process is killed leaves its folder, its log, and is listed as interrupted."""
        script = (
            "import os, signal, sys; from datetime import UTC, datetime; from pathlib import Path;"
            "from datalchemy.registry.run import Registry;"
            "run = Registry(Path(sys.argv[1])).start(config={}, started_at=datetime.now(UTC), scrub=str);"
            "run.log('run_started'); os.kill(os.getpid(), signal.SIGKILL)"
        )
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
        (found,) = runs(tmp_path)
        assert found.status is RunStatus.INTERRUPTED
        assert json.loads((found.path / "logs.ndjson").read_text())["event"] == "run_started"


class TestBelief:
    def listed(self, folder: Path, now: datetime = NOON + timedelta(days=30)) -> list[tuple[str, str, bool]]:
        return [(each.run_id, str(each.status), each.ours) for each in runs(folder, clock=lambda: now)]

    def test_what_is_nobodys_run(self, tmp_path: Path) -> None:
        """Folders without a run's name and without our manifest are passed over; so is what a deleted run left."""
        for name in ("2019-site", "sweeps", "2026-01-10T12-00-00Z__run_0000"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "code.js").write_text("x")
        (tmp_path / "2019-site" / "manifest.json").write_text('{"name": "web app"}')
        (tmp_path / "link").symlink_to(tmp_path / "2019-site")
        (tmp_path / "2026-01-10T12-00-00Z__run_1111").write_text("a file")
        assert self.listed(tmp_path) == []

    def test_what_only_looks_like_a_run(self, tmp_path: Path) -> None:
        """A link, a copy under another name, a newer, foreign or other run's manifest: unreadable, and not ours."""
        runs_dir, elsewhere = tmp_path / "runs", good(tmp_path / "elsewhere")
        runs_dir.mkdir()
        (runs_dir / "2026-01-10T12-00-00Z__run_0001").symlink_to(elsewhere.path)
        for name in ("2026-01-10T12-00-00Z__run_0002", "copy"):
            shutil.copytree(elsewhere.path, runs_dir / name)
        for number, text in ((3, '{"kind": "datalchemy.run", "manifest_version": 4}'), (4, "{}")):
            folder = runs_dir / f"2026-01-10T12-00-00Z__run_000{number}"
            folder.mkdir()
            (folder / "manifest.json").write_text(text)
        folder = runs_dir / "2026-01-10T12-00-00Z__run_0005"
        folder.mkdir()
        (folder / "config.json").write_text('{"run_id": "another", "started_at": "2026-01-10T12:00:00Z"}')
        names = ["0001", "0002", "0003", "0004", "0005", "copy"]
        assert self.listed(runs_dir) == [(name, "unreadable", False) for name in names]

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"started_at": "2099-01-01T00:00:00Z"}, "dated in the future (2099-01-01"),
            ({"started_at": "1999-01-01T00:00:00Z"}, "another date than its start (1999-01-01"),
        ],
    )
    def test_dates_that_cannot_be_believed(self, change: dict[str, str], problem: str, tmp_path: Path) -> None:
        """A run that is dated in the future, or otherwise than its folder, is the oldest of all."""
        wrong, right = good(tmp_path), good(tmp_path, NOON - timedelta(days=1))
        change_manifest(wrong.path, **change)
        first, last = runs(tmp_path)
        assert (first.run_id, first.started_at, first.status) == (wrong.id, None, RunStatus.SUCCEEDED)
        assert problem in str(first.problem)
        assert last.run_id == right.id

    def test_one_order(self, tmp_path: Path) -> None:
        """Runs come by start to the microsecond, then by end, whatever their names are."""
        moments = [NOON + timedelta(microseconds=number) for number in (3, 1, 2)]
        made = [good(tmp_path, moment).id for moment in moments]
        ended_later = good(tmp_path, moments[0])
        change_manifest(ended_later.path, finished_at="2026-01-10T13:00:00Z")
        found = list(runs(tmp_path))
        assert [each.run_id for each in found] == [made[1], made[2], made[0], ended_later.id]
        assert found == sorted(found, key=age)

    def test_the_first_release(self, tmp_path: Path) -> None:
        """A run of the first release is as good as any."""
        run = good(tmp_path)
        first_release(run.path)
        assert self.listed(tmp_path) == [(run.id, "succeeded", True)]

    def test_a_killed_run_is_dated_by_its_config(self, tmp_path: Path) -> None:
        """A run without a manifest starts when its config.json says, to the microsecond."""
        moment = NOON + timedelta(microseconds=5)
        run = Registry(tmp_path).start(config={}, started_at=moment, scrub=str)
        (run.path / "manifest.json").unlink()
        assert next(runs(tmp_path)).started_at == moment


class TestFirstRelease:
    def status(self, tmp_path: Path, **facts: object) -> str:
        run = start(tmp_path)
        first_release(run.path, **facts)
        (found,) = runs(tmp_path)
        return str(found.status)

    def test_a_dead_process(self, tmp_path: Path) -> None:
        """A run of the first release that says running although its process is gone was interrupted."""
        assert self.status(tmp_path, pid=dead_pid()) == "interrupted"

    def test_another_process_with_its_number(self, tmp_path: Path) -> None:
        """A process that came later under the same number does not keep a run alive."""
        assert self.status(tmp_path, pid=os.getpid(), process="another-boot:1") == "interrupted"

    def test_its_own_process(self, tmp_path: Path) -> None:
        """As long as its process is there, it goes on."""
        assert self.status(tmp_path) == "running"

    def test_another_host(self, tmp_path: Path) -> None:
        """Whether a run of the first release on another host goes on cannot be told from here."""
        assert self.status(tmp_path, pid=dead_pid(), host="another") == "running"
