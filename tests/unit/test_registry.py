"""Runs on disk: how a folder is claimed, written, ended."""

import errno
import hashlib
import json
import os
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.errors import ConnectionFailedError, ExitCode, InternalError, RegistryError
from datalchemy.registry import run as run_module
from datalchemy.registry.files import write_atomically
from datalchemy.registry.manifest import Captured, Database, RunStatus, read_manifest
from datalchemy.registry.run import Registry
from datalchemy.registry.verification import verify
from datalchemy.secrets.vault import Vault
from tests.unit.registering import CANARY, NOON, files, plain, schema_of, start

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")


class TestStart:
    def test_folder(self, tmp_path: Path) -> None:
        """A run's folder is named by its start in UTC and its id, below a folder that is made when needed."""
        run = start(tmp_path / "a" / "runs")
        assert re.fullmatch(r"2026-01-10T12-34-56Z__run_[0-9a-f]{12}", run.path.name)
        assert run.path.name.endswith(run.id)
        assert files(run.path) == [".lease", "config.json", "logs.ndjson", "manifest.json"]

    def test_time_zone(self, tmp_path: Path) -> None:
        """A start in another time zone names the folder in UTC."""
        started_at = datetime(2026, 1, 10, 9, 34, 56, tzinfo=timezone(timedelta(hours=-3)))
        run = Registry(tmp_path).start(config={}, started_at=started_at, scrub=plain)
        assert run.path.name.startswith("2026-01-10T12-34-56Z__run_")
        assert json.loads((run.path / "config.json").read_text())["started_at"] == "2026-01-10T12:34:56.000000Z"

    def test_config(self, tmp_path: Path) -> None:
        """config.json holds the run's id and start, then what was given in its order, scrubbed."""
        vault = Vault()
        vault.remember(CANARY)
        run = start(tmp_path, scrub=vault.scrub, b={"x": CANARY, "password": "other"}, a=["é", 1, None], run_id="no")
        text = (run.path / "config.json").read_text("utf-8")
        assert json.loads(text) == {
            "run_id": run.id,
            "started_at": "2026-01-10T12:34:56.000000Z",
            "b": {"x": "***", "password": "***"},
            "a": ["é", 1, None],
        }
        assert list(json.loads(text)) == ["run_id", "started_at", "b", "a"]
        assert "é" in text

    def test_running(self, tmp_path: Path) -> None:
        """From its start a run says that it is running, and who runs it."""
        manifest = read_manifest(start(tmp_path).path)
        assert manifest.status is RunStatus.RUNNING
        assert manifest.pid == os.getpid()
        assert manifest.host
        assert manifest.artefacts == ()
        assert manifest.exit_code is None

    def test_its_database(self, tmp_path: Path) -> None:
        """From its start a run says which database it is of, without secrets."""
        vault = Vault()
        vault.remember(CANARY)
        database = Database(name="prod", host=f"h-{CANARY}", port=5432, dbname="shop")
        run = Registry(tmp_path).start(config={}, started_at=NOON, scrub=vault.scrub, database=database)
        shown = Database(name="prod", host="h-***", port=5432, dbname="shop")
        assert read_manifest(run.path).database == shown
        assert run.finish(RunStatus.FAILED).database == shown

    def test_a_name_that_is_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When a folder of that name is there, another name is taken."""
        ids = iter(["aa", "aa", "bb"])
        monkeypatch.setattr(run_module, "new_id", lambda: next(ids))
        assert [start(tmp_path).id, start(tmp_path).id] == ["aa", "bb"]

    def test_no_name_is_free(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When every name is taken the run fails instead of going on for ever."""
        monkeypatch.setattr(run_module, "new_id", lambda: "aa")
        start(tmp_path)
        with pytest.raises(RegistryError, match="no free name"):
            start(tmp_path)

    def test_a_given_folder(self, tmp_path: Path) -> None:
        """A folder that is there already is claimed, and its name tells the run's id."""
        folder = tmp_path / "2026-01-10T12-34-56Z__run_0123456789ab"
        folder.mkdir()
        run = start(tmp_path / "elsewhere", run_dir=folder)
        assert (run.id, run.path) == ("0123456789ab", folder)
        assert not (tmp_path / "elsewhere").exists()

    def test_a_given_folder_of_another_name(self, tmp_path: Path) -> None:
        """A folder with a name of its own, not there yet, is made; the run gets an id."""
        run = start(tmp_path, run_dir=tmp_path / "x" / "mine")
        assert re.fullmatch("[0-9a-f]{12}", run.id)

    @pytest.mark.invented_artefacts("manifest.json")
    @pytest.mark.parametrize("name", ["config.json", "logs.ndjson", "manifest.json", "notes.txt", ".env"])
    def test_a_claimed_folder(self, tmp_path: Path, name: str) -> None:
        """A folder with anything in it is not claimed, and stays as it was."""
        (tmp_path / name).write_text("theirs")
        with pytest.raises(RegistryError, match="belongs to another run"):
            start(tmp_path, run_dir=tmp_path)
        assert files(tmp_path) == [name]
        assert (tmp_path / name).read_text() == "theirs"

    def test_without_hard_links(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a file system without hard links a folder is claimed all the same, and only once."""

        def refuse(self: Path, target: Path) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
        run = start(tmp_path, run_dir=tmp_path / "r")
        assert json.loads((run.path / "config.json").read_text())["run_id"] == run.id
        with pytest.raises(RegistryError, match="belongs to another run"):
            start(tmp_path, run_dir=tmp_path / "r")


class TestArtefacts:
    def test_written_whole(self, tmp_path: Path) -> None:
        """An artefact has the bytes that were given, and a second writing takes the place of the first."""
        run = start(tmp_path)
        assert run.write_artefact("schema.json", b"1") == run.path / "schema.json"
        run.write_artefact("schema.json", b"22")
        assert (run.path / "schema.json").read_bytes() == b"22"
        assert [name for name in files(run.path) if name.startswith(".")] == [".lease"]

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "a/b", "a/", "sub/../x", ".x", "config.json", "logs.ndjson", "manifest.json", "/x"]
    )
    def test_names(self, tmp_path: Path, name: str) -> None:
        """A name that leads out of the folder, or is the registry's own, is refused."""
        with pytest.raises(InternalError):
            start(tmp_path).write_artefact(name, b"")

    def test_a_write_that_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the rename fails, the old content is still there and nothing is left of the new."""
        run = start(tmp_path)
        run.write_artefact("schema.json", b"old")
        before = files(run.path)

        def refuse(self: Path, target: Path) -> Path:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(Path, "replace", refuse)
        with pytest.raises(RegistryError, match="read-only") as caught:
            run.write_artefact("schema.json", b"new")
        assert caught.value.exit_code == ExitCode.REGISTRY
        assert files(run.path) == before
        assert (run.path / "schema.json").read_bytes() == b"old"

    def test_an_interrupt_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An interrupt in the middle of a write leaves no half file."""
        run = start(tmp_path)
        before = files(run.path)

        def interrupt(descriptor: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run.write_artefact("schema.json", b"new")
        assert files(run.path) == before

    def test_a_link_in_its_place(self, tmp_path: Path) -> None:
        """A file of the registry takes the place of a symbolic link, and what that led to stays as it was."""
        (tmp_path / "real").write_text("old")
        (tmp_path / "link").symlink_to("real")
        write_atomically(tmp_path / "link", b"new")
        assert not (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_text() == "old"
        with pytest.raises(RegistryError, match="it is a directory"):
            write_atomically(tmp_path, b"x")

    def test_after_the_end(self, tmp_path: Path) -> None:
        """An ended run takes no more artefacts."""
        run = start(tmp_path)
        run.finish(RunStatus.SUCCEEDED)
        with pytest.raises(InternalError):
            run.write_artefact("schema.json", b"")


class TestModes:
    @pytest.mark.parametrize(
        ("umask", "mode", "file", "folder"),
        [
            (0o000, 0o644, 0o644, 0o755),
            (0o022, 0o644, 0o644, 0o755),
            (0o077, 0o644, 0o600, 0o700),
            (0o000, 0o640, 0o640, 0o750),
            (0o027, 0o644, 0o640, 0o750),
            (0o000, 0o600, 0o600, 0o700),
            (0o000, 0o666, 0o644, 0o755),
        ],
    )
    def test_modes(self, umask: int, mode: int, file: int, folder: int, tmp_path: Path) -> None:
        """Files and folders follow the umask and the registry's mode, and nobody but the owner may write them."""
        before = os.umask(umask)
        try:
            run = Registry(tmp_path / "a" / "runs", mode=mode).start(config={}, started_at=NOON, scrub=plain)
            run.write_artefact("schema.json", b"{}")
            run.finish(RunStatus.SUCCEEDED)
        finally:
            os.umask(before)
        assert {stat.S_IMODE(path.stat().st_mode) for path in run.path.iterdir()} == {file}
        assert {stat.S_IMODE(path.stat().st_mode) for path in (run.path, *run.path.parents[:2])} == {folder}


class TestFinish:
    def test_manifest(self, tmp_path: Path) -> None:
        """The manifest tells how the run ended, and digest and size of every artefact with its last line."""
        run = start(tmp_path)
        run.log("run_started")
        schema = schema_of("shop")
        run.write_artefact("schema.json", schema.to_json())
        run.log("run_finished")
        captured = Captured(database="shop", engine_version="18.4", tables=3, fingerprint=schema.fingerprint)
        manifest = run.finish(RunStatus.SUCCEEDED, captured=captured)
        assert manifest == read_manifest(run.path)
        content = json.loads((run.path / "manifest.json").read_text())
        assert content == {
            "kind": "datalchemy.run",
            "manifest_version": 3,
            "run_id": run.id,
            "database": {"name": None, "host": None, "port": None, "dbname": None},
            "status": "succeeded",
            "exit_code": 0,
            "error": None,
            "started_at": "2026-01-10T12:34:56.000000Z",
            "finished_at": "2026-01-10T12:34:57.500000Z",
            "duration_seconds": 1.5,
            "host": manifest.host,
            "pid": os.getpid(),
            "process": manifest.process,
            "captured": {"database": "shop", "engine_version": "18.4", "tables": 3, "fingerprint": schema.fingerprint},
            "artefacts": [
                {
                    "name": name,
                    "sha256": hashlib.sha256((run.path / name).read_bytes()).hexdigest(),
                    "size_bytes": (run.path / name).stat().st_size,
                }
                for name in ("config.json", "logs.ndjson", "schema.json")
            ],
        }
        assert verify(run.path, fingerprint_of) == []

    @pytest.mark.parametrize(
        ("status", "error", "exit_code", "failure"),
        [
            (
                RunStatus.FAILED,
                ConnectionFailedError(f"no {CANARY}", remedy=f"try {CANARY}"),
                3,
                {"code": "connection_failed", "message": "no ***", "remedy": "try ***"},
            ),
            (
                RunStatus.FAILED,
                ValueError(CANARY),
                1,
                {"code": "internal", "message": "ValueError: ***", "remedy": None},
            ),
            (
                RunStatus.INTERRUPTED,
                KeyboardInterrupt(),
                130,
                {"code": "interrupted", "message": "KeyboardInterrupt", "remedy": None},
            ),
            (RunStatus.FAILED, None, 1, None),
        ],
    )
    def test_failure(
        self,
        tmp_path: Path,
        status: RunStatus,
        error: BaseException | None,
        exit_code: int,
        failure: dict[str, str] | None,
    ) -> None:
        """A run that did not succeed says why, without secrets, and what the process left with."""
        vault = Vault()
        vault.remember(CANARY)
        run = start(tmp_path, scrub=vault.scrub)
        run.finish(status, error=error)
        content = json.loads((run.path / "manifest.json").read_text())
        assert (content["status"], content["exit_code"], content["error"]) == (str(status), exit_code, failure)

    def test_a_given_exit_code(self, tmp_path: Path) -> None:
        """Who was terminated says so."""
        manifest = start(tmp_path).finish(RunStatus.INTERRUPTED, exit_code=ExitCode.TERMINATED)
        assert manifest.exit_code == 143

    def test_the_first_end_counts(self, tmp_path: Path) -> None:
        """A second end changes nothing."""
        run = start(tmp_path)
        first = run.finish(RunStatus.SUCCEEDED)
        assert run.finish(RunStatus.INTERRUPTED, error=KeyboardInterrupt()) is first
        assert read_manifest(run.path).status is RunStatus.SUCCEEDED

    def test_an_end_that_failed_can_be_repeated(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the manifest could not be written, the next end writes it."""
        run = start(tmp_path)

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(RegistryError, match="the disk is full"):
                run.finish(RunStatus.SUCCEEDED)
        assert read_manifest(run.path).status is RunStatus.RUNNING
        run.finish(RunStatus.FAILED)
        assert read_manifest(run.path).status is RunStatus.FAILED

    def test_a_log_with_lines_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A run whose log could not be written has not succeeded."""
        run = start(tmp_path)

        def full(descriptor: int, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(RegistryError):
                run.log("x")
        with pytest.raises(RegistryError, match="the disk is full"):
            run.finish(RunStatus.SUCCEEDED)
        assert (read_manifest(run.path).status, read_manifest(run.path).exit_code) == (RunStatus.FAILED, 6)

    def test_a_folder_that_vanished(self, tmp_path: Path) -> None:
        """A folder that was removed under the run is a RegistryError with a cause, at every step."""
        run = start(tmp_path)
        for name in files(run.path):
            (run.path / name).unlink()
        run.path.rmdir()
        run.log("still fine")
        with pytest.raises(RegistryError, match="vanished"):
            run.write_artefact("schema.json", b"")
        with pytest.raises(RegistryError, match="vanished"):
            run.finish(RunStatus.SUCCEEDED)
