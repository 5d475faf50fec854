import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped
from omegaconf import OmegaConf
from pydantic import BaseModel

from datalchemy.cli.hydra import config_folders, expand
from datalchemy.cli.hydra import settings as hydra_settings
from datalchemy.cli.hydra.compose import Composed, Composer
from datalchemy.cli.hydra.sweep_settings import SweepSettings
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.run import plain_secrets
from datalchemy.introspector.settings import (
    DatabaseSettings,
    OutputSettings,
    RedactSettings,
    RetrySettings,
    Settings,
    load_settings,
)
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Template

CONF = config_folders.shipped()
CANARY = "s3cr3t-hunter2"
SECTIONS: dict[str, type[BaseModel]] = {"filter": ObjectFilter, "retry": RetrySettings, "output": OutputSettings}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(os.environ)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _compose(*words: str) -> Composed:
    with Composer.started() as composer:
        return composer.compose(expand.jobs(words, multirun=False)[0])


def _read(*words: str) -> Settings:
    composed = _compose(*words)
    return hydra_settings.read(composed.config, composed)


def test_the_primary_file_has_every_setting_and_no_other() -> None:
    """The keys of datalchemy.yaml are the fields of the settings, so that each is documented where it stands."""
    primary = _load(CONF / "datalchemy.yaml")
    assert set(primary) - {"defaults", "hydra", "sweep"} == set(Settings.model_fields) - set(SECTIONS)
    assert set(primary["sweep"]) == set(SweepSettings.model_fields)
    assert set(primary["db"]) == set(DatabaseSettings.model_fields)
    assert set(primary["redact"]) == set(RedactSettings.model_fields)


@pytest.mark.parametrize("group", SECTIONS)
def test_every_option_of_a_group_has_every_key(group: str) -> None:
    """Each file of a group says all of it, and nothing else."""
    for file in (CONF / group).glob("*.yaml"):
        assert set(_load(file)) == set(SECTIONS[group].model_fields), file


def test_the_shipped_defaults_are_the_settings_defaults() -> None:
    """Both ways in start from the same values."""
    composed = OmegaConf.to_container(_compose().config, resolve=True)
    assert isinstance(composed, dict)
    assert composed.pop("sweep") == SweepSettings().model_dump()
    assert load_settings({str(key): value for key, value in composed.items()}) == Settings()


def test_every_key_is_documented_where_it_stands() -> None:
    """In each file, each key's line ends in a comment, or follows one."""
    for file in [CONF / "datalchemy.yaml", *(CONF / "output").glob("d*.yaml"), *(CONF / "retry").glob("d*.yaml")]:
        lines = file.read_text(encoding="utf-8").splitlines()
        settings = lines[lines.index("strict: false") - 1 :] if "strict: false" in lines else lines
        for before, line in pairwise(settings):
            if ":" in line and not line.strip().startswith("#") and "hydra" not in line:
                assert "#" in line or before.startswith("#") or "hydra:" in settings[: settings.index(line)], line


def test_no_file_holds_a_secret_in_clear() -> None:
    """Where a shipped file has a password or a URL, it is a reference."""
    for file in CONF.rglob("*.yaml"):
        for key, value in (_load(file) or {}).items():
            if key in ("password", "url") and value is not None:
                assert str(value).startswith("${oc.env:"), file


def test_the_wheel_carries_no_python_in_conf() -> None:
    """conf/ holds YAML only: a Python file there breaks editable installations."""
    assert {path.suffix for path in CONF.rglob("*") if path.is_file()} == {".yaml"}


def test_a_reference_stays_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """`${oc.env:X}` below db gives a reference, never the value; elsewhere it gives the value."""
    monkeypatch.setenv("DATABASE_URL", f"postgres://u:{CANARY}@h/d")
    monkeypatch.setenv("RUNS", "/somewhere")
    settings = _read("+db=env", "output.runs_dir=${oc.env:RUNS}")
    assert settings.db.url is not None
    assert settings.db.url.shown() == "<env:DATABASE_URL>"
    assert settings.output.runs_dir == Path("/somewhere")


def test_without_database_url_the_rest_of_the_environment_is_used() -> None:
    """`+db=env` leaves the url out when DATABASE_URL is unset, so that libpq's own variables count."""
    settings = _read("+db=env")
    assert settings.db.url is None
    assert settings.db.name == "env"


def test_a_fallback_of_a_password_is_a_secret_in_clear() -> None:
    """A fallback that is a secret is known at once, shown nowhere, and warned about."""
    settings = _read("+db=env", f"db.password=${{oc.env:NOT_SET,{CANARY}}}")
    assert settings.db.password is not None
    assert settings.db.password.shown() == "***"
    assert [warning.code for warning in plain_secrets(settings)] == ["plain_secret"]
    assert CANARY in process_vault().known()


def test_a_file_can_be_referred_to() -> None:
    """`${secret:file,PATH}` gives a reference to the file."""
    settings = _read("+db=env", "db.password='${secret:file,/run/secrets/pw}'")
    assert settings.db.password is not None
    assert settings.db.password.shown() == "<file:/run/secrets/pw>"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("output.runs_dir=${oc.env:SURELY_NOT_SET}", "output.runs_dir: environment variable SURELY_NOT_SET is not set"),
        ("output.runs_dir=${oc.env:PGPASSWORD}", "looks like a secret"),
        ("db.host=${nowhere}", "names a key that does not exist"),
        ("db.host=${secret:vault,x}", "write ${secret:file"),
        ("db.host=???", "a value is missing"),
    ],
)
def test_what_cannot_be_resolved_is_named(override: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpolation that leads nowhere is told by the key that it stands at."""
    monkeypatch.setenv("PGPASSWORD", CANARY)
    with pytest.raises(ConfigurationError) as caught:
        _read("+db=env", override)
    assert said in caught.value.message
    assert CANARY not in str(caught.value)


def test_a_database_is_named_after_its_file() -> None:
    """db.name is the chosen file's name unless it has one of its own."""
    assert _read("+db=example").db.name == "example"
    assert _read("+db=example", "db.name=x").db.name == "x"


def test_without_a_database_nothing_runs() -> None:
    """No choice and nothing that names a server is an error that lists the choices; a url of its own will do."""
    with pytest.raises(ConfigurationError, match=r"demo, docker, env, example"):
        _read()
    assert _read("db.url=postgres://h/d").db.name is None


def test_the_folders_of_runs_follow_output_runs_dir(tmp_path: Path) -> None:
    """Hydra's own words for the folders name the registry's, which output.runs_dir decides."""
    hydra = _compose(f"output.runs_dir={tmp_path}", "+db=env").whole().hydra
    run, sweep = Path(hydra.run.dir), Path(hydra.sweep.dir)
    assert (run.parent, sweep.parent) == (tmp_path, tmp_path / "sweeps")
    assert "__run_" in run.name
    assert "__sweep_" in sweep.name
    assert hydra.run.dir == str(run)
    assert hydra.sweep.subdir == str(run)


def test_what_hydra_says_of_a_run(tmp_path: Path) -> None:
    """`${hydra:...}` gives the run's own folder, number and choices, and nothing that does not exist."""
    composed = _compose(
        "+db=env",
        f"output.runs_dir={tmp_path}",
        "output.out=${hydra:runtime.output_dir}/${hydra:runtime.choices.db}-${hydra:job.num}-${db.name}.json",
    )
    settings = hydra_settings.read(composed.config, composed)
    assert composed.run_dir is not None
    assert composed.run_dir.parent == tmp_path
    assert settings.output.out == composed.run_dir / "env-0-env.json"
    with pytest.raises(ConfigurationError, match=r"output\.out: \$\{hydra:nope\} names a key that does not exist"):
        _read("+db=env", "output.out=${hydra:nope}")


def test_what_is_no_interpolation_is_a_text() -> None:
    """A `${` that begins no interpolation is a part of the value."""
    assert _read("+db=env", "db.dbname=a${b").db.dbname == Template("a${b")
    assert _read("+db=env", "filter.include_schemas=['a${b']").filter.include_schemas == ("a${b",)


def test_a_key_is_taken_away() -> None:
    """`~key` takes away what a file sets; a group that is taken away has its defaults."""
    settings = _read("+db=example", "~db.password", "~db.options.sslrootcert", "~db.options.x", "~filter")
    assert (settings.db.password, settings.db.options) == (None, {})
    assert settings.filter.include_schemas == ("public",)


def test_one_value_is_expected() -> None:
    """Several values where one is expected get a hint at a sweep."""
    with pytest.raises(ConfigurationError, match=r"strict: .*\(strict takes one value: add -m"):
        _read("+db=env", "strict=true,false")


@pytest.mark.parametrize("word", ["sweep.workers=0", "sweep.per_server=x"])
def test_the_settings_of_a_sweep(word: str) -> None:
    """`sweep` has numbers; a single run reads them, too, and no run has them in its settings."""
    assert hydra_settings.read_sweep(_compose("sweep.workers=3").config).workers == 3
    with pytest.raises(ConfigurationError, match="a number from 1 is expected"):
        hydra_settings.read_sweep(_compose(word).config)


def test_a_database_may_have_a_filter_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`filter:` in a database's file goes before the common filter, and the command line before both."""
    monkeypatch.chdir(tmp_path)
    Path("conf/db").mkdir(parents=True)
    Path("conf/db/shop.yaml").write_text("host: h\nfilter: {include_schemas: [sales, 'web_*']}\n")
    assert _read("+db=shop").filter.include_schemas == ("sales", "web_*")
    assert _read("+db=shop", "filter.exclude_tables=[t]").filter.include_schemas == ("sales", "web_*")
    assert _read("+db=shop", "filter.include_schemas=[x]").filter.include_schemas == ("x",)
    Path("conf/db/shop.yaml").write_text("host: h\nfilter: {include_schema: [sales]}\n")
    with pytest.raises(ConfigurationError, match="include_schemas"):
        _read("+db=shop")
