"""`init` writes a first file for a database, asks nothing, and keeps every password out of it."""

import sys
from pathlib import Path

import pytest

from tests.acceptance.doors import PASSWORD, Place, seen_in
from tests.acceptance.program import datalchemy, leaks, write_conf
from tests.acceptance.program import ended as run_program

_LIBPQ = {"PGHOST": "db.example.com", "PGPORT": "5433", "PGDATABASE": "shop", "PGUSER": "reader"}


def written(cwd: Path, name: str) -> str:
    """Return the text of a database's file."""
    return (cwd / "conf/db" / f"{name}.yaml").read_text(encoding="utf-8")


def test_init_writes_what_the_environment_says(tmp_path: Path) -> None:
    """`init` takes place and role from PGHOST and its like, names the dbname, and refers to the password."""
    ended = datalchemy("init", cwd=tmp_path, **_LIBPQ)
    assert ended.code == 0, ended.text
    text = written(tmp_path, "shop")
    for line in ("host: db.example.com # from PGHOST", "port: 5433 #", "dbname: shop #", "user: reader # from PGUSER"):
        assert f"\n{line}" in text
    assert "\npassword: ${oc.env:SHOP_PASSWORD} #" in text
    assert "an example" not in text
    assert ended.stdout.splitlines() == [
        "wrote conf/db/shop.yaml",
        "next:",
        "  set the environment variable SHOP_PASSWORD to the password",
        "  datalchemy check shop",
        "  datalchemy +db=shop",
    ]
    assert not (tmp_path / ".gitignore").exists()


def test_init_marks_its_examples(tmp_path: Path) -> None:
    """Where the environment says nothing, the file holds examples that say so, and its name is mydb."""
    ended = datalchemy("init", cwd=tmp_path)
    assert ended.code == 0
    text = written(tmp_path, "mydb")
    assert "\nhost: db.example.com # an example: write your own\n" in text
    assert "\ndbname: mydb # an example" in text
    assert "\n  write your own values into conf/db/mydb.yaml\n" in ended.stdout
    shown = datalchemy("+db=mydb", "--cfg", "job", cwd=tmp_path)
    assert shown.code == 0
    assert "  host: db.example.com\n" in shown.stdout


def test_init_never_overwrites(tmp_path: Path) -> None:
    """A file that exists is an error of usage, in either spelling of its suffix, and keeps every byte."""
    write_conf(tmp_path, mine="host: here\n")
    (tmp_path / "conf/db/other.yml").write_text("host: there\n")
    (tmp_path / "conf/db/link.yaml").symlink_to("nowhere")
    for name in ("mine", "other", "link"):
        ended = datalchemy("init", name, cwd=tmp_path)
        assert ended.code == 2
        assert "exists, and stays as it is" in ended.stderr
    assert written(tmp_path, "mine") == "host: here\n"
    assert sorted(path.name for path in (tmp_path / "conf/db").iterdir()) == ["link.yaml", "mine.yaml", "other.yml"]


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("eu/prod", ["  datalchemy check eu/prod", "  datalchemy +db=eu/prod"]),
        ("eu west", ["  datalchemy check 'eu west'", "  datalchemy '+db=eu west'"]),
        ("weiß", ["  datalchemy check 'weiß'", "  datalchemy '+db=weiß'"]),
        ("it's", ["""  datalchemy check 'it'"'"'s'""", """  datalchemy '+db=it'"'"'s'"""]),
        ("[a,b]", ["  datalchemy check '[a,b]'", "  datalchemy '+db=[a,b]'"]),
        ("null", ["  datalchemy check null", "  datalchemy +db=null"]),
    ],
)
def test_init_quotes_names(name: str, commands: list[str], tmp_path: Path) -> None:
    """The printed commands fit a shell, whatever the name; the file can be composed, and its variable be set."""
    ended = datalchemy("init", name, cwd=tmp_path)
    assert ended.code == 0
    assert [line for line in ended.stdout.splitlines() if line.startswith("  datalchemy")] == commands
    assert datalchemy(f"+db={name}", "--cfg", "job", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "name",
    ["", " a", "../a", "/a", "a//b", "_a", "a/.b", "-a", "+a", "a\nb", "\x1b[31m", f"postgresql://u:{PASSWORD}@h/d"],
)
def test_init_refuses_what_is_no_name(name: str, tmp_path: Path) -> None:
    """What cannot be found again by `+db=NAME`, or would leave the folder, is refused, and nothing is written."""
    ended = datalchemy("init", name, cwd=tmp_path)
    assert ended.code == 2, ended.text
    assert "\x1b" not in ended.text
    assert not seen_in(ended.text)
    assert not (tmp_path / "conf").exists()


def test_init_adds_to_gitignore(tmp_path: Path) -> None:
    """In a git repository, what it should not keep is added once, behind what is there."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.pyc\n/runs")
    assert "wrote .gitignore: .env\n" in datalchemy("init", "a", cwd=tmp_path).stdout
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n/runs\n.env\n"
    assert ".gitignore" not in datalchemy("init", "b", cwd=tmp_path).stdout
    below = tmp_path / "below"
    below.mkdir()
    assert ".gitignore" not in datalchemy("init", "c", cwd=below).stdout
    assert not (below / ".gitignore").exists()


def test_init_leaves_passwords_to_their_file(tmp_path: Path) -> None:
    """With a password file, or a service, the file needs no password; with PGPASSWORD, it refers to that."""
    (tmp_path / ".pgpass").touch(mode=0o600)
    home = {"HOME": str(tmp_path)}
    datalchemy("init", "file", cwd=tmp_path, **_LIBPQ, **home)
    assert "\n# password: from ~/.pgpass; or ${oc.env:FILE_PASSWORD}\n" in written(tmp_path, "file")
    datalchemy("init", "service", cwd=tmp_path, PGSERVICE="canary", **home)
    assert "options:\n  service: canary # from PGSERVICE" in written(tmp_path, "service")
    assert "host" not in written(tmp_path, "service")
    datalchemy("init", "variable", cwd=tmp_path, **_LIBPQ, **home, PGPASSWORD=PASSWORD)
    assert "\npassword: ${oc.env:PGPASSWORD} #" in written(tmp_path, "variable")
    datalchemy("init", "url", cwd=tmp_path, **home, DATABASE_URL="postgres://u:pw@[::1]:99/d?sslmode=require")
    text = written(tmp_path, "url")
    for line in ('host: "::1" # from DATABASE_URL', "port: 99 #", "dbname: d #", "user: u #", "sslmode: require #"):
        assert f"\n{line}" in text
    assert "\npassword: ${oc.env:URL_PASSWORD} #" in text


_PLACE = Place("127.0.0.1", 1)


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": _PLACE.url(_PLACE.encoded)},
        {"DATABASE_URL": _PLACE.url(PASSWORD)},
        {"DATABASE_URL": _PLACE.url(password=_PLACE.encoded)},
        {"DATABASE_URL": f"{_PLACE.conninfo} password='{PASSWORD}'"},
        {"DATABASE_URL": f"mysql://u:{PASSWORD}@h/d"},
        {**_LIBPQ, "PGPASSWORD": PASSWORD, "PGUSER": PASSWORD},
        {"PGDATABASE": _PLACE.url(PASSWORD)},
        {"PGDATABASE": f"{_PLACE.conninfo} password={_PLACE.encoded}"},
        {"PGSERVICE": _PLACE.url(_PLACE.encoded)},
    ],
)
def test_init_keeps_passwords_out(variables: dict[str, str], tmp_path: Path) -> None:
    """No password of the environment gets into the file, its name, or onto the screen."""
    (tmp_path / ".git").mkdir()
    ended = datalchemy("init", cwd=tmp_path, **variables)
    assert ended.code == 0, ended.text
    assert not seen_in(ended.text), ended.text
    assert not leaks(tmp_path, "an4ry", outside=())


_IMPORTED = """
import sys
from datalchemy.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as left:
    code = left.code
loaded = {name.partition(".")[0] for name in sys.modules}
print(code, sorted(loaded & {"hydra", "omegaconf", "rich", "psycopg", "networkx"}), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("init", "a"), ("init", "--help"), ("dbs", "--help"), ("check", "--help")])
def test_a_first_step_imports_little(words: tuple[str, ...], tmp_path: Path) -> None:
    """What needs no composition and no connection imports neither Hydra, nor rich, nor a driver."""
    ended = run_program([sys.executable, "-c", _IMPORTED, *words], tmp_path, {})
    assert ended.stderr == "0 []\n"
