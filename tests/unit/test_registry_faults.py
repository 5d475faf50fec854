"""A registry whose disk says no, and the last look for secrets."""

import errno
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.errors import RegistryError
from datalchemy.registry.manifest import RunStatus, read_manifest
from datalchemy.registry.run import Run
from datalchemy.registry.verification import verify
from datalchemy.secrets.vault import Vault
from tests.unit.registering import CANARY, files, start

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")


class TestFaults:
    def test_not_a_directory(self, tmp_path: Path) -> None:
        """A file where the registry should be is told."""
        (tmp_path / "runs").write_text("")
        with pytest.raises(RegistryError, match=r"runs: a file of that name is in the way") as caught:
            start(tmp_path / "runs")
        assert "output.runs_dir" in str(caught.value.remedy)
        with pytest.raises(RegistryError, match="not a directory"):
            start(tmp_path / "runs" / "deeper")

    def test_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        """A path that the system does not take is told."""
        with pytest.raises(RegistryError, match="too long"):
            start(tmp_path / ("x" * 300))

    def test_permission_denied(self, tmp_path: Path) -> None:
        """A folder that this user may not write is told, without a traceback."""
        (tmp_path / "runs").mkdir(mode=0o555)
        script = textwrap.dedent(
            """
            import os, sys
            from datetime import UTC, datetime
            from pathlib import Path
            from datalchemy.errors import RegistryError
            from datalchemy.registry.run import Registry
            registry = Registry(Path(sys.argv[1]))
            import datalchemy.registry.log
            if os.getuid() == 0:
                os.setuid(65534)
            try:
                registry.start(config={}, started_at=datetime.now(UTC), scrub=str)
            except RegistryError as error:
                print(error)
            """
        )
        command = [sys.executable, "-c", script, str(tmp_path / "runs")]
        root = Path(__file__).parents[2]
        answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=60)
        assert "permission denied" in answer.stdout

    def test_a_file_that_grows_too_large(self, tmp_path: Path) -> None:
        """The system's limit on a file's size stops an artefact, is told, and leaves no half file."""
        script = textwrap.dedent(
            """
            import resource, sys
            from datetime import UTC, datetime
            from pathlib import Path
            from datalchemy.errors import RegistryError
            from datalchemy.registry.manifest import Captured, RunStatus
            from datalchemy.registry.run import Registry
            run = Registry(Path(sys.argv[1])).start(config={}, started_at=datetime.now(UTC), scrub=str)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            try:
                run.write_artefact("schema.json", b"x" * 200_000)
            except RegistryError as error:
                print(error)
                run.finish(RunStatus.FAILED, error=error)
            """
        )
        command = [sys.executable, "-c", script, str(tmp_path)]
        root = Path(__file__).parents[2]
        answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=60)
        assert "larger than the limit" in answer.stdout
        (folder,) = tmp_path.iterdir()
        assert files(folder) == ["config.json", "logs.ndjson", "manifest.json"]
        assert read_manifest(folder).exit_code == 6

    def test_a_start_that_fails_leaves_no_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the first file cannot be written, the new folder is taken away again."""

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(RegistryError, match="the disk is full"):
            start(tmp_path)
        assert files(tmp_path) == []


class TestScan:
    def scan(self, run: Run, *secrets: str) -> tuple[str, ...]:
        vault = Vault()
        for secret in secrets:
            vault.remember(secret)
        return run.scan_for_secrets(vault)

    def test_nothing_found(self, tmp_path: Path) -> None:
        """Artefacts without a secret stay as they are, also when a table is called like a simple password."""
        run = start(tmp_path)
        run.write_artefact("schema.json", b'{"tables": ["orders", "test"]}')
        assert self.scan(run, "orders", "test", CANARY) == ()

    def test_found(self, tmp_path: Path) -> None:
        """A secret is taken out of every file that holds it, the log included, and the files are named."""
        run = start(tmp_path, x=CANARY)
        run.log("early", text=f"postgres://u:{CANARY.replace('-', '%2D')}@h {CANARY}")
        run.write_artefact("schema.json", json.dumps({"a": f'x"{CANARY}'}).encode())
        run.write_artefact("metrics.json", b"{}")
        assert self.scan(run, CANARY) == ("config.json", "logs.ndjson", "schema.json")
        run.log("late")
        run.finish(RunStatus.FAILED)
        for name in files(run.path):
            assert CANARY not in (run.path / name).read_text()
        assert json.loads((run.path / "schema.json").read_text()) == {"a": 'x"***'}
        events = [json.loads(line)["event"] for line in (run.path / "logs.ndjson").read_text().splitlines()]
        assert events == ["early", "late"]
        assert verify(run.path, fingerprint_of) == []

    @pytest.mark.parametrize("word", ["run_finished", "schema.json", "manifest", "foreign_key", "customer_order"])
    def test_a_password_that_is_a_name(self, tmp_path: Path, word: str) -> None:
        """A password that equals a key or a name, of ours or of the database, is found in free texts only."""
        run = start(tmp_path)
        run.log("run_finished", customer_order="schema.json")
        schema = {"customer_order": [{"name": word, "kind": "foreign_key", "definition": f"on public.{word}"}]}
        run.write_artefact("schema.json", json.dumps(schema).encode())
        before = {name: (run.path / name).read_bytes() for name in files(run.path)}
        assert self.scan(run, word) == ()
        assert {name: (run.path / name).read_bytes() for name in files(run.path)} == before

    def test_a_password_of_small_letters_in_a_text(self, tmp_path: Path) -> None:
        """A password of small letters that is no name is found inside a text, and keys stay as they are."""
        run = start(tmp_path)
        run.write_artefact("schema.json", b'{"correct_horse": [{"comment": "ask for correct_horse"}]}')
        assert self.scan(run, "correct_horse") == ("schema.json",)
        assert json.loads((run.path / "schema.json").read_text()) == {"correct_horse": [{"comment": "ask for ***"}]}

    def test_what_another_wrote(self, tmp_path: Path) -> None:
        """A file that the run did not write itself is not searched, and stays as it is, whatever it holds."""
        run = start(tmp_path)
        (run.path / "more").mkdir()
        theirs = (run.path / "core.bin", run.path / "more" / "core.bin", run.path / ".env")
        for path in theirs:
            path.write_bytes(b"\xff\0" + CANARY.encode() + b"\xfe")
        assert self.scan(run, CANARY) == ()
        assert {path.read_bytes() for path in theirs} == {b"\xff\0" + CANARY.encode() + b"\xfe"}

    @pytest.mark.parametrize("kind", ["link", "fifo"])
    def test_what_took_its_place(self, kind: str, tmp_path: Path) -> None:
        """A link or a FIFO in the place of an artefact is not followed and causes no wait: the run fails."""
        (tmp_path / "theirs").write_text(CANARY)
        run = start(tmp_path / "runs")
        artefact = run.write_artefact("schema.json", b"{}")
        artefact.unlink()
        if kind == "link":
            artefact.symlink_to(tmp_path / "theirs")
        else:
            os.mkfifo(artefact)
        with pytest.raises(RegistryError, match=r"symbolic link|not a regular file"):
            self.scan(run, CANARY)
        assert (tmp_path / "theirs").read_text() == CANARY

    def test_json_stays_json(self, tmp_path: Path) -> None:
        """A secret that is a number, or begins within an escape, leaves JSON that can be read."""
        run = start(tmp_path)
        run.log("x", rows=123456789012345)
        run.write_artefact("schema.json", b'{"rows": 123456789012345, "text": "a\\nsecret-99"}')
        assert self.scan(run, "123456789012345", "nsecret-99") == ("logs.ndjson", "schema.json")
        assert json.loads((run.path / "schema.json").read_text()) == {"rows": "***", "text": "a\nsecret-99"}
        (line,) = (run.path / "logs.ndjson").read_text().splitlines()
        assert json.loads(line)["rows"] == "***"
