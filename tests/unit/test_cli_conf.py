import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from pydantic import BaseModel

from datalchemy.cli.hydra import config_folders, resolvers
from datalchemy.cli.hydra import settings as hydra_settings
from datalchemy.cli.hydra.clear_secrets import hide_plain_secrets, learn_plain_secrets
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import (
    DatabaseSettings,
    OutputSettings,
    RedactSettings,
    RetrySettings,
    Settings,
    load_settings,
    plain,
)
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.process import process_vault

CONF = config_folders.shipped()
CANARY = "s3cr3t-hunter2"
SECTIONS: dict[str, type[BaseModel]] = {"filter": ObjectFilter, "retry": RetrySettings, "output": OutputSettings}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(os.environ)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    process_vault.cache_clear()
    resolvers.register()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _compose(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(config_folders.PRIMARY, list(overrides))


def _read(*overrides: str) -> Settings:
    choice = next((word.partition("=")[2] for word in overrides if word.startswith("+db=")), None)
    return hydra_settings.read(_compose(*overrides), {"db": choice})


def test_the_primary_file_has_every_setting_and_no_other() -> None:
    """The keys of datalchemy.yaml are the fields of the settings, so that each is documented where it stands."""
    primary = _load(CONF / "datalchemy.yaml")
    assert set(primary) - {"defaults", "hydra"} == set(Settings.model_fields) - set(SECTIONS)
    assert set(primary["db"]) == set(DatabaseSettings.model_fields)
    assert set(primary["redact"]) == set(RedactSettings.model_fields)


@pytest.mark.parametrize("group", SECTIONS)
def test_every_option_of_a_group_has_every_key(group: str) -> None:
    """Each file of a group says all of it, and nothing else."""
    for file in (CONF / group).glob("*.yaml"):
        assert set(_load(file)) == set(SECTIONS[group].model_fields), file


def test_the_shipped_defaults_are_the_settings_defaults() -> None:
    """Both ways in start from the same values."""
    composed = OmegaConf.to_container(_compose(), resolve=True)
    assert isinstance(composed, dict)
    assert plain(load_settings({str(key): value for key, value in composed.items()})) == plain(Settings())


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
    """`${oc.env:X}` below db gives the text <env:X>, never the value; elsewhere it gives the value."""
    monkeypatch.setenv("DATABASE_URL", f"postgres://u:{CANARY}@h/d")
    monkeypatch.setenv("RUNS", "/somewhere")
    settings = _read("+db=env", "output.runs_dir=${oc.env:RUNS}")
    assert settings.db.url is not None
    assert settings.db.url.get_secret_value() == "<env:DATABASE_URL>"
    assert settings.output.runs_dir == Path("/somewhere")


def test_without_database_url_the_rest_of_the_environment_is_used() -> None:
    """`+db=env` leaves the url out when DATABASE_URL is unset, so that libpq's own variables count."""
    settings = _read("+db=env")
    assert settings.db.url is None
    assert settings.db.name == "env"


def test_a_fallback_of_a_password_is_hidden() -> None:
    """A fallback that is a secret is put away like any other."""
    settings = _read("+db=env", f"db.password='${{oc.env:NOT_SET,{CANARY}}}'")
    assert settings.db.password is not None
    assert settings.db.password.get_secret_value() == "<env:DATALCHEMY_SECRET_1>"
    assert CANARY in process_vault().known()


def test_a_file_can_be_referred_to() -> None:
    """`${secret:file,PATH}` gives the text <file:PATH>."""
    settings = _read("+db=env", "db.password='${secret:file,/run/secrets/pw}'")
    assert settings.db.password is not None
    assert settings.db.password.get_secret_value() == "<file:/run/secrets/pw>"


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
        _read("+db=env", override.replace("=", "='", 1) + "'")
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
    """output.runs_dir decides where Hydra makes folders; each configuration has one name, however often it is asked."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(config_folders.PRIMARY, [f"output.runs_dir={tmp_path}", "+db=env"], return_hydra_config=True)
    run, sweep = Path(config.hydra.run.dir), Path(config.hydra.sweep.dir)
    assert (run.parent, sweep.parent) == (tmp_path, tmp_path / "sweeps")
    assert "__run_" in run.name
    assert "__sweep_" in sweep.name
    assert config.hydra.run.dir == str(run)
    assert config.hydra.sweep.subdir == str(run)


def test_plain_secrets_of_a_users_file_are_found() -> None:
    """What is secret, or no setting, is masked before a configuration is written, and known before it is shown."""
    config = OmegaConf.create(
        {
            "db": {
                "password": CANARY,
                "url": f"postgres://u:{CANARY}@h/d",
                "pasword": f"{CANARY}-typo",
                "host": "h",
                "options": {"sslpassword": CANARY, "sslmode": "require"},
                "init": ["a.sql"],
            },
            "other": [{"deep": f"{CANARY}-deep"}],
        }
    )
    learn_plain_secrets(config)
    assert {CANARY, f"{CANARY}-typo", f"{CANARY}-deep"} <= set(process_vault().known())
    hide_plain_secrets(config)
    assert OmegaConf.to_container(config) == {
        "db": {
            "password": "<env:DATALCHEMY_SECRET_1>",
            "url": "postgres://u:<env:DATALCHEMY_SECRET_1>@h/d",
            "pasword": "***",
            "host": "h",
            "options": {"sslpassword": "<env:DATALCHEMY_SECRET_1>", "sslmode": "require"},
            "init": ["a.sql"],
        },
        "other": [{"deep": "***"}],
    }


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("password", "${oc.env:X}", "${oc.env:X}"),
        ("password", "${oc.env:X,null}", "${oc.env:X,null}"),
        ("password", "${secret:file,/run/pw}", "${secret:file,/run/pw}"),
        ("password", f"${{oc.env:X,{CANARY}}}", "${oc.env:X,${oc.env:DATALCHEMY_SECRET_1}}"),
        ("password", f"${{oc.decode:{CANARY}}}", "***"),
        ("password", f"pa\\${{ss}}{CANARY}", "***"),
        ("url", "postgres://u:${oc.env:X}@${oc.env:H,localhost}/d", "postgres://u:${oc.env:X}@${oc.env:H,localhost}/d"),
        ("url", f"postgres://u:{CANARY}@${{oc.env:H}}/d", "postgres://u:<env:DATALCHEMY_SECRET_1>@${oc.env:H}/d"),
        ("url", f"postgres://u:${{{CANARY}}}@h/d", "***"),
        ("url", "${oc.env:URL}", "${oc.env:URL}"),
    ],
)
def test_what_an_interpolation_holds_is_shown_when_it_is_no_secret(key: str, value: str, shown: str) -> None:
    """multirun.yaml shows where a secret comes from, and nothing that may be a piece of one."""
    config = OmegaConf.create({"db": {key: value}})
    hide_plain_secrets(config)
    assert OmegaConf.to_container(config) == {"db": {key: shown}}
