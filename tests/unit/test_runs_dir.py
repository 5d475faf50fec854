"""Where the registry is: read without Hydra where one plain file says it."""

import os
from pathlib import Path

import pytest

from datalchemy.cli.hydra import config_folders, runs_dir
from datalchemy.cli.hydra.runs_dir import configured_runs_dir

_PRIMARY = (config_folders.shipped() / "datalchemy.yaml").read_text(encoding="utf-8")
_CHOOSES_OTHER = _PRIMARY.replace("output: default", "output: other")


def _write(file: str, text: str) -> None:
    path = Path("conf", file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "found", "is_quick"),
    [
        ({"db/prod.yaml": "host: h\n"}, "runs", True),
        ({"output/default.yaml": "runs_dir: reg # here\nout: null\n"}, "reg", True),
        ({"output/default.yaml": "runs_dir: 'r e g'\n"}, "r e g", True),
        ({"output/default.yml": "runs_dir: reg\n"}, "runs", True),
        ({"output/default.yaml": "out: x\n"}, "runs", True),
        ({"output/default.yaml": ""}, "runs", True),
        ({"output/other.yaml": "runs_dir: reg\n"}, "runs", True),
        ({"output/default.yaml": "runs_dir: ${oc.env:REGISTRY}\n"}, "set", False),
        ({"output/default.yaml": "defaults: [other]\n", "output/other.yaml": "runs_dir: reg\n"}, "reg", False),
        ({"output/default.yaml": "# @package _global_\noutput: {runs_dir: reg}\n"}, "reg", False),
        ({"datalchemy.yaml": _CHOOSES_OTHER, "output/other.yaml": "runs_dir: reg\n"}, "reg", False),
    ],
)  # fmt: skip
def test_the_registry_is_what_the_configuration_says(
    files: dict[str, str], found: str, is_quick: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is what Hydra composes, and Hydra is asked only where a file needs it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATALCHEMY_CONFIG_PATH", raising=False)
    monkeypatch.setenv("REGISTRY", "set")
    for file, text in files.items():
        _write(file, text)
    composed: list[Path] = []
    compose = runs_dir._composed

    def counted() -> Path:
        composed.append(compose())
        return composed[0]

    monkeypatch.setattr(runs_dir, "_composed", counted)
    assert str(configured_runs_dir(os.environ)) == found
    assert (not composed) is is_quick
    assert str(compose()) == found


def test_a_folder_named_first_is_searched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several folders, the first that has the file counts."""
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        _write(f"{folder}/output/default.yaml", f"runs_dir: {folder}\n")
    assert str(configured_runs_dir({"DATALCHEMY_CONFIG_PATH": "conf/b:conf/a"})) == "b"
