"""What config.json shows of settings, connections and overrides."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datalchemy.introspector.settings import Settings, load_settings
from datalchemy.introspector.view import shown_config, shown_override

CANARY = "s3cr3t-hunter2"


def _shown(values: dict[str, object], **more: object) -> dict[str, Any]:
    settings = load_settings({"db": values, **more})
    return shown_config(settings, engine=None, place={}, overrides=(), provenance={})


def test_connection() -> None:
    """The connection is shown key by key in one order, without its secrets."""
    view = _shown(
        {"password": CANARY, "url": f"postgres://u:{CANARY}@h/db?sslmode=require", "host": "h", "port": 5432}
    )["connection"]
    assert view == {
        "engine": None,
        "url": "postgres://u:***@h/db?sslmode=require",
        "host": "h",
        "port": 5432,
        "dbname": None,
        "user": None,
        "sslmode": None,
        "password": "***",
    }
    assert list(view) == ["engine", "url", "host", "port", "dbname", "user", "sslmode", "password"]


@pytest.mark.parametrize(
    ("password", "shown"),
    [
        (None, None),
        ("***", "***"),
        (CANARY, "***"),
        ("<env:PW>", "<env:PW>"),
        (f"<env:PW|{CANARY}>", "<env:PW|***>"),
        (f"<env:PW>{CANARY}", "***"),
    ],
)
def test_password(password: object, shown: object) -> None:
    """A password is shown as its reference, as stars, or as absent."""
    assert _shown({"password": password})["connection"]["password"] == shown


def test_a_connection_string_as_a_database_name() -> None:
    """A connection string hidden in another key is masked too."""
    assert CANARY not in json.dumps(_shown({"dbname": f"postgres://u:{CANARY}@h/d", "host": f"password={CANARY}"}))


_OPTIONS = {
    "sslrootcert": "system",
    "options": "-c work_mem=1MB",
    "sslpassword": CANARY,
    "krbsrvname": "k",
    "y": f"password={CANARY}",
    "gucs": "b",
    "oauth_token": "c",
}


def test_settings_enabled() -> None:
    """Enabled, only the values of harmless parameters are shown."""
    shown = _shown({"host": "h", "options": _OPTIONS, "init": ["a.sql", "b.sql"]})["settings"]
    assert shown["db"]["options"] == {
        **dict.fromkeys(_OPTIONS, "***"),
        "sslrootcert": "system",
        "krbsrvname": "k",
    }
    assert shown["db"]["init"] == ["a.sql", "b.sql"]
    assert shown["filter"]["include_schemas"] == ["public"]


def test_settings_disabled() -> None:
    """Disabled, parameters are shown, but for those that look secret or hold a secret where one stands."""
    shown = _shown({"password": CANARY, "options": _OPTIONS}, redact={"enabled": False})["settings"]
    assert shown["db"]["password"] == "***"
    assert shown["db"]["options"] == {**_OPTIONS, "sslpassword": "***", "y": "password=***", "oauth_token": "***"}


def test_every_setting_is_known() -> None:
    """With the defaults nothing is masked, secrets being absent."""
    shown = _shown({})
    assert "***" not in json.dumps(shown)
    assert shown["settings"]["redact"] == {"enabled": True, "schema_text": False}


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(
    ("override", "shown"),
    [
        ("+db=prod", "+db=prod"),
        ("+db=a,b,c", "+db=a,b,c"),
        ("+db=glob(*,exclude=test_*)", "+db=glob(*,exclude=test_*)"),
        ("strict=true", "strict=true"),
        ("db.port=5433", "db.port=5433"),
        ("db.password=x", "db.password=***"),
        ("++db.password='x'", "++db.password=***"),
        ("db.password=a,b", "db.password=***"),
        ("~db.password", "~db.password"),
        ("~db.password=x", "~db.password=***"),
        ("db.password=null", "db.password=null"),
        ("db.password='<env:PW>'", "db.password=<env:PW>"),
        ("db.password=<env:PW|x>", "db.password=<env:PW|***>"),
        ("db.password=${oc.env:PW}", "db.password=${oc.env:PW}"),
        ("db.password=${oc.env:PW,x}", "db.password=***"),
        ("db.url=postgres://u:p@ss@h/d", "db.url=postgres://u:***@h/d"),
        ("db.url='postgres://u:p@h/d?sslmode=require&x=y'", "db.url=postgres://u:***@h/d?sslmode=require&x=***"),
        ("db.options.sslpassword=x", "db.options.sslpassword=***"),
        ("db.options={sslpassword: x}", "db.options=***"),
        ("+db={url: 'postgres://u:p@h'}", "+db=***"),
        ("db.host=postgres://u:p@h", "db.host=postgres://u:***@h"),
        ("hydra.job.env_set.X=x", "hydra.job.env_set.X=***"),
        ("hydra/launcher=joblib", "hydra/launcher=joblib"),
        ("filter.include_tables=[a,b*]", "filter.include_tables=[a,b*]"),
        ("postgres://u:p@h/d", "***"),
        ("s3cr3t", "***"),
        ("postgres://u:p@h/d?x=y", "***"),
    ],
)
def test_overrides(override: str, shown: str, enabled: bool) -> None:
    """An override is shown with its key; secrets are masked in both modes."""
    assert shown_override(override, enabled=enabled) == shown


def test_unknown_overrides() -> None:
    """The value of an unknown key is shown only when redaction is disabled."""
    unknown = ["+x=y", "hydra.verbose=true"]
    assert [shown_override(one, enabled=True) for one in unknown] == ["+x=***", "hydra.verbose=***"]
    assert [shown_override(one, enabled=False) for one in unknown] == unknown


@settings(deadline=None)
@given(st.text(max_size=30), st.booleans())
def test_any_override(text: str, enabled: bool) -> None:
    """No override is refused, and a password in one is never shown."""
    assert CANARY not in shown_override(f"db.password={text}{CANARY}", enabled=enabled)
    shown_override(text, enabled=enabled)


def test_config() -> None:
    """The whole of config.json holds what the contract names, and not one secret."""
    settings = Settings.model_validate(
        {
            "strict": True,
            "db": {"url": f"postgres://u:{CANARY}@h/d", "password": CANARY, "options": {"x": CANARY}},
            "redact": {"enabled": False},
        }
    )
    config = shown_config(
        settings,
        engine="postgres",
        place={},
        overrides=[f"db.password={CANARY}"],
        provenance={"git_commit": None, "git_dirty": None, "python_version": "3.11.4", "tool_version": "0.1.0"},
    )
    assert list(config) == [
        "schema_version",
        "engine",
        "connection",
        "settings",
        "flags",
        "overrides",
        "git_commit",
        "git_dirty",
        "python_version",
        "tool_version",
    ]
    assert config["flags"] == {"strict": True, "redact": False}
    assert config["engine"] == "postgres"
    json.dumps(config)
