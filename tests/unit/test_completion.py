"""Tab completion: what is offered, and that the light tables behind it are those of the program."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from datalchemy import adapters
from datalchemy.adapters import ENGINES
from datalchemy.cli.commands.ddl import SECTIONS
from datalchemy.cli.commands.runs_parser import STATUSES
from datalchemy.cli.commands.table import VERBS
from datalchemy.cli.completion import answers, registry, shells
from datalchemy.cli.completion.line import Line, read
from datalchemy.cli.completion.settings import FILE, FOLDER, GROUPS, KEYS
from datalchemy.cli.completion.sources import BY_NAME
from datalchemy.cli.hydra.sweep_settings import SweepSettings
from datalchemy.cli.hydra.values import known_keys
from datalchemy.introspector.settings import Provision, Settings, load_settings
from datalchemy.registry.manifest import RunStatus
from tests.acceptance.program import CANARY, write_conf

pytestmark = pytest.mark.invented_artefacts("manifest.json")
HEAVY = ("pydantic", "hydra", "omegaconf", "rich", "psycopg", "networkx", "structlog", "tenacity", "docker")
NOT_LISTED = {"first", "rest", "conn", "schema", "name", "since", "limit", "keep", "older_than"}
"""Arguments of verbs whose values cannot be listed, or could be a secret."""
RUNS = ("c33333333333", "b22222222222", "a11111111111")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with databases of the user's and a registry."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMP_WORDBREAKS", raising=False)
    monkeypatch.setenv("DATALCHEMY_CONFIG_PATH", "")
    write_conf(tmp_path, prod="dbname: x", stage="dbname: x")
    (tmp_path / "conf" / "retry").mkdir()
    (tmp_path / "conf" / "retry" / "mine.yaml").touch()
    _write_run("2026-01-10T12-34-56Z__run_a11111111111", "shop", "succeeded")
    _write_run("2026-01-11T12-34-56Z__run_b22222222222", "lost", "failed")
    (tmp_path / "runs" / "2026-01-12T12-34-56Z__run_c33333333333").mkdir()
    (tmp_path / "runs" / "sweeps" / "2026-01-11T12-34-56Z__sweep_d44444444444").mkdir(parents=True)
    return tmp_path


def _write_run(name: str, database: str, status: str, runs_dir: str = "runs") -> None:
    place = Path(runs_dir) / name
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps({"database": {"name": database}, "status": status}))


def _offered(line: str) -> list[str]:
    typed = read(f"datalchemy {line}")
    found = answers.offer(typed.before, typed.current)
    return [answer.text for answer in found.answers] + ([found.paths] if found.paths else [])


def _databases(*more: str, head: str = "") -> list[str]:
    return [f"{head}{name}" for name in sorted(["demo", "docker", "env", "example", "prod", "stage", *more])]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ch", ["check"]),
        ("help ver", ["version"]),
        ("help version ", []),
        ("runs ", ["list", "show", "verify", "retry", "prune"]),
        ("runs nothing ", []),
        ("runs list --s", ["--sweeps", "--status", "--since"]),
        ("runs list ", ["--help", "--run-dir", "--json", "--sweeps", "--db", "--status", "--since", "--limit"]),
        ("runs list --status ", list(STATUSES)),
        ("runs list --status=f", ["--status=failed"]),
        ("runs list --db s", ["stage"]),
        ("runs list --run-dir ", [FOLDER]),
        ("runs list --since ", []),
        ("runs list --nothing=", []),
        ("runs show a", ["a11111111111", FOLDER]),
        ("runs show ", ["latest", "shop", "prod", "stage", *RUNS, "d44444444444", FOLDER]),
        ("runs verify d", ["d44444444444", FOLDER]),
        ("runs retry ", ["d44444444444", FOLDER]),
        ("ddl sh", ["shop", FILE]),
        ("ddl --run-dir=elsewhere b", [FILE]),
        ("contract m", ["metrics", "manifest"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("version ", []),
        ("init ", []),
        ("check p", ["prod"]),
        ("check prod s", ["stage"]),
        ("check -- --", []),
        ("introspect ", []),
        ("introspect --out ", [FILE]),
        ("introspect --out=", [FILE]),
        ("introspect --conn ", []),
        ("introspect --s", ["--schema", "--strict"]),
        ("introspect --strict=", []),
        ("+db=", _databases(head="+db=")),
        ("+db=prod,", [f"+db=prod,{name}" for name in _databases() if name != "prod"]),
        ("-m +db=prod,st", ["+db=prod,stage"]),
        ("-m +db=prod,'st", ["+db=prod,stage"]),
        ("--db ", _databases()),
        ("--db=pr", ["--db=prod"]),
        ("--conn ", []),
        ("--db=prod --run-dir ", [FOLDER]),
        ("--ver", ["--verbose"]),
        ("--nothing=", []),
        ("-cd ", [FOLDER]),
        ("-c ", ["job", "hydra", "all"]),
        ("--info=conf", ["--info=config"]),
        ("str", ["strict="]),
        ("strict=", ["strict=true", "strict=false"]),
        ("++strict=f", ["++strict=false"]),
        ("filter", ["filter=", "filter."]),
        ("filter.inc", ["filter.include_schemas=", "filter.include_tables="]),
        ("filter.include_schemas=", []),
        ("retry=", ["retry=default", "retry=mine", "retry=none", "retry=patient"]),
        ("db.sslmode=verify", ["db.sslmode=verify-ca", "db.sslmode=verify-full"]),
        ("output.runs_dir=", [FOLDER]),
        ("output.out=", [FILE]),
        ("db.password=", []),
        (f"db.password={CANARY} db.url=", []),
    ],
)
def test_what_is_offered(folder: Path, line: str, offered: list[str]) -> None:
    """A line has these answers, and no others."""
    assert _offered(line) == offered


def test_the_first_word_is_a_command_or_a_setting() -> None:
    """Commands are offered as the first word only; settings and groups anywhere."""
    words = {"+db=", "strict=", "filter=", "filter.", "db.", "sweep."}
    assert {*VERBS, *words} <= set(_offered(""))
    assert not set(VERBS) & set(_offered("+db=prod "))
    assert words <= set(_offered("+db=prod "))


@pytest.mark.parametrize("flag", ["--config-dir own", "--config-dir=own", "-cd own"])
def test_a_folder_on_the_line_counts(folder: Path, flag: str) -> None:
    """Databases of the folder that the line names are offered; one that does not exist changes nothing."""
    (folder / "own" / "db").mkdir(parents=True)
    (folder / "own" / "db" / "elsewhere.yaml").touch()
    assert _offered(f"{flag} +db=e") == ["+db=elsewhere", "+db=env", "+db=example"]
    assert _offered("--config-dir nowhere +db=pro") == ["+db=prod"]
    if flag.startswith("--"):
        assert _offered(f"check {flag} el") == ["elsewhere"]


def test_a_folder_of_the_environment_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases of DATALCHEMY_CONFIG_PATH are offered, and take the place of ./conf."""
    (folder / "team" / "db" / "eu").mkdir(parents=True)
    (folder / "team" / "db" / "eu" / "prod.yml").touch()
    monkeypatch.setenv("DATALCHEMY_CONFIG_PATH", "team")
    assert _offered("+db=e") == ["+db=env", "+db=eu/prod", "+db=example"]
    assert _offered("+db=stage") == []


@pytest.mark.parametrize(
    ("name", "piece"), [("a,b", "'a,b'"), ("[a,b]", "[a,b]"), ("a'b", "a'b"), ("'q'", "'\\'q\\''"), ("f(x)", "'f(x)'")]
)
def test_a_name_in_a_list_is_quoted(folder: Path, name: str, piece: str) -> None:
    """A name that means more than itself in a list is in quotes there."""
    write_conf(folder, **{name: "dbname: x"})
    assert f"+db=prod,{piece}" in _offered("+db=prod,")


def test_a_name_that_a_terminal_obeys_is_not_offered(folder: Path) -> None:
    """A name with a control character or a line break is left out."""
    write_conf(folder, **{"a\x1b[31m": "x: 1", "a\nb": "x: 1"})
    assert _offered("check a") == []


def test_the_registry_is_the_configured_one(folder: Path) -> None:
    """Runs come from the folder that a file of the user's names; from none where it does so by a reference."""
    _write_run("2026-01-10T12-34-56Z__run_e55555555555", "there", "succeeded", "reg")
    (folder / "conf" / "output").mkdir()
    configured = folder / "conf" / "output" / "default.yaml"
    configured.write_text("# where runs are\nruns_dir: 'reg'  # ours\n")
    assert "e55555555555" in _offered("ddl ")
    assert "a11111111111" not in _offered("ddl ")
    configured.write_text("runs_dir: ${oc.env:REGISTRY}\n")
    assert _offered("ddl ") == ["latest", "prod", "stage", FILE]


def test_a_large_registry_is_read_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of runs the newest fifty are read; an older one is found by the beginning of its id."""
    names = [f"2026-01-10T12-{n // 60:02}-{n % 60:02}Z__run_{n:012x}" for n in range(3000)]
    monkeypatch.setattr(os, "listdir", lambda folder: names)
    read_manifests: list[Path] = []

    def reading(path: Path, *, at_most: int) -> bytes:
        read_manifests.append(path)
        return b"{}"

    monkeypatch.setattr(registry, "read_regular", reading)
    newest = [f"{n:012x}" for n in range(2999, 2949, -1)]
    assert [run.run_id for run in registry.runs(tmp_path)] == newest
    assert len(read_manifests) == 50
    assert [run.run_id for run in registry.runs(tmp_path, "000000000001")] == ["000000000001"]


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"database": 5, "status": "x"}', "x" * 70_000])
def test_a_broken_manifest_does_no_harm(folder: Path, manifest: str) -> None:
    """A run whose manifest cannot be read is offered by its id."""
    (folder / "runs" / "2026-01-12T12-34-56Z__run_c33333333333" / "manifest.json").write_text(manifest)
    assert "c33333333333" in _offered("ddl ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("datalchemy", Line((), "")),
        ("datalchemy ", Line((), "")),
        ("datalchemy  a  b", Line(("a",), "b")),
        ("X=1 Y='2 3' datalchemy a ", Line(("a",), "")),
        (r"datalchemy a\ b 'c d'e", Line(("a b",), "c de")),
        (r"datalchemy 'it'\''s' x", Line(("it's",), "x")),
        ('datalchemy "a\\"b\\c" x', Line(('a"b\\c',), "x")),
        ("datalchemy '' x", Line(("",), "x")),
        ("datalchemy +db=a:b", Line((), "+db=a:b", kept=6)),
        ("datalchemy '+db=a:b'", Line((), "+db=a:b")),
        ("datalchemy +db='a b", Line((), "+db=a b", kept=4, quote="'")),
        ('datalchemy "+db=a', Line((), "+db=a", quote='"')),
        ("datalchemy +db=a\\", Line((), "+db=a", kept=4)),
    ],
)
def test_a_line_is_read(text: str, line: Line) -> None:
    """Words come without quotes; `kept` is what bash does not replace."""
    assert read(text, breaks="=:") == line


def test_fish_reads_a_backslash_in_single_quotes() -> None:
    """In single quotes a backslash protects a quote in fish, and is itself in other shells."""
    assert read(r"datalchemy 'it\'s' x", is_fish=True).before == ("it's",)
    assert read(r"datalchemy 'a\b' x").before == (r"a\b",)


def test_each_shell_reads_its_own_form(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bash gets the end of the word, quoted; zsh and fish the whole word with a description."""
    write_conf(folder, **{"eu west": "dbname: x"})
    monkeypatch.setenv("COMP_WORDBREAKS", "=:")
    assert [*shells.answer_lines("bash", "datalchemy +db=eu")] == ["eu\\ west "]
    assert [*shells.answer_lines("bash", "datalchemy '+db=eu")] == ["+db=eu west"]
    assert [*shells.answer_lines("zsh", "datalchemy +db=eu")] == ["+db=eu west \t"]
    assert [*shells.answer_lines("fish", "datalchemy +db=eu")] == ["+db=eu west\t"]
    assert [*shells.answer_lines("zsh", "datalchemy stri")] == ["strict=\t"]
    assert [*shells.answer_lines("fish", "datalchemy dd")] == [f"ddl\t{VERBS['ddl'].summary}"]
    assert [*shells.answer_lines("bash", "datalchemy ddl sch")] == ["\tfiles"]


def test_an_error_prints_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever breaks in a TAB, nothing is printed, and the exit code is 0."""
    monkeypatch.setattr(shells, "offer", lambda before, current: 1 / 0)
    monkeypatch.setattr(shells, "_silence", lambda: None)
    monkeypatch.setenv("COMP_LINE", "datalchemy ")
    assert shells.query("bash") == 0
    assert shells.query("csh") == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "line", ["", "--", "runs ", "runs show ", "ddl ", "contract ", "+db=", "check ", "introspect --"]
)
def test_a_tab_imports_nothing_heavy(line: str) -> None:
    """TAB imports neither the models nor Hydra, the driver or what prints."""
    code = (
        "import sys; from datalchemy.cli.main import main; code = main(['-sc', 'query=bash']);"
        f"sys.exit(code or ' '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "COMP_LINE": f"datalchemy {line}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _actions(each)


@pytest.mark.parametrize("verb", [name for name in VERBS if name not in ("help", "version")])
def test_each_argument_is_decided_on(verb: str) -> None:
    """What each argument of each command takes is listed, or it is said that nothing is offered."""
    parser = import_module(VERBS[verb].words or VERBS[verb].module).make_parser()
    undecided = [
        action.dest
        for action in _actions(parser)
        if action.nargs != 0 and not action.choices and action.dest not in {*BY_NAME, *NOT_LISTED}
    ]
    assert undecided == []


def test_the_light_list_of_sections_is_whole() -> None:
    """`ddl --section` takes every section of a script."""
    assert SECTIONS == adapters.base.SECTIONS


def test_the_light_list_of_statuses_is_whole() -> None:
    """`runs list --status` takes every status that a run can have."""
    assert list(STATUSES) == [status.value for status in RunStatus]


def _taken(annotation: Any) -> tuple[str, ...] | str:
    """Return what a setting of this type takes, as KEYS says it."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        kinds = [_taken(each) for each in get_args(annotation) if each is not type(None)]
        return next((kind for kind in kinds if kind), ())
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if annotation is bool:
        return ("true", "false")
    if annotation is Path:
        return FILE
    return tuple(each.value for each in annotation) if annotation is Provision else ()


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field.annotation


LISTED_BY_HAND = {
    "db.engine": tuple(engine.name for engine in ENGINES if engine.adapter),
    "db.init": FILE,
    "output.runs_dir": FOLDER,
    "output.mode": ("0600", "0640", "0644"),
}
"""What no annotation says: texts of which the program checks more than the type."""


def test_the_table_of_settings_is_that_of_the_models() -> None:
    """Every setting is offered, with the values that its type has."""
    types = {key: _taken(annotation) for key, annotation in [*_fields(Settings), *_fields(SweepSettings, "sweep.")]}
    types.pop("db.options")  # its keys are any parameter of the driver
    assert dict(KEYS) == types | LISTED_BY_HAND
    assert {key for key, is_section in known_keys().items() if not is_section} - {"db.options"} == set(KEYS)


def test_the_modes_of_files_are_taken() -> None:
    """Each mode that is offered is one that the settings take."""
    assert [load_settings({"output": {"mode": mode}}).output.file_mode for mode in KEYS["output.mode"]]


def test_the_groups_are_those_that_ship() -> None:
    """Every shipped group is offered."""
    shipped = Path(__file__).parents[2] / "conf"
    assert {*GROUPS, "db"} == {folder.name for folder in shipped.iterdir() if folder.is_dir()}
