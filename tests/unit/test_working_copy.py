"""The commit and state of a folder under git: as git itself says, and without its programs."""

import os
import subprocess
from pathlib import Path

import pytest

from datalchemy.registry import working_copy


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    command = ["git", *identity, "-c", "protocol.file.allow=always", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def _facts(folder: Path) -> tuple[str | None, bool | None]:
    copy = working_copy.find(folder)
    assert copy is not None
    return working_copy.commit(copy), working_copy.is_dirty(copy, os.environ)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit of the files a and sub/b."""
    return _made(tmp_path / "repository")


def _made(folder: Path, *options: str) -> Path:
    (folder / "sub").mkdir(parents=True)
    _git(folder, "init", "-q", *options)
    for name in ("a", "sub/b"):
        (folder / name).write_text("1\n")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "x")
    return folder


def _touch(path: Path) -> None:
    """Give a file another time, so that git has to look inside."""
    os.utime(path, (1_000_000_000, 1_000_000_000))


def _head(folder: Path) -> str:
    return _git(folder, "rev-parse", "HEAD")


def test_the_commit_is_found_wherever_git_keeps_it(repository: Path, tmp_path: Path) -> None:
    """Loose and packed, on a branch and detached, below the top, in a worktree and in a submodule: as git says."""
    assert _facts(repository) == (_head(repository), False)
    assert _facts(repository / "sub") == (_head(repository), False)
    _git(repository, "worktree", "add", "-q", "-b", "feature/x", str(tmp_path / "tree"))
    _git(tmp_path / "tree", "commit", "-q", "-m", "y", "--allow-empty")
    assert _facts(tmp_path / "tree") == (_head(tmp_path / "tree"), False)
    assert _head(tmp_path / "tree") != _head(repository)
    _git(repository, "pack-refs", "--all")
    _git(repository, "gc", "-q")
    assert not (repository / ".git" / "refs" / "heads" / "main").exists()
    for folder in (repository, tmp_path / "tree"):
        assert _facts(folder) == (_head(folder), False)
    _git(repository, "checkout", "-q", "--detach", "feature/x")
    assert _facts(repository) == (_head(tmp_path / "tree"), False)
    _git(repository, "submodule", "add", "-q", str(tmp_path / "tree"), "inner")
    assert _facts(repository / "inner") == (_head(repository / "inner"), False)
    assert (repository / "inner" / ".git").is_file()


def test_a_repository_of_sha256(tmp_path: Path) -> None:
    """A commit of 64 digits is a commit."""
    folder = _made(tmp_path / "r", "--object-format=sha256")
    assert _facts(folder) == (_head(folder), False)
    assert len(_head(folder)) == 64


def test_without_a_commit(tmp_path: Path) -> None:
    """A new repository has no commit; what is staged in it makes it dirty."""
    _git(tmp_path, "init", "-q")
    assert _facts(tmp_path) == (None, False)
    (tmp_path / "a").write_text("1")
    assert _facts(tmp_path) == (None, False)
    _git(tmp_path, "add", "a")
    assert _facts(tmp_path) == (None, True)


def test_what_is_dirty(repository: Path) -> None:
    """A change, a staged change, a mode, a lost file and a new entry are; a new time, or an untracked file, are not."""
    index = (repository / ".git" / "index").read_bytes()
    (repository / "c").write_text("untracked")
    _touch(repository / "a")
    assert _facts(repository)[1] is False
    assert (repository / ".git" / "index").read_bytes() == index  # nothing is written
    (repository / "a").write_text("2\n")
    assert _facts(repository)[1] is True
    _git(repository, "add", "a")
    assert _facts(repository)[1] is True
    _git(repository, "reset", "-q", "--hard")
    assert _facts(repository)[1] is False
    (repository / "a").chmod(0o755)
    assert _facts(repository)[1] is True
    _git(repository, "config", "core.fileMode", "false")
    assert _facts(repository)[1] is False
    (repository / "a").unlink()
    assert _facts(repository)[1] is True
    _git(repository, "checkout", "-q", "a")
    _git(repository, "add", "-N", "c")
    assert _facts(repository)[1] is True


def test_line_ends_are_compared_as_the_repository_says(repository: Path) -> None:
    """What core.autocrlf makes equal is not dirty."""
    _git(repository, "config", "core.autocrlf", "true")
    (repository / "a").unlink()
    _git(repository, "checkout", "a")
    assert (repository / "a").read_bytes() == b"1\r\n"
    _touch(repository / "a")
    assert _facts(repository)[1] is False


def test_where_a_filter_would_have_to_say_it(repository: Path) -> None:
    """A file that goes through a filter and looks changed is unknown; a change beside it is still a change."""
    (repository / ".git" / "info" / "attributes").write_text("a filter=x\n")
    assert _facts(repository)[1] is False
    (repository / "a").write_text("2\n")
    assert _facts(repository)[1] is None
    (repository / "sub" / "b").write_text("2\n")
    assert _facts(repository)[1] is True


def test_a_working_copy_elsewhere_is_unknown(repository: Path, tmp_path: Path) -> None:
    """Where core.worktree names another folder, git's folder says nothing of this one."""
    (tmp_path / "other").mkdir()
    _git(repository, "config", "core.worktree", str(tmp_path / "other"))
    assert _facts(repository)[1] is None


def test_no_program_of_the_folder_is_run(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters, monitors, hooks, drivers, pagers, aliases and includes of the repository and the user start nothing."""
    canary = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nenv >> {canary}\nexit 1\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    _git(repository, "add", ".gitattributes")
    _git(repository, "commit", "-q", "-m", "attributes")
    settings = (
        *(f"filter.x.{one}" for one in ("clean", "smudge", "process")),
        *(f"diff.{one}" for one in ("external", "x.command", "x.textconv")),
        *(f"core.{one}" for one in ("fsmonitor", "pager", "editor", "sshCommand", "gitProxy", "askPass")),
        *(f"pager.{one}" for one in ("status", "config")),
        *("merge.x.driver", "interactive.diffFilter", "credential.helper", "remote.o.uploadpack"),
    )
    text = "".join(
        f"[{key.rpartition('.')[0].replace('.', ' ')}]\n{key.rpartition('.')[2]} = {program}\n" for key in settings
    )
    text += f"[alias]\nstatus = !{program}\nconfig = !{program}\n[core]\nhooksPath = {tmp_path}/hooks\n"
    text = (
        text.replace("[filter x]", '[filter "x"]').replace("[diff x]", '[diff "x"]').replace("[merge x]", '[merge "x"]')
    )
    text = text.replace("[remote o]", '[remote "o"]\nurl = ext::x\npromisor = true')
    for folder in (tmp_path / "hooks", repository / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
            (folder / hook).write_bytes(program.read_bytes())
            (folder / hook).chmod(0o755)
    (tmp_path / "included").write_text(text)
    (repository / ".git" / "config").write_text(
        (repository / ".git" / "config").read_text() + text + f"[include]\npath = {tmp_path}/included\n"
    )
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS"):
        monkeypatch.setenv(variable, str(program))
    (repository / "git").write_bytes(program.read_bytes())
    (repository / "git").chmod(0o755)
    monkeypatch.chdir(repository)
    _touch(repository / "sub" / "b")
    (repository / "a").write_text("2\n")

    copy = working_copy.find(repository)
    assert copy is not None
    assert working_copy.commit(copy) is not None
    assert working_copy.is_dirty(copy, os.environ) is None
    (repository / ".gitattributes").write_text("")
    assert working_copy.is_dirty(copy, os.environ) is True
    assert working_copy.is_dirty(copy, {**os.environ, "PATH": "."}) is None
    assert not canary.exists()

    (repository / ".gitattributes").write_text("* filter=x\n")
    subprocess.run(["git", "status"], cwd=repository, capture_output=True, check=False)
    assert canary.exists()  # so it goes when git is simply asked


def test_git_gets_a_chosen_environment(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The git that we start sees no password."""
    stand_in = tmp_path / "git"
    stand_in.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\n")
    stand_in.chmod(0o755)
    copy = working_copy.find(repository)
    assert copy is not None
    working_copy.is_dirty(copy, {"PATH": f"{tmp_path}:/usr/bin:/bin", "PGPASSWORD": "canary", "HOME": "/root"})
    seen = (tmp_path / "seen").read_text()
    assert "GIT_DIR=" in seen
    assert "canary" not in seen
    assert "HOME=" not in seen


def test_files_of_git_that_are_none(tmp_path: Path) -> None:
    """FIFOs, devices, endless chains and foreign text where git keeps its own give no commit, and nothing waits."""
    git = tmp_path / ".git"
    git.mkdir()
    os.mkfifo(git / "HEAD")
    assert working_copy.find(tmp_path) is None
    (git / "HEAD").unlink()
    (git / "HEAD").symlink_to("/dev/zero")
    assert working_copy.find(tmp_path) is None
    (git / "HEAD").unlink()
    for said in (
        "ref: refs/heads/x",
        "ref: HEAD",
        "ref: refs/../HEAD",
        "password",
        "ref: refs/heads/fifo",
        "ref: refs/\0",
    ):
        (git / "HEAD").write_text(said)
        (git / "refs" / "heads").mkdir(parents=True, exist_ok=True)
        (git / "refs" / "heads" / "x").write_text("ref: refs/heads/x")
        if not (git / "refs" / "heads" / "fifo").exists():
            os.mkfifo(git / "refs" / "heads" / "fifo")
        copy = working_copy.find(tmp_path)
        assert copy is not None
        assert working_copy.commit(copy) is None
    git.rename(tmp_path / "elsewhere")
    git.write_text("gitdir: elsewhere/../nowhere\n")
    assert working_copy.find(tmp_path) is None
