"""What a run did not write is neither searched nor changed, and what it writes nobody else may write."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalchemy.cli.hydra import config_folders
from tests.acceptance.program import CANARY, datalchemy, fresh_datalchemy, read_json, run_dirs, write_conf

NOBODY = "host: localhost\nport: 1\npassword: ${oc.env:PROD_PASSWORD}\n"
_FOLDERS = {"hydra.run.dir": "run", "hydra.sweep.dir": "sweep", "hydra.sweep.subdir": "sweep"}


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [["+db=prod"], ["-m", "+db=prod,other"]], ids=" ".join)
@pytest.mark.parametrize("key", _FOLDERS)
def test_a_file_cannot_choose_the_folders(key: str, words: list[str], tmp_path: Path) -> None:
    """A file that sets where Hydra puts its folders moves none: runs lie in the registry, and nothing else changes."""
    write_conf(tmp_path, prod=NOBODY, other=NOBODY)
    own = tmp_path / "conf" / "datalchemy.yaml"
    text = (config_folders.shipped() / "datalchemy.yaml").read_text()
    name = key.rpartition(".")[2]
    lines = [f"    {name}: ." if f"    {name}: ${{" in line else line for line in text.splitlines()]
    assert lines.count(f"    {name}: .") == (2 if name == "dir" else 1)
    own.write_text("\n".join(lines))
    (tmp_path / ".env").write_text(f"PROD_PASSWORD={CANARY}\n")
    (tmp_path / "vault.kdbx").write_bytes(b"\0\1" + CANARY.encode() + b"\xff")
    before = _contents(tmp_path)
    shown = datalchemy("+db=prod", "--cfg", "hydra", "-p", f"hydra.{_FOLDERS[key]}", cwd=tmp_path)
    assert f"  {name}: ." not in shown.stdout
    assert "${output.runs_dir}" in shown.stdout
    ended = datalchemy(*words, "retry=none", cwd=tmp_path, PROD_PASSWORD=CANARY)
    assert ended.code == 3, ended.text
    assert len(run_dirs(tmp_path)) == (1 if words == ["+db=prod"] else 2)
    assert {path: text for path, text in _contents(tmp_path).items() if "runs" not in path.parts} == before


def test_the_lines_of_an_older_version(tmp_path: Path) -> None:
    """A copy of datalchemy.yaml with an older version's choices of Hydra's groups is refused with what to delete."""
    write_conf(tmp_path, prod=NOBODY)
    text = (config_folders.shipped() / "datalchemy.yaml").read_text()
    own = tmp_path / "conf" / "datalchemy.yaml"
    own.write_text(text.replace("output: default", "output: default\n  - override hydra/job_logging: none\n#"))
    assert datalchemy("+db=prod", "retry=none", cwd=tmp_path, PROD_PASSWORD="x").code == 3
    own.write_text(text.replace("output: default", "output: default\n  - override hydra/output: registry\n#"))
    refused = datalchemy("+db=prod", cwd=tmp_path)
    assert refused.code == 2, refused.text
    assert "conf/datalchemy.yaml" in refused.stderr
    assert "delete the lines `override hydra/...`" in refused.stderr


def test_a_database_of_a_sweep_cannot_choose_the_folders(tmp_path: Path) -> None:
    """What only a job of a sweep composes does not move its folder either: every run lies in the registry."""
    sly = "# @package _global_\nhydra:\n  sweep:\n    dir: .\n    subdir: mine\ndb:\n  host: localhost\n  port: 1\n"
    write_conf(tmp_path, sly=sly, other="host: localhost\nport: 1\n")
    ended = datalchemy("-m", "+db=sly,other", "retry=none", cwd=tmp_path)
    assert ended.code == 3, ended.text
    assert len(run_dirs(tmp_path)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conf", "runs"]


@pytest.mark.parametrize(
    "words", [["introspect", "host=localhost port=1", "retry.attempts=1"], ["+db=prod", "retry=none"]], ids=" ".join
)
def test_a_copy_replaces_no_file_of_yours(words: list[str], tmp_path: Path) -> None:
    """A file that is no schema.json is refused before a folder is made or a server asked; forced, the run begins."""
    write_conf(tmp_path, prod=NOBODY)
    (tmp_path / "notes.txt").write_text("precious")
    out, force = (
        ("--out=notes.txt", "--force") if words[0] == "introspect" else ("output.out=notes.txt", "output.force=true")
    )
    refused = datalchemy(*words, out, cwd=tmp_path, PROD_PASSWORD=CANARY)
    assert refused.code == 2, refused.text
    assert "notes.txt is there and is not a schema.json" in refused.stderr
    assert "--force" in refused.stderr
    assert not (tmp_path / "runs").exists()
    assert datalchemy(*words, out, force, cwd=tmp_path, PROD_PASSWORD=CANARY).code == 3
    assert (tmp_path / "notes.txt").read_text() == "precious"  # the run failed: there is nothing to copy


@pytest.fixture
def umask() -> Iterator[None]:
    """Take nothing away from the modes of files."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    ("words", "mode", "file", "folder"),
    [
        (["+db=prod"], None, 0o644, 0o755),
        (["+db=prod"], "0600", 0o600, 0o700),
        (["-m", "+db=prod,other"], None, 0o644, 0o755),
        (["-m", "+db=prod,other", "hydra/launcher=joblib"], "0640", 0o640, 0o750),
    ],
)
def test_nobody_else_may_write(words: list[str], mode: str | None, file: int, folder: int, tmp_path: Path) -> None:
    """With an umask of 000 nobody else may write what is made, whoever makes it; output.mode narrows it."""
    write_conf(tmp_path, prod=NOBODY, other=NOBODY)
    narrower = [] if mode is None else [f"output.mode={mode}"]
    ended = fresh_datalchemy(*words, "retry=none", *narrower, cwd=tmp_path, PROD_PASSWORD="x")
    assert ended.code == 3, ended.text
    made = [tmp_path / "runs", *(tmp_path / "runs").rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in made}
    assert {mode for path, mode in modes.items() if path.is_file()} == {file}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {folder}


def test_a_mode_that_is_none(tmp_path: Path) -> None:
    """A mode that YAML reads as a number is refused with what to write instead, and no folder is made."""
    write_conf(tmp_path, prod=NOBODY)
    (tmp_path / "conf" / "output").mkdir()
    (tmp_path / "conf" / "output" / "default.yaml").write_text("runs_dir: runs\nmode: 0640\n")
    refused = datalchemy("+db=prod", cwd=tmp_path, PROD_PASSWORD="x")
    assert refused.code == 2, refused.text
    assert "output.mode (conf/output/default.yaml, line 2): text in quotes is expected" in refused.stderr
    assert not (tmp_path / "runs").exists()


def test_the_mode_is_in_the_record(tmp_path: Path) -> None:
    """config.json shows the mode and the force of the settings."""
    write_conf(tmp_path, prod=NOBODY)
    datalchemy("+db=prod", "retry=none", "output.mode=0600", cwd=tmp_path, PROD_PASSWORD="x")
    (folder,) = run_dirs(tmp_path)
    output = read_json(folder / "config.json")["settings"]["output"]
    assert (output["mode"], output["force"]) == ("0600", False)
