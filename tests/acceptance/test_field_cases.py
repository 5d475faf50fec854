"""What operators meet: odd names, YAML's surprises, an environment that means other servers, terminals, registries.

Each case is one command in an empty folder: what is written, typed and set there, and what must come of it.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.acceptance.program import (
    CANARY,
    PROGRAM,
    ROOT,
    datalchemy,
    environment,
    leaks,
    read_json,
    run_dirs,
    write_conf,
)

NEVER = ("Traceback", "recursion", "internal error", "Lexer", "omegaconf", "hydra.", "pydantic", CANARY)
"""No case shows any of these."""
LoadSql = Callable[[str, Path | str], None]


@dataclass(frozen=True)
class Shop:
    """A database of two tables, in the forms that files and command lines give it.

    Attributes:
        url: as a URL.
    """

    url: str

    def filled(self, text: str) -> str:
        """Return a text with what is in braces filled in: `{url}`, `{host}`, `{port}`, `{password}`, `{conf}` ...

        `{conf}` is the text of a file of the group `db`, whose password is a reference; `{conf-user}` lacks one key.
        """
        facts = {key: str(value) for key, value in conninfo_to_dict(self.url).items() if value is not None}
        facts = {"port": "5432", "user": "postgres", "password": CANARY, **facts}
        lines = {key: f"{key}: {facts[key]}\n" for key in ("host", "port", "dbname", "user")}
        lines["password"] = "password: ${oc.env:PW}\n"
        known = {**facts, "url": self.url, "url-without-scheme": self.url.removeprefix("postgresql")}
        known["conf"] = "".join(lines.values())
        known |= {f"conf-{key}": known["conf"].replace(line, "") for key, line in lines.items()}
        for key, value in known.items():
            text = text.replace("{" + key + "}", value)
        return text


@dataclass(frozen=True)
class Case:
    """What an operator does, and what must come of it.

    Attributes:
        words: what is typed.
        code: the exit code.
        said: what is shown, among other things.
        files: the texts of files by their paths; those of `a.yaml` alone by default.
        variables: environment variables.
        made: a file that is there afterwards.
        database: the name that the newest run has.
    """

    words: tuple[str, ...]
    code: int = 0
    said: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=lambda: named("a"))
    variables: Mapping[str, str] = field(default_factory=dict)
    made: str | None = None
    database: str | None = None


def named(*names: str) -> dict[str, str]:
    """Return files of the group `db` with these names."""
    return {f"conf/db/{name}.yaml": "{conf}" for name in names}


def changed(key: str, value: str) -> dict[str, str]:
    """Return a file of the group `db` in which one key stands otherwise."""
    return {"conf/db/a.yaml": f"{{conf-{key}}}{key}: {value}\n"}


@pytest.fixture
def shop(database: str, load_sql: LoadSql) -> Shop:
    """A database with two tables and an FK between them."""
    load_sql(
        database,
        "create table customer (id int primary key); create table purchase (id int references customer);"
        'create schema "Ação"; create table "Ação".conta (id int)',
    )
    return Shop(database)


NAMES = {
    "a number": Case(("+db=2024",), files=named("2024"), database="2024"),
    "what YAML calls null": Case(("+db=null",), files=named("null"), database="null"),
    "accents": Case(("+db=ação",), files=named("ação"), database="ação"),
    "a dot": Case(("+db=eu.prod",), files=named("eu.prod"), database="eu.prod"),
    "a dash first": Case(("+db=-x",), files=named("-x"), database="-x"),
    "a tilde": Case(("+db=a~",), files=named("a~"), database="a~"),
    "markup": Case(("+db=[red]x",), files=named("[red]x"), database="[red]x"),
    "a nested one with a blank": Case(("+db=eu west/prod",), files=named("eu west/prod"), database="eu west/prod"),
    "the file's suffix": Case(("+db=a.yaml",), database="a"),
    "the file's path": Case(("+db=conf/db/a.yaml",), 2, ("no database 'conf/db/a'", "+db=a")),
    "the path of a nested one": Case(("+db=./conf/db/eu/b.yml",), 2, ("+db=eu/b",), named("a", "eu/b")),
    "the file's path in a sweep": Case(("-m", "+db=b,conf/db/a.yaml"), 2, ("+db=a",), named("a", "b")),
    "a file's path for check": Case(("check", "conf/db/a.yaml"), 2, ("+db=a",)),
    "a .yml file": Case(("+db=a",), files={"conf/db/a.yml": "{conf}"}, database="a"),
    "another case": Case(("+db=Prod",), 2, ("no database 'Prod'", "prod"), named("prod")),
    "a misspelling": Case(("+db=prdo",), 2, ("did you mean 'prod'",), named("prod")),
    "a bare name": Case(("a",), 2, ("+db=a",)),
    "a flag": Case(("--db", "a"), database="a"),
    "no name": Case(("+db=",), 2, ("a name is missing",)),
    "twice": Case(("+db=a", "+db=b"), 2, ("-m +db=A,B",), named("a", "b")),
    "a blank after the comma": Case(("-m", "+db=a,", "b"), 2, ("error",), named("a", "b")),
    "typographic quotes": Case(("+db=“a”",), 2, ("no database '“a”'",)),
    "accents in a schema": Case(("+db=a", "filter.include_schemas=[Ação]"), said=("1 (Ação)",)),
    "an equals sign in a path": Case(("+db=a", "output.out=x=y.json"), made="x=y.json"),
    "a registry with blanks": Case(("+db=a", "output.runs_dir=my rüns/x y"), said=("my rüns/x y/",)),
}  # fmt: skip

SWEEPS = {
    "a name with an accent": Case(("-m", "+db=glob(*)"), said=("2 of 2",), files=named("a", "weiß")),
    "brackets in a glob": Case(("-m", "+db=glob(p[12])"), said=("2 of 2",), files=named("p1", "p2", "p3")),
    "a list": Case(("-m", "+db=[a,b]"), said=("2 of 2",), files=named("a", "b")),
    "a broken file": Case(
        ("-m", "+db=glob(*)"), 2, ("2 of 3", "broken.yaml, line "),
        {**named("a", "b"), "conf/db/broken.yaml": "h: [x\n"},
    ),
    "one copy for two": Case(("-m", "+db=a,b", "output.out=s.json"), 2, ("would write the same",), named("a", "b")),
    "a copy for each": Case(
        ("-m", "+db=a,b", "output.out=${db.name}.json"), said=("2 of 2",), files=named("a", "b"), made="b.json"
    ),
    "a fragment is none": Case(("-m", "+db=glob(*)"), said=("1 of 1",), files=named("a", "_common", ".hidden")),
    "quiet": Case(("-m", "-q", "+db=a,b"), files=named("a", "b")),
}  # fmt: skip

YAML = {
    "a mandatory value": Case(("+db=a",), 2, ("host",), {"conf/db/a.yaml": "host: ???\n"}),
    "a number as user": Case(("+db=a",), 2, ("db.user (conf/db/a.yaml, line ", "in quotes"), changed("user", "20")),
    "no is a boolean": Case(("+db=a",), 2, ("db.user", "in quotes"), changed("user", "no")),
    "1e3 is a number": Case(("+db=a",), 2, ("db.dbname", "in quotes"), changed("dbname", "1e3")),
    "a key in capitals": Case(("+db=a",), 2, ("db.HOST (", "you mean 'host'"), {"conf/db/a.yaml": "HOST: h\n"}),
    "a key with a capital": Case(("+db=a",), 2, ("you mean 'dbname'",), {"conf/db/a.yaml": "DbName: d\n"}),
    "a list as host": Case(("+db=a",), 2, ("db.host (conf/db/a.yaml, line ", "one text is expected, and not a list"),
                           changed("host", "[x, y]")),
    "a mapping as dbname": Case(("+db=a",), 2, ("one text is expected, and not a mapping",), changed("dbname", "{}")),
    "a list as name": Case(("+db=a",), 2, ("and not a list",), {"conf/db/a.yaml": "{conf}name: [x]\n"}),
    "a list as a path": Case(("+db=a", "output.runs_dir=[x]"), said=("[x]/",)),
    "an octal port": Case(("+db=a",), 2, ("db.port (conf/db/a.yaml, line ",), changed("port", "0o1538")),
    "a tab": Case(("+db=a",), 2, ("a.yaml, line 1, column 1: not YAML",), {"conf/db/a.yaml": "\thost: h\n"}),
    "two documents": Case(("+db=a",), 2, ("another document",), {"conf/db/a.yaml": "host: h\n---\nhost: i\n"}),
    "a key twice": Case(("+db=a",), 2, ("duplicate key host",), {"conf/db/a.yaml": "host: h\nhost: i\n"}),
    "an empty file": Case(("+db=a",), 2, ("a.yaml",), {"conf/db/a.yaml": "\n"}),
    "a shell's variable": Case(("+db=a",), 2, ("${oc.env:NAME}",), changed("password", "${PW}")),
    "Windows' line ends and mark": Case(("+db=a",), files={"conf/db/a.yaml": "\ufeff{conf}"}),
    "a secret file beside it": Case(
        ("+db=a",), files={**changed("password", "${secret:file,pw}"), "conf/db/pw": "{password}"}
    ),
    "a secret file that is not there": Case(
        ("+db=a",), 2, ("db.password", "pw"), changed("password", "${secret:file,pw}")
    ),
}  # fmt: skip

CONNECTIONS = {
    "Prisma's URL": Case(
        ("+db=env",), 2, ("schema",), variables={"DATABASE_URL": "{url}&schema=public&pgbouncer=true"}
    ),
    "options hold no password": Case(("introspect", "{url}&options=-c%20search_path%3Dx"), said=("tables: 2",)),
    "a list of ports": Case(
        ("+db=a", "db.host={host},{host}", "db.port=1,{port}", "retry=none"), said=("tables: 2",)
    ),
    "a scheme in capitals": Case(("introspect", "PostgreSQL{url-without-scheme}"), said=("tables: 2",)),
    "a line break after a URL": Case(("+db=env",), 2, ("DATABASE_URL",), variables={"DATABASE_URL": "{url}\n"}),
    "a blank after a URL": Case(("introspect", "{url} "), said=("tables: 2",)),
    "quotes around a URL": Case(("introspect", "'{url}'"), 2, ("introspect: CONN ",)),
    "a token with slashes": Case(
        ("db.url=postgresql://nobody@127.0.0.1:1/d?password=h%3A5432%2F%3FX-Amz-Signature%3D" + CANARY,
         "retry=none"), 3, ("Connection refused",)
    ),
    "a variable that is not set": Case(("+db=a",), 2, ("NOT_SET",), changed("password", "${oc.env:NOT_SET}")),
}  # fmt: skip

ENVIRONMENTS = {
    "libpq's settings for others": Case(
        ("+db=a",),
        said=("tables: 2",),
        variables={"PGOPTIONS": "-c statement_timeout=1", "PGCLIENTENCODING": "LATIN1", "PGDATESTYLE": "German",
                   "PGPORT": "abc", "PGUSER": "nobody_here", "PGDATABASE": "none_such", "PGCONNECT_TIMEOUT": "x",
                   "PGAPPNAME": "x\ny"},
    ),
    "a service for others": Case(("+db=a", "retry=none"), 3, ("check PGSERVICE",), variables={"PGSERVICE": "nope"}),
    "no time zone of that name": Case(("+db=a",), 3, ('"TimeZone"', "PGTZ"), variables={"PGTZ": "Nowhere/City"}),
    "no such parameter": Case(("+db=a", "db.options.options=-c nope=1"), 3, ('"nope"', "db.options.options")),
    "no width": Case(("+db=a",), said=("tables: 2",), variables={"COLUMNS": "0", "TERM": "dumb"}),
    "a width that is no number": Case(("runs", "list"), 2, ("no registry",), variables={"COLUMNS": "abc"}),
    "no home, no place for files": Case(
        ("+db=a",), said=("tables: 2",), variables={"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}
    ),
    "an empty search path": Case(("+db=a",), said=("tables: 2",), variables={"DATALCHEMY_CONFIG_PATH": ""}),
    "a search path that leads nowhere": Case(
        ("+db=a",), 2, ("nowhere",), variables={"DATALCHEMY_CONFIG_PATH": "nowhere"}
    ),
    "Hydra's own switches": Case(("+db=a", "strict=maybe"), 2, ("strict",), variables={"HYDRA_FULL_ERROR": "1"}),
}  # fmt: skip

WORDS = {
    "quiet and verbose": Case(("-q", "+db=a", "-v"), 2, ("do not go together",)),
    "a filter without a match": Case(("+db=a", "filter.include_tables=nope", "strict=true"), 4, ("nope",)),
    "a word without a value": Case(("+db=a", "strict"), 2, ("'strict'",)),
    "a plus too many": Case(("++db=a",), 2, ("write +db=a",)),
    "a long dash": Case(("\u2013m", "+db=a"), 2, ("no command '\u2013m'",)),
    "no number": Case(("runs", "list", "--limit", "x"), 2, ("a number is expected",)),
    "no date": Case(("runs", "list", "--since", "yesterday"), 2, ("2d",)),
    "a file as the registry": Case(("+db=a", "output.runs_dir=file"), 6, ("in the way",), {**named("a"), "file": "x"}),
    "no registry in a word": Case(("introspect", "{url}", "--run-dir", ""), 2, ("--run-dir", "not an empty text")),
    "no registry in a listing": Case(("runs", "list", "--run-dir="), 2, ("--run-dir", "not an empty text")),
    "no registry in a setting": Case(("+db=a", "output.runs_dir="), 2, ("output.runs_dir: ", "not an empty text")),
    "no registry in a declared word": Case(("+db=a", "--run-dir", ""), 2, ("output.runs_dir: ", "not an empty text")),
    "a registry in itself": Case(
        ("+db=a", "output.runs_dir=${hydra:runtime.output_dir}"), 2, ("output.runs_dir: ", "leads back to itself")
    ),
    "a sweep's registry in itself": Case(
        ("-m", "+db=a", "output.runs_dir=${hydra:run.dir}"), 2, ("output.runs_dir: ", "leads back to itself")
    ),
    "a setting that names itself": Case(("+db=a", "output.out=${output.out}"), 2, ("leads back to itself",)),
    "two that name each other": Case(
        ("+db=a", "db.name=${output.mode}", "output.mode=${db.name}"), 2, ("leads back to itself",)
    ),
    "a copy into no folder": Case(("+db=a", "output.out=none/x.json"), 6, ("none",)),
}  # fmt: skip

CASES = {
    f"{group}: {name}": case
    for group, cases in {
        "names": NAMES, "sweeps": SWEEPS, "yaml": YAML, "connections": CONNECTIONS, "environment": ENVIRONMENTS,
        "words": WORDS,
    }.items()
    for name, case in cases.items()
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case(case: Case, shop: Shop, tmp_path: Path) -> None:
    """One command has its exit code, says what it should, and shows neither a secret nor a library's own words."""
    for name, text in case.files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shop.filled(text), encoding="utf-8", newline="\r\n" if text.startswith("\ufeff") else "")
    variables = {name: shop.filled(value) for name, value in {"PW": "{password}", **case.variables}.items()}
    ended = datalchemy(*map(shop.filled, case.words), cwd=tmp_path, **variables)
    assert ended.code == case.code, ended.text
    assert not [said for said in case.said if said not in ended.text], ended.text
    assert not [word for word in NEVER if word in ended.text], ended.text
    errors = ended.text.count("datalchemy: error: ")
    assert errors == bool(case.code) or (errors and "-m" in case.words), ended.text
    assert case.made is None or (tmp_path / case.made).exists()
    if case.database is not None:
        (folder,) = run_dirs(tmp_path)
        assert read_json(folder / "manifest.json")["database"]["name"] == case.database
    assert not leaks(tmp_path)


def test_an_empty_environment(shop: Shop, tmp_path: Path) -> None:
    """A run needs no variable that it does not name: neither a home, nor a path, nor a language."""
    write_conf(tmp_path, a=shop.filled("{conf}"))
    variables = {"PW": shop.filled("{password}"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*PROGRAM, "+db=a"], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tables: 2" in done.stdout


def test_a_reader_of_completions_leaves(tmp_path: Path) -> None:
    """A shell that stops reading what installs completion is told nothing."""
    command = f"{shlex.join(PROGRAM)} -sc install=bash | true"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


@pytest.mark.parametrize("columns", [0, 1, 20, 500])
def test_a_terminal_of_any_width(columns: int, shop: Shop, tmp_path: Path) -> None:
    """A sweep comes to its end on a terminal that is narrow, wide, or does not know its width."""
    write_conf(tmp_path, a=shop.filled("{conf}"), b="host: 127.0.0.1\nport: 1\n")
    command = f"stty cols {columns}; {shlex.join(PROGRAM)} -m +db=a,b retry=none"
    variables = environment({"TERM": "xterm", "PW": shop.filled("{password}")})
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        cwd=tmp_path,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stdout
    assert "Traceback" not in done.stdout
    assert "1of2runssucceeded" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\s", "", done.stdout)


@pytest.fixture
def registry(shop: Shop, tmp_path: Path) -> Path:
    """A folder with a registry of two runs, of the databases a and b."""
    write_conf(tmp_path, a=shop.filled("{conf}"), b=shop.filled("{conf}"))
    assert datalchemy("-m", "-q", "+db=a,b", cwd=tmp_path, PW=shop.filled("{password}")).code == 0
    return tmp_path


def test_a_registry_that_was_copied(registry: Path) -> None:
    """A copy that nobody may write to is read and verified like its original, and by a link, too."""
    copy = Path(shutil.copytree(registry / "runs", registry / "backup of 2026"))
    for path in [*copy.rglob("*"), copy]:
        path.chmod(path.stat().st_mode & ~0o222)
    (registry / "link").symlink_to(copy)
    for place in (copy.name, "link", str(copy)):
        verified = datalchemy("runs", "verify", "--run-dir", place, cwd=registry)
        assert (verified.code, verified.stderr) == (0, ""), verified.text
        assert "2 run(s) and 1 sweep(s) verified, 0 with findings" in verified.stdout
        assert datalchemy("ddl", "a", "--run-dir", place, cwd=registry).code == 0
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.invented_artefacts("manifest.json")
def test_a_registry_with_other_things_in_it(registry: Path) -> None:
    """Foreign files are no runs; a copied run and an emptied manifest are told, and hide no other run."""
    first, _ = run_dirs(registry)
    (registry / "runs" / "README").write_text("ours")
    (registry / "runs" / "notes").mkdir()
    shutil.copytree(first, registry / "runs" / "copy")
    (first / "manifest.json").write_text("")
    listed = json.loads(datalchemy("runs", "list", "--json", cwd=registry).stdout)
    assert sorted(one["status"] for one in listed) == ["succeeded", "unreadable", "unreadable"]
    verified = datalchemy("runs", "verify", cwd=registry)
    assert verified.code == 6
    assert "copy: manifest.json: it is the manifest of run " in verified.stdout
    assert "Traceback" not in verified.text
    pruned = datalchemy("runs", "prune", "--keep", "0", "--yes", cwd=registry)
    assert pruned.stdout.count("left alone: ") >= 2
    assert (registry / "runs" / "copy").is_dir()
    assert (first / "schema.json").exists()
