"""`dbs` lists what can be read, and from where, without connecting."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.doors import DECLARATIVE, PASSWORD, Place, seen_in
from tests.acceptance.program import datalchemy, leaks, run_dirs, write_conf


def listed(cwd: Path, **variables: str) -> dict[str, Any]:
    """Return the databases that `dbs --json` lists, by name."""
    ended = datalchemy("dbs", "--json", cwd=cwd, **variables)
    assert ended.code == 0, ended.text
    return {row["database"]: row for row in json.loads(ended.stdout)}


def test_dbs_lists_places_and_files(tmp_path: Path) -> None:
    """Each database has a line of 80 columns with engine, place and file; shipped examples are marked."""
    write_conf(tmp_path, prod="host: db.example.com\nport: 5433\ndbname: shop\nuser: me\n")
    (tmp_path / "conf/db/eu").mkdir()
    (tmp_path / "conf/db/eu/prod.yaml").write_text("url: postgresql://me@[::1]:99/shop\n")
    ended = datalchemy("dbs", cwd=tmp_path)
    assert ended.code == 0, ended.text
    lines = ended.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["database", "engine", "where", "file"]
    assert ["prod", "postgres", "db.example.com:5433/shop", "conf/db/prod.yaml"] in [line.split() for line in lines]
    assert ["eu/prod", "postgres", "[::1]:99/shop", "conf/db/eu/prod.yaml"] in [line.split() for line in lines]
    demo = next(line for line in lines if line.startswith("demo "))
    assert demo.split()[1:] == ["postgres", "throwaway", "server", "(embedded)", "shipped", "example"]
    assert not run_dirs(tmp_path)


def test_dbs_shows_what_is_wrong_in_its_row(tmp_path: Path) -> None:
    """A wrong file is an error of its row; the others are listed, and what is known of a place is shown."""
    write_conf(
        tmp_path,
        good="host: h\ndbname: d\n",
        torn="host: [\n",
        typo="hots: h\n",
        unset="host: h\ndbname: d\npassword: ${oc.env:NOT_SET}\n",
        url="url: postgresql://u:${oc.env:NOT_SET}@h/d\n",
        other="url: mysql://h/d\n",
    )
    rows = listed(tmp_path)
    assert rows["good"]["error"] is None
    assert "torn.yaml, line 2" in rows["torn"]["error"]["message"]
    assert "did you mean 'host'?" in rows["typo"]["error"]["message"]
    for name in ("unset", "url"):
        assert (rows[name]["host"], rows[name]["dbname"]) == ("h", "d")
        assert "NOT_SET" in rows[name]["error"]["message"]
    assert (rows["other"]["engine"], rows["other"]["error"]["code"]) == ("mysql", "engine_not_supported")
    text = datalchemy("dbs", cwd=tmp_path).stdout
    assert "\nproblems:\n" in text
    assert next(line for line in text.splitlines() if line.startswith("torn ")).split()[2] == "error:"


def test_dbs_takes_a_folder(tmp_path: Path) -> None:
    """`--config-dir` is searched first; a folder that does not exist is an error of usage."""
    write_conf(tmp_path / "elsewhere", mine="host: h\n")
    assert (
        " elsewhere/conf/db/mine.yaml"
        in datalchemy("dbs", "--config-dir", "elsewhere/conf", cwd=tmp_path, COLUMNS="200").stdout
    )
    assert datalchemy("dbs", "--config-dir", "nowhere", cwd=tmp_path).code == 2


def test_dbs_makes_hostile_names_harmless(tmp_path: Path) -> None:
    """Names and places that a terminal would obey are shown in letters."""
    write_conf(tmp_path, **{"a\x1b[31m": 'host: "h\\e]0;x\\a"\ndbname: "d\\nnext"\n'})
    for words in (["dbs"], ["dbs", "--json"]):
        ended = datalchemy(*words, cwd=tmp_path)
        assert ended.code == 0, ended.text
        assert "\x1b" not in ended.text
        assert "\x07" not in ended.text


@pytest.mark.parametrize("words", [("dbs",), ("dbs", "--json")], ids=" ".join)
@pytest.mark.parametrize("door", DECLARATIVE)
def test_dbs_shows_no_password(door: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """Whatever door a password comes in by, `dbs` shows it nowhere and leaves no file."""
    folder = tmp_path / "given"
    folder.mkdir()
    given = DECLARATIVE[door](Place("127.0.0.1", 1), folder)
    write_conf(tmp_path, door=given.conf)
    ended = datalchemy(*words, cwd=tmp_path, **given.variables)
    assert ended.code == 0, ended.text
    assert not seen_in(ended.text), ended.text
    assert PASSWORD not in ended.text
    assert not leaks(tmp_path, "an4ry", outside=("conf", "given"))
