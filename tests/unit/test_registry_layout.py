"""Names in the registry, and where a run came from."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from datalchemy.registry import layout
from datalchemy.registry.provenance import provenance
from tests.unit.registering import NOON


class TestLayout:
    def test_names(self) -> None:
        """Names of runs, sweeps and jobs are made and read in one place."""
        assert layout.run_name(NOON, "f71ad2bf6e40") == "2026-01-10T12-34-56Z__run_f71ad2bf6e40"
        assert layout.sweep_name(NOON, "ab") == "2026-01-10T12-34-56Z__sweep_ab"
        assert layout.run_id_in("2026-01-10T12-34-56Z__run_00001") == "00001"
        assert layout.run_id_in("2026-01-10T12-34-56Z__sweep_ab") is None
        assert layout.job_name(3) == "00003.json"

    def test_temporary_names(self) -> None:
        """A file that is being written cannot be taken for an artefact."""
        name = layout.temporary_name("schema.json")
        assert re.fullmatch(rf"\.schema\.json\.tmp-{os.getpid()}-[0-9a-f]{{8}}", name)
        assert layout.name_behind(name) == "schema.json"
        for other in ("schema.json", ".schema.json", ".x.tmp-", ".x.tmp-1-", "x.tmp-1-ab", ".tmp-1-ab"):
            assert layout.name_behind(other) is None


class TestProvenance:
    def git(self, folder: Path, *arguments: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    def test_a_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a repository the commit and whether tracked files were changed are told; untracked files do not count."""
        monkeypatch.setenv("GIT_DIR", "/nowhere")
        monkeypatch.delenv("GIT_DIR")
        self.git(tmp_path, "init", "-q")
        assert provenance(tmp_path)["git_commit"] is None
        (tmp_path / "a").write_text("1")
        self.git(tmp_path, "add", "a")
        self.git(tmp_path, "commit", "-q", "-m", "x")
        (tmp_path / "b").write_text("1")
        monkeypatch.setenv("GIT_DIR", "/nowhere")  # as within a git hook
        facts = provenance(tmp_path)
        monkeypatch.delenv("GIT_DIR")
        assert facts["git_commit"] == self.git(tmp_path, "rev-parse", "HEAD")
        assert facts["git_dirty"] is False
        (tmp_path / "a").write_text("2")
        assert provenance(tmp_path)["git_dirty"] is True

    def test_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Outside a repository, in a folder that is gone, or without git, the commit is absent and nothing fails."""
        for folder in (tmp_path, tmp_path / "gone"):
            facts = provenance(folder)
            assert (facts["git_commit"], facts["git_dirty"]) == (None, None)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert provenance(tmp_path)["git_commit"] is None

    def test_a_git_that_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A git that does not answer is left behind after two seconds; the commit is known without it."""
        self.git(tmp_path, "init", "-q")
        self.git(tmp_path, "commit", "-q", "-m", "x", "--allow-empty")
        head = self.git(tmp_path, "rev-parse", "HEAD")
        (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 30\n")
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        facts = provenance(tmp_path)
        assert (facts["git_commit"], facts["git_dirty"]) == (head, None)

    def test_versions(self, tmp_path: Path) -> None:
        """Python's version and the tool's are told."""
        facts = provenance(tmp_path)
        assert re.match(r"3\.\d+\.\d+", str(facts["python_version"]))
        assert facts["tool_version"]
