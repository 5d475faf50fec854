import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from datalchemy.cli.hydra.arguments import completion_line, prepare
from datalchemy.cli.hydra.overrides import Override, known_keys, quoted
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.process import process_vault

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


def _refusal(*words: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        prepare(words)
    return str(caught.value)


def test_flags_come_before_overrides() -> None:
    """Flags may stand anywhere; Hydra gets them first, since its parser stumbles over any other order."""
    assert prepare(["strict=true", "-m", "+db=demo,env"]).words == ["--multirun", "strict=true", "+db=demo,env"]


def test_flags_with_values_keep_them() -> None:
    """`-c job`, `--cfg=job` and `--info` with and without its choice mean what they mean to Hydra."""
    assert prepare(["+db=demo", "-c", "job", "-p", "db"]).flags == ("--cfg", "job", "--package", "db")
    assert prepare(["--cfg=job"]).flags == ("--cfg", "job")
    assert prepare(["--info", "+db=demo"]).words == ["--info", "all", "+db=demo"]
    assert prepare(["--info", "searchpath"]).flags == ("--info", "searchpath")


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
        f"db.password=${{oc.env:PW,{CANARY}}}",
        f"db.options={{ssl-key: {CANARY}}}",
    ],
)
def test_no_secret_reaches_hydra(word: str) -> None:
    """Whatever form a secret is typed in, Hydra's command line holds a reference, and still parses."""
    words = prepare([word]).words
    assert CANARY not in " ".join(words)
    assert CANARY in process_vault().known()
    assert OverridesParser.create().parse_overrides(words)


@pytest.mark.parametrize("value", ["${oc.env:PW}", "${secret:file,/run/pw}", "<env:PW>", "<file:/run/pw>", "null", ""])
def test_references_are_left_alone(value: str) -> None:
    """A reference typed on the command line, null and nothing are no secrets."""
    override = OverridesParser.create().parse_override(prepare([f"db.password={value}"]).words[0])
    assert override.value() in (value, None) or str(override.value()) == value
    assert not process_vault().known()


@pytest.mark.parametrize(
    "text",
    ["a'b", "a\\", "a\\'b", 'say "x"', "a b,c={d}[e](f)#g?h", "postgresql://u@[::1]:5/d?x=y&z=w", "käse", "\\\\"],
)
def test_quoting_survives_hydras_grammar(text: str) -> None:
    """What is quoted for Hydra comes out of its parser as it went in."""
    assert OverridesParser.create().parse_override(f"db.url={quoted(text)}").value() == text


def test_urls_are_quoted_for_hydra() -> None:
    """A URL with parameters or an IPv6 address can be typed as it is."""
    url = "postgresql://u@[::1]:5432/d?sslmode=require&application_name=x"
    parsed = OverridesParser.create().parse_override(prepare([f"db.url={url}"]).words[0])
    assert parsed.value() == url


def test_urls_can_be_swept_over() -> None:
    """Several URLs with commas between them are several values, each without its secret."""
    word = prepare(["-m", f"db.url=postgres://u:{CANARY}@h1/d,postgres://u@h2,h3/d"]).overrides[0]
    assert word == "db.url='postgres://u:<env:DATALCHEMY_SECRET_1>@h1/d','postgres://u@h2,h3/d'"


def test_lists_can_be_written_without_brackets() -> None:
    """A setting that is a list takes one value or several; in a sweep, the values are swept over."""
    assert prepare(["filter.include_schemas=a,b_*"]).overrides == ("filter.include_schemas=[a,b_*]",)
    assert prepare(["db.init=[a.sql]"]).overrides == ("db.init=[a.sql]",)
    assert prepare(["-m", "filter.include_schemas=a,b"]).overrides == ("filter.include_schemas=[a],[b]",)


def test_options_can_be_added_without_a_mark() -> None:
    """`db.options.NAME=VALUE` adds a libpq parameter, whatever mark it is written with."""
    for mark in ("", "+", "++"):
        assert prepare([f"{mark}db.options.application_name=x"]).overrides == ("++db.options.application_name=x",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["db.hots=x"], "did you mean 'db.host'?"),
        (["hots=x"], "hots: unknown key"),
        (["+db.passwd=x"], "did you mean 'db.password'?"),
        (["+x=s3cr3t-hunter2"], "x: unknown key"),
        (["strct=true"], "did you mean 'strict'?"),
        (["+dbx=demo"], "unknown key"),
        (["+db=dmo"], "there is no database 'dmo'; did you mean 'demo'?"),
        (["-m", "+db=demo,envv"], "there is no database 'envv'; did you mean 'env'?"),
        (["db=demo"], "write +db=demo"),
        (["+db="], "a name is missing"),
        (["+db"], "a name is missing"),
        (["+db=demo,env"], "datalchemy -m +db=demo,env"),
        (["+db=glob(*)"], "datalchemy -m +db=glob(*)"),
        (["+db=demo", "+db=env"], "db is chosen twice"),
        (["++db=demo"], "write +db=demo"),
        (["+db=null"], "no database 'null'"),
        (["filter=null"], "no option of filter 'null'"),
        (["+"], "a key is missing"),
        (["--resolve"], "belongs to --cfg"),
        (["-p", "db"], "belongs to --cfg"),
        (["-m", "--cfg", "job"], "do not go together"),
        (["filter=al"], "did you mean 'all'?"),
        (["+filter=all"], "write filter=all"),
        (["hydra.job.env_copy=[PGPASSWORD]"], "environment variables to disk"),
        (["hydra.job.env_set.X=1"], "environment variables to disk"),
        (["hydra.output_subdir=.hydra"], "cannot be set here"),
        (["hydra.run.dir=x"], "set output.runs_dir"),
        (["hydra.searchpath=[file:///x]"], "--config-dir"),
        (["hydra.callbacks.x._target_=os.system"], "cannot be set here"),
        (["hydra/job_logging=default"], "cannot be set here"),
        (["--strict"], "write strict=true"),
        (["--multirn"], "did you mean '--multirun'?"),
        (["--config-name", "x"], "not offered"),
        (["--config-dir", "nowhere"], "there is no folder"),
        (["--config-dir"], "a value is missing"),
        (["--cfg", "jobs"], "did you mean 'job'?"),
        (["strict"], "neither a command nor key=value"),
        (["strict=true", "postgres://u:s3cr3t-hunter2@h/d"], "datalchemy introspect URL"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(words: list[str], said: str) -> None:
    """A mistake on the command line is met before Hydra, with what was probably meant, and repeats no secret."""
    message = _refusal(*words)
    assert said in message
    assert CANARY not in message


def test_a_folder_of_ones_own_is_searched_first(tmp_path: Path) -> None:
    """`--config-dir` puts a folder before ./conf, for this process and its children."""
    (tmp_path / "mine" / "db").mkdir(parents=True)
    (tmp_path / "mine" / "db" / "prod.yaml").write_text("host: h\n")
    assert prepare(["--config-dir", "mine", "+db=prod"]).overrides == ("+db=prod",)
    assert os.environ["DATALCHEMY_CONFIG_PATH"] == f"{tmp_path / 'mine'}{os.pathsep}conf"


def test_groups_of_ones_own_can_be_chosen(tmp_path: Path) -> None:
    """A folder of ./conf is a group, although it is no setting."""
    (tmp_path / "conf" / "team").mkdir(parents=True)
    (tmp_path / "conf" / "team" / "a.yaml").write_text("# @package _global_\nstrict: true\n")
    assert prepare(["+team=a", "+db=demo"]).overrides == ("+team=a", "+db=demo")
    assert "no option of team 'b'" in _refusal("+team=b")


@pytest.mark.parametrize(
    ("value", "databases"),
    [
        ("glob(*)", "demo,prod_a,prod_b,test_a"),
        ("glob(prod_*)", "prod_a,prod_b"),
        ("glob([prod_a,test_*])", "prod_a,test_a"),
        ("glob(*,exclude=test_*)", "demo,prod_a,prod_b"),
        ("'glob(*)'", None),
    ],
)
def test_a_glob_matches_ones_own_databases(value: str, databases: str | None, tmp_path: Path) -> None:
    """`glob(*)` is every database of one's own folders; those that are shipped are chosen by name."""
    folder = tmp_path / "conf" / "db"
    folder.mkdir(parents=True)
    for name in ("prod_b", "prod_a", "test_a", "demo"):  # a shipped one that is replaced is one's own
        (folder / f"{name}.yaml").write_text("host: h\n")
    if databases is None:
        assert "there is no database" in _refusal("-m", f"+db={value}")
        return
    assert prepare(["-m", f"+db={value}"]).overrides == (f"+db={databases}",)


def test_a_glob_that_matches_nothing(tmp_path: Path) -> None:
    """A glob without a match is refused, with the names that it could have matched."""
    assert "glob(*) matches no database of yours" in _refusal("-m", "+db=glob(*)")
    (tmp_path / "conf" / "db").mkdir(parents=True)
    (tmp_path / "conf" / "db" / "prod.yaml").write_text("host: h\n")
    assert "yours: prod" in _refusal("-m", "+db=glob(x*)")


def test_completion_sees_no_secret() -> None:
    """The words of a half-typed line that could hold a secret, or that Hydra would trip over, are left out."""
    line = f"datalchemy -v +db=env db.password={CANARY} db.url=postgres://u:{CANARY}@h/d strict=true fil"
    assert completion_line(line) == "datalchemy +db=env strict=true fil"
    assert completion_line("datalchemy +db=") == "datalchemy +db="


def test_every_setting_is_known_by_its_dotted_key() -> None:
    """The keys that can be typed are the settings' own."""
    keys = known_keys()
    assert keys["db"]
    assert not keys["db.password"]
    assert {"strict", "filter.include_schemas", "retry.attempts", "output.runs_dir", "redact.enabled"} <= keys.keys()


def test_any_word_is_an_override_of_some_key() -> None:
    """Marks, key and value are told apart; a word without `=` has no value."""
    assert Override.parse("++db.options.x=a=b") == Override("++", "db.options.x", "a=b")
    assert Override.parse("~db.url") == Override("~", "db.url", None)
    assert str(Override.parse("+db=")) == "+db="
