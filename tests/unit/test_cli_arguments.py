import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datalchemy.cli.hydra import app, flow
from datalchemy.cli.hydra.arguments import Arguments, parse
from datalchemy.cli.hydra.expand import Override, jobs
from datalchemy.cli.hydra.values import Word, known_keys, read, rendered
from datalchemy.cli.main import main
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Secret

CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = dict(os.environ)
    monkeypatch.delenv("DATALCHEMY_CONFIG_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


def _databases(*names: str) -> None:
    for name in names:
        file = Path("conf/db") / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("host: h\n")


def _value(word: str, *, multirun: bool = False) -> Any:
    [[override]] = jobs([word], multirun=multirun)
    return override.value


def _names(word: str) -> list[Any]:
    return [overrides[0].value for overrides in jobs([word], multirun=True)]


def _refusal(*words: str) -> str:
    arguments = parse(words)
    with pytest.raises(ConfigurationError) as caught:
        jobs(arguments.words, multirun=arguments.multirun)
    return str(caught.value)


def test_flags_may_be_anywhere() -> None:
    """Flags are told from words wherever they are, in their long and their short form."""
    assert parse(["strict=true", "-m", "+db=demo,env"]) == Arguments(
        ("strict=true", "+db=demo,env"), frozenset({"--multirun"})
    )


def test_flags_with_values_keep_them() -> None:
    """`-c job`, `--cfg=job` and `--info` with and without its choice have their values."""
    given = parse(["+db=demo", "-c", "job", "-p", "db", "--config-dir", "a", "-cd=b"])
    assert (given.cfg, given.package, given.folders, given.words) == ("job", "db", ("a", "b"), ("+db=demo",))
    assert parse(["--cfg=job"]).cfg == "job"
    assert (parse(["--info", "+db=demo"]).info, parse(["--info", "+db=demo"]).words) == ("all", ("+db=demo",))
    assert parse(["--info", "searchpath"]).info == "searchpath"


def test_the_words_of_introspect_mean_the_same_here() -> None:
    """`--strict`, `--out`, `--schema` and the like say what the settings say."""
    given = parse(["--db", "a", "--strict", "--out=x=y.json", "--run-dir", "r", "--schema", "a,b", "--schema=c"])
    assert given.words == (
        "strict=true",
        "+db=a",
        "output.out=x=y.json",
        "output.runs_dir=r",
        "filter.include_schemas=['a,b','c']",
    )
    assert read("filter.include_schemas", "['a,b','c']") == ["a,b", "c"]
    assert parse(["--no-redact", "--force", "--conn", "host=h"]).words == (
        "redact.enabled=false",
        "output.force=true",
        "db.url=host=h",
    )


@pytest.mark.parametrize(
    "word",
    [
        f"db.password={CANARY}",
        f"++db.password={CANARY}",
        f"db.password='{CANARY}'",
        f'db.password="{CANARY}"',
        f"db.url=postgresql://u:{CANARY}@h/d?sslmode=require",
        f"db.url='postgresql://u:{CANARY}@h/d'",
        f"db.url=host=h password={CANARY}",
        f"db.options.sslpassword={CANARY}",
        f"+db.options.oauth_client_secret={CANARY}",
        f"db.options={{sslpassword: {CANARY}, application_name: x}}",
        f"db={{url: 'postgres://u:{CANARY}@h/d', password: {CANARY}}}",
        f"db={{options: {{sslpassword: {CANARY}}}}}",
        f"db.password=${{oc.env:PW,{CANARY}}}",
        f"db.options={{ssl-key: {CANARY}}}",
        f"db.init=[postgres://u:{CANARY}@h/d]",
    ],
)
def test_no_secret_is_kept_in_clear(word: str) -> None:
    """Whatever form a secret is typed in, the value and the record hold a reference."""
    [[override]] = jobs([word], multirun=False)
    assert CANARY not in f"{override} {override.value!r}"
    assert CANARY in process_vault().known()


@pytest.mark.parametrize("value", ["${oc.env:PW}", "${secret:file,/run/pw}", "<env:PW>", "<file:/run/pw>", "null", ""])
def test_references_are_left_alone(value: str) -> None:
    """A reference typed on the command line, null and nothing are no secrets."""
    given = _value(f"db.password={value}")
    assert (given.shown() if isinstance(given, Secret) else given) == (None if value == "null" else value)
    assert not process_vault().known()


@pytest.mark.parametrize(
    "text",
    [
        "a'b",
        "a\\",
        "a\\'b",
        'say "x"',
        "a b,c={d}[e](f)#g?h",
        "~/x y",
        "a=b",
        "käse",
        "\\\\",
        "[a]",
        "{a: b}",
        "(",
        "x,y",
    ],
)
def test_a_value_is_what_was_typed(text: str) -> None:
    """Characters that YAML, a shell or Hydra give a meaning have none: a text is the text, quoted or not."""
    assert _value(f"output.out={text}") == text
    marked = text.replace("\\", "\\\\").replace("'", "\\'")
    assert _value(f"output.out='{marked}'", multirun=True) == text


def test_null_is_nothing_and_in_quotes_a_text() -> None:
    """`null` takes a value away; `'null'` is a name."""
    assert _value("db.dbname=null") is None
    assert _value("db.dbname='null'") == "null"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[Ação, 'a b']", ["Ação", "a b"]),
        ("a,b_*", ["a", "b_*"]),
        ("'a,b'", ["a,b"]),
        ("[*]", ["*"]),
        ("[ab]*", ["[ab]*"]),
        ("[[ab]*, (x, y), #1]", ["[ab]*", "(x, y)", "#1"]),
        ("[]", []),
        ("[2024, null]", ["2024", "null"]),
        ("it's", ["it's"]),
    ],
)
def test_lists(text: str, value: list[str]) -> None:
    """A setting that is a list takes one value or several, with or without brackets."""
    assert _value(f"filter.include_schemas={text}") == value


def test_mappings() -> None:
    """A section takes `{KEY: VALUE, ...}`."""
    assert _value("db.options={application_name: 'a, b', sslrootcert: x:y}") == {
        "application_name": "a, b",
        "sslrootcert": "x:y",
    }
    assert rendered({"a": ["b", None]}) == "{a: [b,null]}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("db.dbname", "null"),
        ("db.dbname", "'a'"),
        ("db.dbname", "it's \\ (x), [y]"),
        ("db.dbname", None),
        ("filter.include_schemas", ["a,b", "[x]", "it's", "", "c d", "null", "\\'"]),
        ("db.options", {"application_name": "a, b: 'c'", "sslrootcert": "null", "sslcert": None}),
    ],
)
def test_the_record_can_be_typed_again(key: str, value: Any) -> None:
    """What the record says of a value means the same value when it is typed."""
    assert _value(f"{key}={rendered(value)}") == value


def test_urls_can_be_swept_over() -> None:
    """Several URLs with commas between them are several values, each without its secret."""
    word = f"db.url=postgres://u:{CANARY}@h1/d,postgres://u@h2,h3/d"
    assert [each.shown() for each in _names(word)] == ["postgres://u:***@h1/d", "postgres://u@h2,h3/d"]


def test_what_is_swept_over() -> None:
    """With -m a comma separates values, unless quotes, brackets or a password protect it."""
    assert _names("filter.include_schemas=a,[b,c]") == [["a"], ["b", "c"]]
    assert _names("db.dbname=a,'b,c',d(e,f)") == ["a", "b,c", "d(e,f)"]
    assert _names("db.port=range(5432,5435)") == ["5432", "5433", "5434"]
    assert _names("strict=choice(true,false)") == ["true", "false"]
    assert len(_names("db.password=a,b")) == 1
    assert _names("sweep.workers=3") == ["3"]
    assert _value("db.port=5432,5433") == "5432,5433"


def test_the_last_word_changes_fastest() -> None:
    """A sweep over two words has each combination once, in a fixed order."""
    assert [list(map(str, job)) for job in jobs(["+db=demo,env", "strict=true,false"], multirun=True)] == [
        ["+db=demo", "strict=true"],
        ["+db=demo", "strict=false"],
        ["+db=env", "strict=true"],
        ["+db=env", "strict=false"],
    ]


def test_a_key_can_be_taken_away() -> None:
    """`~key` takes what a file sets away."""
    assert jobs(["~db.url", "~filter"], multirun=False) == [
        (Override("~", "db.url", None), Override("~", "filter", None, chooses=True))
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["db.hots=x"], "did you mean 'db.host'?"),
        (["hots=x"], "hots: unknown key"),
        (["+db.passwd=x"], "did you mean 'db.password'?"),
        (["+x=s3cr3t-hunter2"], "x: unknown key"),
        (["strct=true"], "did you mean 'strict'?"),
        (["+dbx=demo"], "unknown key"),
        (["sweep.worker=3"], "did you mean 'sweep.workers'?"),
        (["+db=dmo"], "there is no database 'dmo'; did you mean 'demo'?"),
        (["-m", "+db=demo,envv"], "there is no database 'envv'; did you mean 'env'?"),
        (["db=demo"], "write +db=demo"),
        (["+db="], "a name is missing"),
        (["+db"], "a name is missing"),
        (["+db=demo,env"], "datalchemy -m +db=demo,env"),
        (["+db=[demo,env]"], "datalchemy -m +db=[demo,env]"),
        (["+db=glob(*)"], "datalchemy -m +db=glob(*)"),
        (["+db=demo", "+db=env"], "db is chosen twice"),
        (["++db=demo"], "write +db=demo"),
        (["+db=null"], "no database 'null'"),
        (["filter=null"], "no option of filter 'null'"),
        (["+"], "a key is missing"),
        (["-m", "strict=range(x)"], "range(START, STOP[, STEP])"),
        (["-m", "db.port=range(5,5)"], "no number"),
        (["-m", "db.port=range(0,100000)", "strict=true,false"], "more than 100000 jobs"),
        (["filter=al"], "did you mean 'all'?"),
        (["+filter=all"], "write filter=all"),
        (["filter.include_schemas=[(a"], "the value of filter.include_schemas cannot be read"),
        (["db.options={a"], "the value of db.options cannot be read"),
        (["db.options={a}"], "NAME: VALUE"),
        (["hydra.job.env_copy=[PGPASSWORD]"], "environment variables to disk"),
        (["hydra.job.env_set.X=1"], "environment variables to disk"),
        (["hydra.output_subdir=.hydra"], "cannot be set here"),
        (["hydra.run.dir=x"], "set output.runs_dir"),
        (["hydra.searchpath=[file:///x]"], "--config-dir"),
        (["hydra.callbacks.x._target_=os.system"], "cannot be set here"),
        (["hydra/job_logging=default"], "cannot be set here"),
        (["hydra/sweeper=basic"], "cannot be set here"),
        (["hydra/launcher=joblib"], "add -m"),
        (["strict"], "neither a command nor key=value"),
        (["strict=true", "postgres://u:s3cr3t-hunter2@h/d"], "datalchemy introspect URL"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(words: list[str], said: str) -> None:
    """A mistake is met before anything runs; the error has what was probably meant, and repeats no secret."""
    message = _refusal(*words)
    assert said in message
    assert CANARY not in message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resolve"], "belongs to --cfg"),
        (["-p", "db"], "belongs to --cfg"),
        (["-m", "--cfg", "job"], "do not go together"),
        (["-q", "-v"], "--quiet and --verbose do not go together"),
        (["--strict=true"], "--strict takes no value"),
        (["--multirn"], "did you mean '--multirun'?"),
        (["--config-name", "x"], "not offered"),
        (["--config-dir"], "a value is missing"),
        (["--cfg", "jobs"], "did you mean 'job'?"),
    ],
)
def test_what_is_wrong_with_a_flag(words: list[str], said: str) -> None:
    """A flag that does not exist, lacks its value or contradicts another is refused with what to write."""
    with pytest.raises(ConfigurationError) as caught:
        parse(words)
    assert said in str(caught.value)


def test_a_folder_of_ones_own_is_searched_first(tmp_path: Path) -> None:
    """`--config-dir` puts a folder before ./conf, for this process and its children."""
    (tmp_path / "mine" / "db").mkdir(parents=True)
    (tmp_path / "conf").mkdir()
    (tmp_path / "mine" / "db" / "prod.yaml").write_text("host: h\n")
    assert app.run(["--config-dir", "mine", "+db=prod", "--cfg", "job", "-p", "db.name"]) == 0
    assert os.environ["DATALCHEMY_CONFIG_PATH"] == f"{tmp_path / 'mine'}{os.pathsep}conf"
    with pytest.raises(ConfigurationError, match="there is no folder 'nowhere'"):
        app.run(["--config-dir", "nowhere", "+db=prod"])


def test_a_path_variable_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """DATALCHEMY_CONFIG_PATH that names no folder is an error, not an empty configuration."""
    monkeypatch.setenv("DATALCHEMY_CONFIG_PATH", f"nowhere{os.pathsep}conf")
    with pytest.raises(ConfigurationError, match="DATALCHEMY_CONFIG_PATH names 'nowhere'"):
        app.run(["+db=demo"])


def test_a_database_without_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    """The bare name of a database is no command; the hint says what to type."""
    _databases("a", "eu west")
    assert main(["a"]) == 2
    assert "datalchemy +db=a" in capsys.readouterr().err
    assert main(["eu west"]) == 2
    assert "datalchemy '+db=eu west'" in capsys.readouterr().err
    assert "datalchemy +db=a" in _refusal("strict=true", "a")


def test_groups_of_ones_own_can_be_chosen() -> None:
    """A folder of ./conf is a group, although it is no setting; several options of it can be chosen together."""
    Path("conf/team").mkdir(parents=True)
    for name in "ab":
        Path(f"conf/team/{name}.yaml").write_text("# @package _global_\nstrict: true\n")
    [overrides] = jobs(["+team=a", "+db=demo"], multirun=False)
    assert list(map(str, overrides)) == ["+team=a", "+db=demo"]
    assert _value("+team=[a,b]") == ("a", "b")
    assert "no option of team 'c'" in _refusal("+team=c")


@pytest.mark.parametrize("name", ["2024", "null", "true", "weiß", "eu west", "[a,b]", "x,y", "glob(p)", "it's", "a=b"])
def test_a_name_is_a_name(name: str) -> None:
    """A file's name chooses it, whatever else the name could mean."""
    _databases(name, "a", "b")
    assert _value(f"+db={name}") == name
    assert _names(f"+db={name}") == [name]
    assert name in _names("+db=glob(*)")


@pytest.mark.parametrize(
    ("value", "databases"),
    [
        ("glob(*)", "demo,eu/a,eu/b,prod_a,prod_b,test_a"),
        ("glob(prod_*)", "prod_a,prod_b"),
        ("glob([prod_a,test_*])", "prod_a,test_a"),
        ("glob(*,exclude=test_*)", "demo,eu/a,eu/b,prod_a,prod_b"),
        ("glob(include=[p*,t*],exclude=[*_a])", "prod_b"),
        ("glob(prod_[bc])", "prod_b"),
        ("glob(eu/*)", "eu/a,eu/b"),
        ("test_a,glob(eu/*)", "test_a,eu/a,eu/b"),
        ("[prod_a,demo]", "prod_a,demo"),
        ("choice(prod_a,demo)", "prod_a,demo"),
        ("prod_a.yaml,eu/a", "prod_a,eu/a"),
        ("'prod_a',_common", "prod_a,_common"),
    ],
)
def test_a_sweep_over_databases(value: str, databases: str) -> None:
    """`glob(*)` is every database of one's own folders, nested ones too; fragments and examples are chosen by name."""
    _databases("prod_b", "prod_a", "test_a", "demo", "eu/b", "eu/a", "_common", "eu/_common", "_old/x")
    assert ",".join(_names(f"+db={value}")) == databases


def test_a_glob_that_matches_nothing() -> None:
    """A glob without a match is refused, with the names that it could have matched."""
    assert "glob(*) matches no database of yours" in _refusal("-m", "+db=glob(*)")
    _databases("prod")
    assert "yours: prod" in _refusal("-m", "+db=glob(x*)")
    assert "there is no database" in _refusal("-m", "+db='glob(*)'")


def test_every_setting_is_known_by_its_dotted_key() -> None:
    """The keys that can be typed are the settings' own."""
    keys = known_keys()
    assert keys["db"]
    assert not keys["db.password"]
    assert {"strict", "filter.include_schemas", "retry.attempts", "output.runs_dir", "sweep.per_server"} <= keys.keys()


def test_any_word_has_a_key() -> None:
    """Marks, key and value are told apart; a word without `=` has no value."""
    assert Word.parse("++db.options.x=a=b") == Word("++", "db.options.x", "a=b")
    assert Word.parse("~db.url") == Word("~", "db.url", None)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ("'a,b',\"c,d\"", ["'a,b'", '"c,d"']),
        ("it's,he's", ["it's", "he's"]),
        ("[a,b],(c,d),{e,f}", ["[a,b]", "(c,d)", "{e,f}"]),
        ("['a]',b],c", ["['a]',b]", "c"]),
        ("'a\\',b',c", ["'a\\',b'", "c"]),
        ("", [""]),
        ("a)b,c", ["a)b", "c"]),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    """A comma separates outside quotes and brackets only; an apostrophe inside a word opens no quote."""
    assert flow.pieces(text) == pieces
