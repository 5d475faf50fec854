"""What config.json shows of settings, connections and overrides."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from datalchemy.introspector.settings import Settings
from datalchemy.secrets.view import connection_view, overrides_view, redacted_config, settings_view

CANARY = "s3cr3t-hunter2"


def test_connection() -> None:
    """The connection is shown key by key in one order, without its secrets."""
    view = connection_view(
        {
            "password": CANARY,
            "url": f"postgres://u:{CANARY}@h/db?sslmode=require",
            "host": "h",
            "port": 5432,
            "x": CANARY,
        }
    )
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
        (SecretStr(CANARY), "***"),
        ("<env:PW>", "<env:PW>"),
        (SecretStr("<env:PW>"), "<env:PW>"),
        (f"<env:PW|{CANARY}>", "<env:PW|***>"),
        (12345, "***"),
    ],
)
def test_password(password: object, shown: object) -> None:
    """A password is shown as its reference, as stars, or as absent."""
    assert connection_view({"password": password})["password"] == shown


def test_a_connection_string_as_a_database_name() -> None:
    """A connection string hidden in another key is masked too."""
    view = connection_view({"dbname": f"postgres://u:{CANARY}@h/d", "host": f"password={CANARY}"})
    assert CANARY not in json.dumps(view)


def test_settings_enabled() -> None:
    """Enabled, only the values of harmless keys are shown."""
    settings = {
        "strict": True,
        "db": {
            "host": "h",
            "url": f"postgres://u:{CANARY}@h/d",
            "password": "<env:PW>",
            "options": {"sslrootcert": "system", "options": f"-c x={CANARY}", "sslpassword": CANARY, "krbsrvname": "k"},
            "init": ("a.sql", "b.sql"),
        },
        "filter": {"include_schemas": ("public",), "exclude_tables": ()},
        "surprise": {"x": CANARY, "y": 1, "z": None},
    }
    assert settings_view(settings, enabled=True) == {
        "strict": True,
        "db": {
            "host": "h",
            "url": "postgres://u:***@h/d",
            "password": "<env:PW>",
            "options": {"sslrootcert": "system", "options": "***", "sslpassword": "***", "krbsrvname": "k"},
            "init": ["a.sql", "b.sql"],
        },
        "filter": {"include_schemas": ["public"], "exclude_tables": []},
        "surprise": {"x": "***", "y": "***", "z": None},
    }


def test_settings_disabled() -> None:
    """Disabled, values are shown, but for those that look secret or hold a secret where one stands."""
    settings = {
        "db": {
            "password": CANARY,
            "url": f"postgres://u:{CANARY}@h/d",
            "options": {"options": "-c work_mem=1MB", "sslpassword": CANARY, "y": f"password={CANARY}"},
        },
        "surprise": {"x": "shown", "token": CANARY},
    }
    assert settings_view(settings, enabled=False) == {
        "db": {
            "password": "***",
            "url": "postgres://u:***@h/d",
            "options": {"options": "-c work_mem=1MB", "sslpassword": "***", "y": "password=***"},
        },
        "surprise": {"x": "shown", "token": "***"},
    }


def test_every_setting_is_known() -> None:
    """The allow-list knows each setting that there is: with the defaults nothing is masked, secrets being absent."""
    view = settings_view(Settings().model_dump(), enabled=True)
    assert "***" not in json.dumps(view)
    assert view["redact"] == {"enabled": True, "schema_text": False}


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
    assert overrides_view([override], enabled=enabled) == [shown]


def test_unknown_overrides() -> None:
    """The value of an unknown key is shown only when redaction is disabled."""
    assert overrides_view(["+x=y", "hydra.verbose=true"], enabled=True) == ["+x=***", "hydra.verbose=***"]
    assert overrides_view(["+x=y", "hydra.verbose=true"], enabled=False) == ["+x=y", "hydra.verbose=true"]


@settings(deadline=None)
@given(st.text(max_size=30), st.booleans())
def test_any_override(text: str, enabled: bool) -> None:
    """No override is refused, and a password in one is never shown."""
    assert CANARY not in overrides_view([f"db.password={text}{CANARY}"], enabled=enabled)[0]
    overrides_view([text], enabled=enabled)


def test_config() -> None:
    """The whole of config.json holds what the contract names, and not one secret."""
    settings = Settings.model_validate(
        {
            "strict": True,
            "db": {"url": f"postgres://u:{CANARY}@h/d", "password": CANARY, "options": {"x": CANARY}},
            "redact": {"enabled": False},
        }
    )
    config = redacted_config(
        settings=settings.model_dump(),
        engine="postgres",
        place={},
        overrides=[f"db.password={CANARY}"],
        schema_version="1",
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


def test_options_without_a_known_name() -> None:
    """Disabled, an option is a SecretStr whose value is shown unless its key looks secret; enabled, it is masked."""
    settings = Settings.model_validate({"db": {"options": {"application_name": "a", "gucs": "b", "oauth_token": "c"}}})
    assert settings_view(settings.model_dump(), enabled=False)["db"]["options"] == {  # type: ignore[index,call-overload]
        "application_name": "a",
        "gucs": "b",
        "oauth_token": "***",
    }
