"""The canary password through the most different doors, out at the verbs that come before and after a run.

What a user types here are several commands in one folder: the later ones know only what the earlier ones wrote.
`check` and `dbs` are tried with every door in their own tests, where nothing breaks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests import tallies
from tests.acceptance.crashes import IN_THE_CATALOG, IN_THE_ENVIRONMENT, IN_THE_SETTINGS
from tests.acceptance.doors import DECLARATIVE, ONE_SHOT, Door, Given, Place, seen_in
from tests.acceptance.forking import Program
from tests.acceptance.program import Ended, read_json, write_conf

_TYPED = ("override db.password", "override db.url, encoded")
_IN_A_FILE = ("password in YAML", "encoded URL in YAML")
_DOORS: Mapping[str, Door] = {
    "PGPASSWORD": DECLARATIVE["PGPASSWORD"],
    "${oc.env:X}": DECLARATIVE["${oc.env:X}"],
    **{door: DECLARATIVE[door] for door in (*_IN_A_FILE, *_TYPED)},
    "override with ${oc.env:X}": lambda place, _: Given(
        place.settings, words=("db.password=${oc.env:DOOR}",), variables={"DOOR": place.password}
    ),
}
_VERBOSE = {"DATALCHEMY_VERBOSITY": "verbose"}
_LOOKS = (
    ("runs", "list", "--json"),
    ("runs", "show", "latest", "--json"),
    ("runs", "list", "--sweeps"),
)
"""What is typed to see what happened."""


@dataclass(frozen=True)
class User:
    """Somebody who has a password, and types commands in a folder.

    Attributes:
        program: what is run.
        cwd: the folder; of what is in it, the user wrote `given`, and `conf` unless `init` did.
        given: how the password comes in.
        wrote: the folders that may hold it.
    """

    program: Program
    cwd: Path
    given: Given
    wrote: tuple[str, ...] = ("conf", "given")

    def types(self, *words: str, code: int = 0, plant: str = "", **variables: str) -> Ended:
        """Run the program, which must end with `code`, and see the password nowhere."""
        (self.cwd / "home").mkdir(exist_ok=True)
        temporary = {name: str(self.cwd / "home") for name in ("TMPDIR", "HOME")}
        given = {**temporary, **self.given.variables, **variables}
        ended = self.program.run(words, cwd=self.cwd, variables=given, plant=plant)
        assert not seen_in(ended.text), ended.text
        assert ended.code == code, ended.text
        for path in self.cwd.rglob("*"):
            where = path.relative_to(self.cwd)
            if where.parts[0] not in self.wrote:
                assert not seen_in(str(where)), path
                assert not path.is_file() or not seen_in(path.read_text(errors="replace")), path
        if "--json" in words:
            assert json.loads(ended.stdout) is not None
        tallies.leave("canaries by verb", {" ".join(word for word in words if word.isalpha()) or "run, sweep": 1})
        return ended

    def summaries(self) -> list[Any]:
        """Return the summaries of the sweeps, oldest first."""
        found = [read_json(file) for file in self.cwd.glob("runs/sweeps/*/summary.json")]
        return sorted(found, key=lambda summary: str(summary["started_at"]))


def _user(program: Program, door: str, place: Place, cwd: Path, broken: str = "") -> User:
    (cwd / "given").mkdir(exist_ok=True)
    given = _DOORS[door](place, cwd / "given")
    write_conf(cwd, door=given.conf + broken)
    return User(program, cwd, given)


@pytest.mark.parametrize("door", [door for door in _DOORS if door not in _TYPED])
def test_a_retry(door: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """A retry shows the password nowhere, planned, failing, breaking or good, and its records hold none."""
    user = _user(program, door, places["refusing"], tmp_path)
    user.types("-m", "+db=door", "retry=none", *user.given.words, code=3)
    planned = user.types("runs", "retry", "--dry-run")
    assert planned.stdout.startswith("datalchemy +db=door retry=none")
    user.types("runs", "retry", "--dry-run", "--json")
    refused = user.types("runs", "retry", "--json", "-v", code=3)
    assert "password authentication failed" in refused.stderr
    assert json.loads(refused.stdout)["exit_code"] == 3
    for words in _LOOKS:
        user.types(*words)
    _user(program, door, places["real"], tmp_path)
    user.types("runs", "retry", "-v", code=1, plant=IN_THE_CATALOG)
    assert json.loads(user.types("runs", "retry", "--json").stdout)["status"] == "succeeded"
    assert [each["exit_code"] for each in user.summaries()] == [3, 3, 1, 0]
    assert 'CREATE TABLE "public"."purchase"' in user.types("ddl", "door").stdout


@pytest.mark.parametrize("door", _TYPED)
def test_a_retry_of_what_was_typed(door: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """A sweep that was given a password as an override keeps none of it, and each retry of it is refused."""
    user = _user(program, door, places["refusing"], tmp_path)
    user.types("-m", "+db=door", "retry=none", *user.given.words, code=3)
    for options in ((), ("--dry-run",)):
        refused = user.types("runs", "retry", *options, code=6)
        assert "hint: give it by a reference" in refused.stderr
    for words in _LOOKS:
        user.types(*words)
    (summary,) = user.summaries()
    assert "***" in json.dumps(summary["jobs"][0]["overrides"])


@pytest.mark.parametrize("door", ["PGPASSWORD", "override db.url, encoded"])
def test_a_run_that_kept_a_mask(door: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """Where a database repeats the password in a comment, `ddl` and `runs show` have the mask in its place."""
    user = _user(program, door, places["telling"], tmp_path)
    user.types("+db=door", *user.given.words, code=1)
    reader = replace(user, given=Given())
    assert "ask for ***" in reader.types("ddl", "latest").stdout
    reader.types("runs", "show", "latest")


@pytest.mark.parametrize("door", ["${oc.env:X}", "password in YAML"])
def test_a_crash(door: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """Where `check`, `dbs` or a retry breaks with the password at hand, what is printed has the mask."""
    user = _user(program, door, places["real"], tmp_path)
    for words, plant, code in (
        (("check", "door", "--json"), IN_THE_CATALOG, 1),
        (("check", "door"), IN_THE_SETTINGS, 1),
        (("dbs",), IN_THE_SETTINGS, 0),
    ):
        assert "planted: " in user.types(*words, code=code, plant=plant, **_VERBOSE).text


@pytest.mark.parametrize("door", _IN_A_FILE)
def test_a_broken_file(door: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """A file with a password and a syntax error, or an unknown key, is named, and no line of it is shown."""
    user = _user(program, door, places["real"], tmp_path, "  : [\n")
    assert "door.yaml" in user.types("check", "door", "--json", code=2).stdout
    assert "door.yaml" in user.types("dbs").stdout
    user = _user(program, door, places["real"], tmp_path, "pasword: 1\n")
    assert "door.yaml" in user.types("check", "door", code=2).stderr


@pytest.mark.parametrize("source", ["DATABASE_URL", "DATABASE_URL, conninfo", "PGPASSWORD"])
def test_init(source: str, program: Program, places: Mapping[str, Place], tmp_path: Path) -> None:
    """`init NAME` writes a reference and no password; with what the reference names, the file opens the door."""
    place = places["real"]
    variables, held = {
        "DATABASE_URL": ({"DATABASE_URL": place.url(place.encoded)}, "DOOR_PASSWORD"),
        "DATABASE_URL, conninfo": (
            {"DATABASE_URL": f"{place.conninfo} password='{place.password}'"},
            "DOOR_PASSWORD",
        ),
        "PGPASSWORD": (ONE_SHOT["nothing but variables"](place, tmp_path).variables, "PGPASSWORD"),
    }[source]
    user = User(program, tmp_path, Given(variables=variables), wrote=())
    user.types("init", "door", code=1, plant=IN_THE_ENVIRONMENT, **_VERBOSE)
    user.types("init", "door")
    written = (tmp_path / "conf/db/door.yaml").read_text()
    assert f"\npassword: ${{oc.env:{held}}} #" in written
    user.types("init", "door", code=2)
    holder = replace(user, given=Given(variables={held: place.password}))
    holder.types("check", "door")
