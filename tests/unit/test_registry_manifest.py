"""Reading runs back: manifests, verification, the list of runs."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datalchemy.core.errors import RegistryError
from datalchemy.registry import Registry, Run, RunStatus, read_manifest, runs, verify
from datalchemy.registry.layout import temporary_name


def start(runs_dir: Path, minute: int = 0) -> Run:
    """Start a run at a given minute."""
    started_at = datetime(2026, 1, 10, 12, minute, tzinfo=UTC)
    return Registry(runs_dir).start(config={}, started_at=started_at, scrub=str)


def change_manifest(run: Run, **facts: object) -> None:
    """Change what a run's manifest says."""
    file = run.path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))


def dead_pid() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


class TestRead:
    def test_by_folder_and_by_file(self, tmp_path: Path) -> None:
        """A manifest is found by the run's folder and by its own path."""
        run = start(tmp_path)
        assert read_manifest(run.path) == read_manifest(run.path / "manifest.json")

    def test_missing(self, tmp_path: Path) -> None:
        """A folder without a manifest is told."""
        with pytest.raises(RegistryError, match=r"cannot read .*manifest\.json"):
            read_manifest(tmp_path)

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"manifest_version": 2}', "\x00"])
    def test_not_one(self, tmp_path: Path, content: str) -> None:
        """A file that is no manifest, or one of another version, is told with what is wrong."""
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(RegistryError, match="is not a manifest: "):
            read_manifest(tmp_path)


class TestVerify:
    def finished(self, folder: Path) -> Run:
        run = start(folder)
        run.write_artefact("schema.json", b"12")
        run.write_artefact("metrics.json", b"{}")
        run.finish(RunStatus.SUCCEEDED)
        return run

    def test_untouched(self, tmp_path: Path) -> None:
        """A run that nobody touched has no findings."""
        assert verify(self.finished(tmp_path).path) == []

    def test_touched(self, tmp_path: Path) -> None:
        """What is gone, changed, added or left behind is found, by file name."""
        folder = self.finished(tmp_path).path
        (folder / "schema.json").write_bytes(b"21")
        (folder / "metrics.json").unlink()
        with (folder / "logs.ndjson").open("a") as log:
            log.write("{}\n")
        (folder / "notes.txt").write_text("x")
        (folder / ".DS_Store").write_text("x")
        (folder / "sub").mkdir()
        leftover = temporary_name("schema.json")
        (folder / leftover).write_text("x")
        findings = {finding.name: str(finding.code) for finding in verify(folder)}
        assert findings == {
            leftover: "leftover",
            "logs.ndjson": "changed",
            "metrics.json": "missing",
            "notes.txt": "unexpected",
            "schema.json": "changed",
        }

    def test_a_run_that_goes_on(self, tmp_path: Path) -> None:
        """A run that has not ended cannot be verified yet; one whose process is gone never will."""
        run = start(tmp_path)
        assert [(finding.code, finding.message) for finding in verify(run.path)] == [
            ("unfinished", "the run has not ended")
        ]
        change_manifest(run, pid=dead_pid())
        assert [finding.message for finding in verify(run.path)] == ["the run was cut off"]


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

    def test_no_registry(self, tmp_path: Path) -> None:
        """Where no run ever was there is none; a file is no registry."""
        assert list(runs(tmp_path / "none")) == []
        (tmp_path / "file").write_text("")
        with pytest.raises(RegistryError, match="not a directory"):
            list(runs(tmp_path / "file"))

    def test_a_dead_process(self, tmp_path: Path) -> None:
        """A run that says running although its process is gone was interrupted."""
        run = start(tmp_path)
        change_manifest(run, pid=dead_pid())
        (found,) = runs(tmp_path)
        assert (found.status, found.problem) == (RunStatus.INTERRUPTED, "its process ended without a word")

    def test_another_process_with_its_number(self, tmp_path: Path) -> None:
        """A process that came later under the same number does not keep a run alive."""
        run = start(tmp_path)
        change_manifest(run, pid=os.getpid(), process="another-boot:1")
        assert next(runs(tmp_path)).status is RunStatus.INTERRUPTED

    def test_another_host(self, tmp_path: Path) -> None:
        """Whether a run on another host goes on cannot be told from here."""
        run = start(tmp_path)
        change_manifest(run, pid=dead_pid(), host="another")
        assert next(runs(tmp_path)).status is RunStatus.RUNNING

    def test_without_a_manifest(self, tmp_path: Path) -> None:
        """A run that left no manifest, or a broken one, is listed with its problem."""
        first, second = start(tmp_path, 1), start(tmp_path, 2)
        (first.path / "manifest.json").unlink()
        (second.path / "manifest.json").write_text("{")
        found = list(runs(tmp_path, clock=lambda: datetime.now(UTC) + timedelta(minutes=2)))
        assert [(run.run_id, run.status) for run in found] == [
            (first.id, RunStatus.INTERRUPTED),
            (second.id, RunStatus.FAILED),
        ]
        assert "no manifest.json" in str(found[0].problem)
        assert "is not a manifest" in str(found[1].problem)

    @pytest.mark.parametrize("files", [(), ("config.json",), ("config.json", "logs.ndjson"), (".config.json.tmp-1-a",)])
    def test_cut_off_before_it_said_anything(self, files: tuple[str, ...], tmp_path: Path) -> None:
        """A folder without a manifest is a run that is starting, for a minute; then it is one that was interrupted."""
        folder = tmp_path / "2026-01-10T12-00-00Z__run_0000"
        folder.mkdir()
        for name in files:
            (folder / name).write_text("{}")
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
            "from datalchemy.registry import Registry;"
            "run = Registry(Path(sys.argv[1])).start(config={}, started_at=datetime.now(UTC), scrub=str);"
            "run.log('run_started'); os.kill(os.getpid(), signal.SIGKILL)"
        )
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
        (found,) = runs(tmp_path)
        assert found.status is RunStatus.INTERRUPTED
        assert json.loads((found.path / "logs.ndjson").read_text())["event"] == "run_started"
