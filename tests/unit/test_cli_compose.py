"""Composing a database's file into a copy of the common part gives what Hydra's own compose() gives."""

import copy
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose
from omegaconf import DictConfig, OmegaConf

from datalchemy.cli.hydra import config_folders, expand, resolvers
from datalchemy.cli.hydra.compose import Composer
from datalchemy.cli.hydra.errors import translate
from datalchemy.cli.hydra.plan import plan
from datalchemy.errors import ConfigurationError, DatalchemyError
from datalchemy.introspector.settings import Settings
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Reference, Template

_HOST = "host: h\n"
FILES = {
    "plain": _HOST + "port: 5433\ndbname: d\nuser: u\npassword: ${oc.env:PW}\n",
    "other": "url: postgres://u@h/d\noptions: {sslrootcert: system}\nsslmode: require\n",
    "zz1": _HOST + "sslmode: disable\noptions:\n  application_name: x\nbogus: 1\n",
    "zz2": _HOST,
    "empty": "",
    "comment": "# nothing\n",
    "document": "---\nhost: h\n",
    "quoted": "\"host\": \"h\"\n'dbname': 'd'\n",
    "flow": "{host: h, dbname: d}\n",
    "flow_defaults": "{defaults: [plain], dbname: f}\n",
    "nested": "defaults: [plain]\ndbname: n\n",
    "nested_last": "dbname: n\ndefaults:\n  - _self_\n  - plain\n",
    "nested_first": "defaults:\n  - plain\n  - _self_\ndbname: n\n",
    "nested_twice": "defaults: [nested, other]\nuser: v\n",
    "filtered": "defaults:\n  - /filter: all\nhost: h\n",
    "overriding": "# @package _global_\ndefaults: [override /filter: all, override /retry: none]\ndb: {host: g}\n",
    "global": "# @package _global_\nstrict: true\ndb:\n  host: g\n",
    "spaced": "#   @package   _global_\ndb:\n  host: g\n",
    "mentions": _HOST + "# here is no @package _global_\n",
    "missing": "host: ???\nport: 1\n",
    "missing_quoted": "host: '???'\n",
    "relative": _HOST + "dbname: ${.host}\n",
    "absolute": _HOST + "dbname: ${db.host}_x\n",
    "elsewhere": _HOST + "dbname: ${output.runs_dir}\n",
    "unset": _HOST + "password: ${oc.env:SURELY_NOT_SET}\n",
    "fallback": "host: ${oc.env:SURELY_NOT_SET,localhost}\n",
    "loop": "host: ${nothing.here}\n",
    "anchors": "options: &a {application_name: x}\nhost: &h b\ndbname: *h\n",
    "merge_key": "options: &a {application_name: x}\n<<: *a\nhost: h\n",
    "twice": "host: a\nhost: b\n",
    "bom": "\ufeffhost: h\n",
    "crlf": "host: h\r\nport: 1\r\n",
    "numbers": "host: 1\nport: '2'\nuser: 2024\ndbname: 1.5\npassword: 1e3\n",
    "words": "host: yes\nuser: null\ndbname: ~\npassword: off\n",
    "list": _HOST + "init: [a.sql, b.sql]\n",
    "list_for_mapping": _HOST + "options: [a]\n",
    "text_for_mapping": _HOST + "options: x\n",
    "text_for_list": _HOST + "init: a.sql\n",
    "null_for_mapping": _HOST + "options: null\n",
    "named": "name: mine\nhost: h\n",
    "long": _HOST + "dbname: >-\n  a\n  b\n",
    "tagged": "port: !!int '5433'\nhost: h\n",
    "tab": "host:\th\n",
    "unknown": "hots: h\npasswd: x\n",
    "broken": "host: [x\n",
    "alias": "host: *nothing\n",
    "two_documents": "host: h\n---\nhost: i\n",
}
TYPED = ("db.port=6000", "db.options.application_name=y", "db.dbname=typed", "retry.attempts=2")


@pytest.fixture(autouse=True)
def _conf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = dict(os.environ)
    monkeypatch.delenv("DATALCHEMY_CONFIG_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PW", "s3cr3t-hunter2")
    for name, text in FILES.items():
        _write(name, text)
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


def _write(name: str, text: str) -> Path:
    file = Path("conf/db") / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def _outcome(act: Callable[[], DictConfig]) -> Any:
    """Return the resolved configuration, or the type of the user's error."""
    references: list[Reference] = []
    try:
        config = act()
        resolvers.register(references, lambda key: key)
        return _named(OmegaConf.to_container(config, resolve=True), references)
    except Exception as fault:  # noqa: BLE001  # an error is a result, too
        return type(translate(fault))


def _named(value: Any, references: list[Reference]) -> Any:
    """Return a value with the names of its references, rather than their numbers."""
    if isinstance(value, dict):
        return {key: _named(each, references) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, references) for each in value]
    return Template.parse(value, references).fill(str) if isinstance(value, str) else value


def _updated(config: DictConfig, name: str, typed: tuple[str, ...]) -> DictConfig:
    """Return a copy of what Hydra composed, with what the command line sets, by OmegaConf's own update."""
    config = copy.deepcopy(config)
    OmegaConf.set_struct(config, False)
    for word in typed:
        key, _, value = word.partition("=")
        OmegaConf.update(config, key, value, force_add=True)
    config.db.name = config.db.name or name
    return config


@pytest.mark.slow
def test_a_composed_copy_is_what_hydra_composes() -> None:
    """Every kind of file, one after the other in one process, with and without typed values: the same, or an error."""
    ours: dict[str, Any] = {}
    hydras: dict[str, Any] = {}
    with Composer.started() as composer:
        for name in FILES:
            composed: DictConfig | Exception
            try:
                composed = compose(config_folders.PRIMARY, [f"+db='{name}'"])
            except Exception as fault:  # noqa: BLE001  # an error is a result, too
                composed = fault
            for typed in ((), TYPED):
                [overrides] = expand.jobs([f"+db={name}", *typed], multirun=False)
                key = f"{name} {len(typed)}"
                ours[key] = _outcome(lambda words=overrides: composer.compose(words).config)  # type: ignore[misc]
                hydras[key] = (
                    type(translate(composed))
                    if isinstance(composed, Exception)
                    else _outcome(lambda config=composed, name=name, typed=typed: _updated(config, name, typed))  # type: ignore[misc]
                )
    assert ours == hydras
    assert ours["flow_defaults 0"]["db"]["port"] == 5433
    assert "bogus" in ours["zz1 0"]["db"]
    assert sum(outcome is ConfigurationError for outcome in ours.values()) == 14


@pytest.mark.parametrize("name", ["plain", "filtered", "overriding"])
@pytest.mark.parametrize("group", ["filter=all", "retry=none"])
def test_an_option_of_a_group(name: str, group: str) -> None:
    """The options of groups that the command line chooses come out as Hydra has them."""
    with Composer.started() as composer:
        ours = _outcome(lambda: composer.compose(expand.jobs([f"+db={name}", group], multirun=False)[0]).config)
        assert ours == _outcome(lambda: _updated(compose(config_folders.PRIMARY, [f"+db={name}", group]), name, ()))


def test_only_a_file_that_needs_hydra_is_composed_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The common part is composed once; each of many plain files costs no composition of Hydra's."""
    calls: list[list[str]] = []

    def recorded(name: str, words: list[str], **options: Any) -> DictConfig:
        calls.append(words)
        return compose(name, words, **options)

    monkeypatch.setattr("datalchemy.cli.hydra.compose.hydra_compose", recorded)
    databases = "+db=plain,other,zz1,zz2,mentions,nested,overriding"
    with Composer.started() as composer:
        for overrides in expand.jobs([databases, "filter=all"], multirun=True):
            composer.compose(overrides)
    assert [words[-1] for words in calls] == ["filter='all'", "+db='mentions'", "+db='nested'", "+db='overriding'"]


@pytest.mark.parametrize("name", ["2024", "null", "true", "weiß", "eu west", "[a,b]", "x,y", "it's", "a=b", "eu/prod"])
@pytest.mark.parametrize("text", [_HOST, "defaults: [/db/plain]\nhost: h\n"], ids=["plain", "composed by Hydra"])
def test_names(name: str, text: str) -> None:
    """A file of any name is found both ways, and is the database's name."""
    _write(name, text)
    with Composer.started() as composer:
        composed = composer.compose(expand.jobs([f"+db={name}"], multirun=False)[0])
    assert (composed.config.db.name, composed.config.db.host, composed.database) == (name, "h", name)


def _plan(*words: str) -> list[Settings | DatalchemyError]:
    with Composer.started() as composer:
        return [job.settings for job in plan(composer, expand.jobs(words, multirun=True))]


def test_one_broken_file_is_one_failed_job() -> None:
    """A job whose configuration is wrong holds its error, with file and line; the others have their settings."""
    plain, broken, unknown, loop = _plan("+db=plain,broken,unknown,loop")
    assert isinstance(plain, Settings)
    assert str(broken).startswith("conf/db/broken.yaml, line 2, column 1: not YAML")
    assert "db.hots (conf/db/unknown.yaml, line 1): unknown key; did you mean 'host'?" in str(unknown)
    assert "names a key that does not exist" in str(loop)


def test_two_files_that_give_one_name() -> None:
    """Databases of the same name cannot be kept apart: each is a failed job, and the others run."""
    _write("twin", "name: plain\nhost: h\n")
    plain, other, twin = _plan("+db=plain,other,twin")
    assert isinstance(other, Settings)
    for refused in (plain, twin):
        assert "db.name: conf/db/plain.yaml and conf/db/twin.yaml have the same name 'plain'" in str(refused)
    assert all(isinstance(job, Settings) for job in _plan("+db=plain", "strict=true,false"))


def test_a_shared_copy_is_refused_before_the_first_job() -> None:
    """Jobs that would write one file are refused together; `${db.name}` in it makes one for each."""
    with pytest.raises(ConfigurationError, match=r"plain and other would write the same file x\.json"):
        _plan("+db=plain,other", "output.out=x.json")
    outs = [
        job.output.out for job in _plan("+db=plain,other", "output.out=${db.name}.json") if isinstance(job, Settings)
    ]
    assert outs == [Path("plain.json"), Path("other.json")]


def test_a_yml_file() -> None:
    """A .yml file is read like any other; what needs Hydra is asked to be renamed; two of one name are refused."""
    _write("a", _HOST).rename("conf/db/a.yml")
    _write("b", "defaults: [plain]\n").rename("conf/db/b.yml")
    a, b = _plan("+db=a,b")
    assert isinstance(a, Settings)
    assert "rename it to b.yaml" in str(b)
    _write("a", _HOST)
    assert "conf/db/a.yaml and conf/db/a.yml are two files of one name" in str(_plan("+db=a")[0])


@pytest.mark.parametrize("text", ["- host: h\n", "[]\n"])
def test_a_file_without_settings(text: str) -> None:
    """A list is no configuration."""
    _write("odd", text)
    assert "conf/db/odd.yaml holds no settings" in str(_plan("+db=odd")[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("defaults: x\n", "defaults must be a list"),
        ("defaults: [1]\n", "Unsupported type in defaults"),
        ("defaults: [{'': x}]\n", "a defaults list is wrong"),
        ("defaults: [nope]\n", "there is no 'nope' in db"),
        ("# @package\nhost: h\n", "look at `defaults` and `@package`"),
        ("# @package _global_\ndb: [a]\n", "Cannot merge a mapping with a list"),
        ("host: !!float x\n", "leave out the tag"),
        ("host: &a [*a]\n", "refers to itself without end"),
        ("\0", "conf/db/odd.yaml: not YAML"),
        ("host: ${\n", "host: a ${ in it begins nothing that can be read"),
        ("url: postgres://u:s3cr3t-hunter2${x@h/d\n", "url: a ${ in it begins nothing that can be read"),
        ("host: ${oc.env:}\n", "db.host: a ${...:} does not say what it looks up"),
        ("host: ${vault:x}\n", "a ${...:...} has an unknown kind"),
    ],
)
def test_a_file_that_cannot_be_composed(text: str, said: str) -> None:
    """Whatever is wrong with a file is said in the user's words, without a library's, and without its content."""
    _write("odd", text)
    (job,) = _plan("+db=odd")
    assert isinstance(job, ConfigurationError)
    assert said in str(job)
    assert not re.search(r"s3cr3t|OmegaConf|DictConfig|viable|BRACE|Error", str(job))
