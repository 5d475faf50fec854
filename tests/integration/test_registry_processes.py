"""Many processes and one registry."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.registry.verification import verify
from tests.unit.registering import NOON, good

pytestmark = pytest.mark.invented_artefacts("config.json", "schema.json", "metrics.json")

PROCESSES = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from datalchemy.errors import RegistryError
from datalchemy.registry.run import Registry
from datalchemy.registry.manifest import RunStatus
runs_dir, run_dir, count = Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None, int(sys.argv[3])
started_at = datetime(2026, 1, 10, 12, 34, 56, tzinfo=UTC)
Registry(runs_dir / "warm").start(config={}, started_at=started_at, scrub=str)
gate_in, gate_out = os.pipe()
for _ in range(count):
    if os.fork() == 0:
        os.close(gate_out)
        os.read(gate_in, 1)  # all begin when the gate closes
        try:
            config = {"pid": os.getpid()}
            run = Registry(runs_dir).start(config=config, started_at=started_at, scrub=str, run_dir=run_dir)
            run.log("run_started")
            run.finish(RunStatus.SUCCEEDED)
        except RegistryError as error:
            os._exit(error.exit_code)
        os._exit(0)
os.close(gate_out)
codes = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(count)]
print(codes.count(0), codes.count(6))
"""


def run_processes(runs_dir: Path, run_dir: Path | None, count: int) -> list[int]:
    """Start a run in each of `count` processes at once; return how many succeeded, and how many were refused."""
    command = [sys.executable, "-c", PROCESSES, str(runs_dir), str(run_dir or ""), str(count)]
    root = Path(__file__).parents[2]
    answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=120)
    return [int(number) for number in answer.stdout.split()]


def test_hundreds_of_processes_in_one_second(tmp_path: Path) -> None:
    """Three hundred processes that start in the same second have three hundred folders, each whole."""
    assert run_processes(tmp_path, None, 300) == [300, 0]
    folders = [entry for entry in tmp_path.iterdir() if entry.name != "warm"]
    assert len(folders) == 300
    assert len({json.loads((folder / "config.json").read_text())["pid"] for folder in folders}) == 300
    assert not [finding for folder in folders for finding in verify(folder, fingerprint_of)]


def test_one_folder_has_one_run(tmp_path: Path) -> None:
    """Of many processes that claim one folder, one gets it and the others are told."""
    assert run_processes(tmp_path, tmp_path / "r", 60) == [1, 59]
    assert sorted(entry.name for entry in (tmp_path / "r").iterdir()) == ["config.json", "logs.ndjson", "manifest.json"]


PRUNES = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from datalchemy.registry.listing import runs
from datalchemy.registry.prune import remove
runs_dir = Path(sys.argv[1])
going = [each.path for each in runs(runs_dir)]
gate_in, gate_out = os.pipe()
for _ in range(3):
    if os.fork() == 0:
        os.close(gate_out)
        os.read(gate_in, 1)  # all begin when the gate closes
        notes = [remove(path, now=datetime.now(UTC)).note or "" for path in going]
        odd = [note for note in notes if note and "notes.txt" not in note and "no manifest.json yet" not in note]
        print(*odd[:1], end="", file=sys.stderr, flush=True)
        os._exit(bool(odd))
os.close(gate_out)
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(3)])
"""


def test_three_processes_prune_the_same_runs(tmp_path: Path) -> None:
    """Of three processes that delete the same hundred runs at once none fails, and only others' files are left."""
    folders = [good(tmp_path, NOON + timedelta(seconds=number)).path for number in range(100)]
    for folder in folders[::10]:
        (folder / "notes.txt").write_text("mine")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", PRUNES, str(tmp_path)]
    answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=120)
    assert (answer.stdout, answer.stderr) == ("[0, 0, 0]\n", "")
    assert sorted(tmp_path.rglob("*")) == sorted(
        path for folder in folders[::10] for path in (folder, folder / "notes.txt")
    )
