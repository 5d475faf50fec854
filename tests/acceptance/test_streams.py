"""A standard stream that is closed, full or left by its reader: what was asked for is done, as the exit code says."""

import subprocess
from pathlib import Path

import pytest

from datalchemy.cli.hydra import config_folders
from tests.acceptance.program import PROGRAM, environment, read_json, run_dirs, write_conf

pytestmark = pytest.mark.slow

_NO_SPACE = "datalchemy: error: the output cannot be written: No space left on device\n"


def _shell(words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell, with its redirections."""
    command = ["bash", "-c", f"{' '.join(PROGRAM)} {words}; exit ${{PIPESTATUS[0]}}"]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("redirection", "said"),
    [(">&-", ""), ("2>&-", ""), (">&- 2>&-", ""), (">/dev/full", _NO_SPACE), ("2>/dev/full", ""), ("| true", "")],
)
@pytest.mark.parametrize("words", ["introspect '{}'", "+db=shop", "-m +db=shop,shop"])
def test_a_run_is_done(words: str, redirection: str, said: str, database: str, tmp_path: Path) -> None:
    """A run without a reader of its summary is a good run; at most one line says that nobody could read it."""
    write_conf(tmp_path, shop=f"url: {database!r}\n")
    done = _shell(f"{words.format(database)} {redirection}", tmp_path)
    assert done.returncode == 0, done.stderr
    ended = [line for line in done.stderr.splitlines(keepends=True) if " ok " not in line]
    assert "".join(ended) == said
    statuses = {read_json(folder / "manifest.json")["status"] for folder in run_dirs(tmp_path)}
    assert statuses == {"succeeded"}


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">/dev/full", "2>/dev/full", "| true"])
def test_a_failure_keeps_its_exit_code(redirection: str, tmp_path: Path) -> None:
    """A run that fails says so by its exit code, whoever reads."""
    write_conf(tmp_path, nobody="host: localhost\nport: 1\n")
    assert _shell(f"+db=nobody retry=none {redirection}", tmp_path).returncode == 3
    assert _shell(f"+db=no_such_database {redirection}", tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("redirection", "end"), [(">&-", (0, "")), ("2>&-", (0, "")), (">/dev/full", (1, _NO_SPACE)), ("| true", (0, ""))]
)
@pytest.mark.parametrize("words", ["introspect '{}' --json", "+db=shop -q --out -"])
def test_a_result_that_was_asked_for(
    words: str, redirection: str, end: tuple[int, str], database: str, tmp_path: Path
) -> None:
    """A run whose document or schema.json is lost on a full disk is done, and exits with 1: it was asked for."""
    write_conf(tmp_path, shop=f"url: {database!r}\n")
    done = _shell(f"{words.format(database)} {redirection}", tmp_path)
    assert (done.returncode, done.stderr) == end
    (folder,) = run_dirs(tmp_path)
    assert read_json(folder / "manifest.json")["status"] == "succeeded"


def test_a_failure_keeps_its_exit_code_whose_document_is_lost(tmp_path: Path) -> None:
    """A run that failed exits with its own code, also where its document is lost."""
    assert _shell("introspect 'foo://h/d' --json >/dev/full", tmp_path).returncode == 2


def test_output_that_was_asked_for(tmp_path: Path) -> None:
    """A command whose output is its result fails where that is lost, but for a reader that has enough."""
    full = _shell("contract schema >/dev/full", tmp_path)
    assert (full.returncode, full.stderr) == (1, _NO_SPACE)
    enough = _shell("contract schema | head -c 10", tmp_path)
    assert (enough.returncode, enough.stderr, enough.stdout) == (0, "", '{\n  "$defs')


def test_the_current_directory_is_gone(database: str, tmp_path: Path) -> None:
    """A run of one URL needs no current directory; where the configuration would be found in it, that is said."""
    gone = "mkdir gone; cd gone; rmdir ../gone; "
    introspect = f"{gone} {' '.join(PROGRAM)} introspect '{database}' --run-dir '{tmp_path}/r'"
    declared = f"{gone} {' '.join(PROGRAM)} +db=demo --config-dir '{config_folders.shipped()}'"
    words = ("dbs", "check demo", "init x", "--help")
    done, refused, *others, helped = (
        subprocess.run(
            ["bash", "-c", each], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        for each in (introspect, declared, *(f"{gone} {' '.join(PROGRAM)} {each}" for each in words))
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert refused.returncode == 2
    assert "the current directory does not exist any more" in refused.stderr
    assert [(other.returncode, other.stdout, other.stderr) for other in others] == [(2, "", refused.stderr)] * 3
    assert (helped.returncode, helped.stderr) == (0, "")
