"""Hydra's launchers run a sweep in other processes; they get numbers, and nothing of a file or a secret."""

from pathlib import Path

import pytest

from tests.acceptance.program import CANARY, fresh_datalchemy, leaks, read_json, run_dirs, write_conf
from tests.servers import Server

pytestmark = pytest.mark.slow

GOOD = [f"shop_{number:02}" for number in range(10)]


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_a_dozen_databases(launcher: str, server: Server, tmp_path: Path) -> None:
    """Ten are read, one is down and one file is broken: all are in the summary, and no file holds a password."""
    database = server.new_database()
    try:
        write_conf(
            tmp_path,
            **{
                name: f"url: {database!r}\nstatement_timeout_seconds: {number + 1}\n"
                for number, name in enumerate(GOOD)
            },
            down=f"host: localhost\nport: 1\npassword: {CANARY}\n",
            broken=f"host: [{CANARY}\n",
        )
        words = ["-m", "+db=glob(*)", "retry=none", f"db.options.sslpassword={CANARY}-2", f"hydra/launcher={launcher}"]
        ended = fresh_datalchemy(*words, cwd=tmp_path)
    finally:
        server.drop_database(database)
    assert ended.code == 3, ended.text
    (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
    summary = read_json(sweep / "summary.json")
    assert summary["complete"]
    assert [job["database"] for job in summary["jobs"]] == ["broken", "down", *GOOD]
    assert [job["exit_code"] for job in summary["jobs"]] == [2, 3, *[0] * len(GOOD)]
    assert [job["job"] for job in summary["jobs"]] == list(range(12))
    for folder in run_dirs(tmp_path):
        db = read_json(folder / "config.json")["settings"].get("db", {})
        if db.get("name") in GOOD:  # each job has the values of its own file
            assert db["statement_timeout_seconds"] == GOOD.index(db["name"]) + 1
    assert len(run_dirs(tmp_path)) == 12
    assert "10 of 12 runs succeeded" in ended.stdout
    assert "\ndown: failed (exit 3): cannot connect to " in ended.stdout
    assert f"\nsame structure: 10: {', '.join(GOOD[:6])} and 4 more\n" in ended.stdout
    assert CANARY not in ended.text
    assert not leaks(tmp_path)


def test_a_launcher_has_its_own_settings(tmp_path: Path) -> None:
    """What says how many threads a sweep has says nothing to a launcher, and is refused beside it."""
    write_conf(tmp_path, a="host: localhost\nport: 1\n")
    ended = fresh_datalchemy("-m", "+db=a", "hydra/launcher=joblib", "sweep.workers=2", cwd=tmp_path)
    assert ended.code == 2
    assert "hydra.launcher.n_jobs" in ended.stderr
    assert not (tmp_path / "runs").exists()
