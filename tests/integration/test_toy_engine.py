"""A new engine changes no other room: one that lives in a folder of the tests does all that PostgreSQL does."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from datalchemy import adapters
from datalchemy.errors import ExitCode
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.vault import Vault
from tests.acceptance.program import CANARY, Ended, ended, leaks, read_json, run_dirs, write_conf
from tests.integration.toy_engine import ENGINE

_ARTEFACTS = ["config.json", "logs.ndjson", "manifest.json", "metrics.json", "schema.json"]
Program = Callable[..., Ended]


@pytest.fixture
def toy(tmp_path: Path) -> Program:
    """Return the program with the toy engine in it, run in a folder of its own."""

    def started(*words: str) -> Ended:
        return ended([sys.executable, "-m", "tests.integration.toy_engine", *words], tmp_path, {})

    return started


def test_a_run_of_a_new_engine_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run leaves every artefact, with the graph of the FKs, and no finding by the rules of another engine."""
    monkeypatch.setattr(adapters, "ENGINES", (*adapters.ENGINES, ENGINE))
    settings = load_settings(
        {
            "db": {"url": "toy://child@box/shop"},
            "filter": {"include_schemas": ["main"], "exclude_tables": ["item"]},
            "output": {"runs_dir": str(tmp_path / "runs")},
        }
    )
    outcome = run(settings, vault=Vault(), environ={})
    assert (outcome.exit_code, outcome.error, outcome.warnings) == (ExitCode.OK, None, ())
    [folder] = run_dirs(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == _ARTEFACTS
    manifest, metrics, schema, config = (
        read_json(folder / f"{name}.json") for name in ("manifest", "metrics", "schema", "config")
    )
    assert (manifest["status"], manifest["captured"]["database"], manifest["captured"]["tables"]) == (
        "succeeded",
        "shop",
        2,
    )
    assert [one["table"] for one in metrics["fk_graph"]["dependency_order"]] == ["customer", "orders"]
    assert {schema["engine"], metrics["engine"], config["engine"], config["connection"]["engine"]} == {"toy"}


def test_the_program_reads_a_new_engine(toy: Program, tmp_path: Path) -> None:
    """`introspect toy://...`, `runs` and `ddl` work on it, and each failure has the exit code of its kind."""
    good = toy("introspect", f"toy://child:{CANARY}@box/shop", "--schema", "main")
    assert (good.code, good.stdout.splitlines()[0].partition(",")[0]) == (0, "shop: Toy 1.0")
    assert toy("introspect", "toy://box/loop", "--schema", "main", "--strict").code == ExitCode.STRICT
    refused = toy("introspect", "toy://box/gone", "--schema", "main")
    assert (refused.code, "no toy is called gone" in refused.stderr) == (ExitCode.CONNECTION, True)
    assert toy("introspect", "toy://box/broken").code == ExitCode.INTERNAL
    listed = toy("runs", "list", "--json")
    assert sorted(one["status"] for one in json.loads(listed.stdout)) == ["failed", "failed", "failed", "succeeded"]
    [succeeded] = [path for path in run_dirs(tmp_path) if read_json(path / "manifest.json")["status"] == "succeeded"]
    shown = json.loads(toy("runs", "show", str(succeeded), "--json").stdout)
    assert (shown["captured"]["database"], shown["captured"]["engine_version"]) == ("shop", "1.0")
    assert toy("runs", "verify").code == 0
    assert toy("ddl", str(succeeded)).stdout == "MAKE customer\nMAKE item\nMAKE orders\n"
    assert leaks(tmp_path) == []


def test_a_new_engine_is_checked(toy: Program, tmp_path: Path) -> None:
    """`check` and `dbs` work on it, each failure included."""
    write_conf(tmp_path, shop="url: toy://child@box/shop\n", gone="url: toy://child@box/gone\n")
    checked = toy("check", "shop", "gone", "--json")
    assert checked.code == ExitCode.CONNECTION
    good, gone = json.loads(checked.stdout)
    assert (good["engine"], good["version"], good["tables"], good["role"]) == ("toy", "1.0", 3, "child")
    assert "no toy is called gone" in gone["error"]["message"]
    assert {"gone", "shop"} < {row["database"] for row in json.loads(toy("dbs", "--json").stdout)}


def test_the_settings_name_a_new_engine(toy: Program, tmp_path: Path) -> None:
    """`db.engine=toy` is enough for a declared run, and a sweep goes over its databases."""
    swept = toy("-m", "db.engine=toy", "db.dbname=shop,loop", "filter.include_schemas=[main]")
    assert (swept.code, swept.stdout.splitlines()[0]) == (0, "sweep: 2 of 2 runs succeeded")
    assert {read_json(path / "schema.json")["database"] for path in run_dirs(tmp_path)} == {"shop", "loop"}
