"""The wheel: what it holds, what it asks for, and that it runs where no checkout is."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from datalchemy.model.json_schema import CONTRACTS
from tests.acceptance.program import ROOT, environment, read_json, run_dirs

PLAIN_REQUIREMENTS = {"hydra-core", "omegaconf", "psycopg", "pydantic", "networkx", "structlog", "tenacity", "rich"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program of `installed` in `cwd`."""
    env = {**environment(), "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "datalchemy", *words]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_it_asks_only_for_what_a_plain_user_needs(wheel: Path) -> None:
    """Without extras the wheel requires no test, docker or embedded package."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    requirements = metadata.get_all("Requires-Dist") or []
    plain = {
        each.split(";")[0].split("[")[0].split("<")[0].split(">")[0].strip()
        for each in requirements
        if "extra ==" not in each
    }
    assert plain == PLAIN_REQUIREMENTS
    assert set(metadata.get_all("Provides-Extra") or []) == {"embedded", "docker", "parallel", "ray"}


def test_it_holds_what_runs_and_no_more(wheel: Path) -> None:
    """The package, its configuration, its SQL, its contract, its marker for types; no tests and no runs."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for needed in (
        "datalchemy/conf/datalchemy.yaml",
        "datalchemy/conf/db/demo.yaml",
        "datalchemy/provision/init/schema.sql",
        *(f"datalchemy/model/{name}.schema.json" for name in CONTRACTS),
        "datalchemy/adapters/postgres/sql/relations.sql",
        "datalchemy/py.typed",
    ):
        assert needed in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"datalchemy"}


def test_it_runs_in_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    """The demo runs from the wheel alone, and the user's own ./conf is found first."""
    done = run_installed(installed, tmp_path, "+db=demo")
    assert done.returncode == 0, done.stderr
    (run,) = run_dirs(tmp_path)
    assert read_json(run / "schema.json")["database"] == "demo"
    assert str(installed) in run_installed(installed, tmp_path, "--info", "searchpath").stdout
    (tmp_path / "conf" / "db").mkdir(parents=True)
    (tmp_path / "conf" / "db" / "demo.yaml").write_text("engine: mysql\nurl: mysql://h/d\n")
    mine = run_installed(installed, tmp_path, "+db=demo")
    assert mine.returncode == 2
    assert "MySQL is planned" in mine.stderr
