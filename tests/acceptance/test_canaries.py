"""A canary password through every door, out at every exit: it must be seen nowhere.

The real server asks for the password, so a good run proves that the door delivered it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import tallies
from tests.acceptance.crashes import IN_THE_CATALOG, IN_THE_SETTINGS
from tests.acceptance.doors import DECLARATIVE, MARK, ONE_SHOT, Door, Given, Place, seen_in
from tests.acceptance.forking import Program
from tests.acceptance.program import Ended, leaks, read_json, run_dirs, write_conf


@dataclass(frozen=True)
class Exit:
    """One way for a run to end: its exit code, where the database is, and what is said besides the door's own words.

    Attributes:
        code: the exit code.
        place: which of the fixture's places.
        before: words before the door's.
        after: words after the door's.
        variables: set besides the door's.
        broken: what is wrong at the end of the database's file.
        plant: Python that makes the program break.
    """

    code: int
    place: str = "real"
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""
    plant: str = ""


_JOBLIB = "sweep, joblib"
_JSON, _JSON_REFUSED, _JSON_SWEEP = "--json", "--json, refused login", "--json, sweep, failing"
_ON_STDOUT = "kept in a comment, on stdout"
_BOTH = {
    _ON_STDOUT: Exit(1, "telling", after=("--out", "-")),
    _JSON: Exit(0, after=("--json",)),
    _JSON_REFUSED: Exit(3, "refusing", after=("--json", "-v")),
    "good run": Exit(0),
    "good run, -v": Exit(0, after=("-v",)),
    "refused login, which repeats it": Exit(3, "refusing", after=("-v",)),
    "failed DNS": Exit(3, "unknown"),
    "crash in the catalog": Exit(1, plant=IN_THE_CATALOG, after=("-v",)),
}
_DECLARATIVE_EXITS = {
    **_BOTH,
    "failed DNS": Exit(3, "unknown", after=("retry=none",)),
    "refused connection": Exit(3, "closed", after=("retry=none",)),
    "lost connection": Exit(3, "cut", after=("retry=none", "-v")),
    "kept in a comment": Exit(1, "telling", after=("output.out=copy.json",)),
    "not redacted": Exit(0, after=("redact.enabled=false",)),
    "crash in the settings": Exit(1, plant=IN_THE_SETTINGS, after=("-v",)),
    "syntax error in YAML": Exit(2, broken="  : [\n"),
    "unknown key": Exit(2, after=("+db.bogus=1",)),
    "grammar error": Exit(2, after=("filter.include_schemas=[(",), variables={"HYDRA_FULL_ERROR": "1"}),
    "HYDRA_FULL_ERROR": Exit(
        3, "unknown", after=("hydra.verbose=true", "retry=none"), variables={"HYDRA_FULL_ERROR": "1"}
    ),
    "sweep": Exit(0, before=("-m",), after=("redact.schema_text=false,true",)),
    _JOBLIB: Exit(0, before=("-m", "hydra/launcher=joblib"), after=("redact.schema_text=false,true",)),
    "sweep, failing": Exit(3, "unknown", before=("-m",), after=("strict=false,true", "retry=none", "-v")),
    _JSON_SWEEP: Exit(3, "refusing", before=("-m",), after=("strict=false,true", "--json")),
    "--cfg job --resolve": Exit(0, after=("--cfg", "job", "--resolve")),
    "--cfg all": Exit(0, after=("--cfg", "all")),
    "--info all": Exit(0, after=("--info", "all")),
    "--help": Exit(0, after=("--help",)),
    "TAB after db.password=": Exit(0, before=("TAB",), after=("db.password=",)),
    "TAB after db.": Exit(0, before=("TAB",), after=("db.",)),
}
_ONE_SHOT_EXITS = {
    **_BOTH,
    "kept in a comment": Exit(1, "telling", after=("--out", "copy.json")),
    "not redacted": Exit(0, after=("--no-redact",)),
    "unknown option": Exit(2, after=("--bogus",)),
    "one word too many": Exit(2, after=("more",)),
}
_SOME = (
    "PGPASSFILE",
    "${oc.env:X}",
    "${secret:file}",
    "password in YAML",
    "encoded URL in YAML",
    "override db.password",
)
_SOME_ONE_SHOT = ("CONN, conninfo", "--conn", "PGPASSFILE", "db.password as a word")
_FOR_SOME = (_JOBLIB, "good run", "failed DNS", "TAB after db.", _JSON, _JSON_REFUSED, _JSON_SWEEP, _ON_STDOUT)
"""The exits that only `_SOME` doors are tried with: they take seconds, or another exit does the same and more."""
_REFUSED_BY_DOOR = {"raw URL in YAML", "CONN, raw URL"}
"""`%K` is no percent-encoding: a file's URL is taken as it is written, and refused with exit 2."""


@dataclass(frozen=True)
class Setting:
    """What every case needs: the program, the places, and a count by door and by exit."""

    program: Program
    places: Mapping[str, Place]
    doors: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def setting(program: Program, places: Mapping[str, Place]) -> Iterator[Setting]:
    """Count what was tried, and say it in the end."""
    tried = Setting(program, places)
    yield tried
    tallies.leave("canaries by door", tried.doors)
    tallies.leave("canaries by exit", tried.exits)


def _run(setting: Setting, way: Exit, words: list[str], variables: Mapping[str, str], cwd: Path) -> Ended:
    """Run the program with its temporary files, and its home, below `cwd`."""
    temporary = cwd / "temporary"
    temporary.mkdir()
    places = {name: str(temporary) for name in ("TMPDIR", "JOBLIB_TEMP_FOLDER", "HOME")}
    return setting.program.run(words, cwd=cwd, variables={**places, **variables, **way.variables}, plant=way.plant)


def _assert_unseen(ended: Ended, way: Exit, cwd: Path, door: str) -> None:
    assert not seen_in(ended.text), ended.text
    assert not leaks(cwd, MARK, outside=("conf", "given"))
    if "--json" in way.after:
        assert json.loads(ended.stdout)["exit_code"] == ended.code
    if way.plant and ended.code != 2:
        assert "planted: " in ended.stderr  # the fault was met
    assert ended.code in ({way.code, 2} if door in _REFUSED_BY_DOOR else {way.code}), ended.text
    if ended.code == 0 and way.place == "real" and run_dirs(cwd):
        manifest = read_json(run_dirs(cwd)[0] / "manifest.json")
        assert (manifest["status"], manifest["captured"]["tables"]) == ("succeeded", 2)
    if way.place == "telling" and ended.code == 1:
        assert "ask for ***" in (run_dirs(cwd)[0] / "schema.json").read_text()


def _open(door: Door, place: Place, cwd: Path) -> Given:
    folder = cwd / "given"
    folder.mkdir()
    return door(place, folder)


@pytest.mark.parametrize(
    ("door", "exit_name"),
    [
        (door, exit_name)
        for door in DECLARATIVE
        for exit_name in _DECLARATIVE_EXITS
        if exit_name not in _FOR_SOME or door in _SOME
    ],
)
def test_declarative(door: str, exit_name: str, setting: Setting, tmp_path: Path) -> None:
    """`+db=door` tells the password nowhere, whether the run goes well, goes wrong, or only shows its settings."""
    way = _DECLARATIVE_EXITS[exit_name]
    given = _open(DECLARATIVE[door], setting.places[way.place], tmp_path)
    write_conf(tmp_path, door=given.conf + way.broken)
    words = [*way.before, "+db=door", *given.words, *way.after]
    variables = dict(given.variables)
    if words[0] == "TAB":
        variables["COMP_LINE"] = " ".join(["datalchemy", *words[1:]])
        words = ["-sc", "query=bash"]
    ended = _run(setting, way, words, variables, tmp_path)
    _assert_unseen(ended, way, tmp_path, door)
    setting.doors[door] += 1
    setting.exits[exit_name] += 1


@pytest.mark.parametrize(
    ("door", "exit_name"),
    [
        (door, exit_name)
        for door in ONE_SHOT
        for exit_name in _ONE_SHOT_EXITS
        if exit_name not in (_JSON, _JSON_REFUSED, _ON_STDOUT) or door in _SOME_ONE_SHOT
    ],
)
def test_one_shot(door: str, exit_name: str, setting: Setting, tmp_path: Path) -> None:
    """`introspect` tells the password nowhere, whether the run goes well or wrong, or the words are wrong."""
    way = _ONE_SHOT_EXITS[exit_name]
    given = _open(ONE_SHOT[door], setting.places[way.place], tmp_path)
    ended = _run(setting, way, ["introspect", *given.words, *way.after], given.variables, tmp_path)
    _assert_unseen(ended, way, tmp_path, door)
    setting.doors[f"introspect: {door}"] += 1
    setting.exits[f"introspect: {exit_name}"] += 1
