"""What a run will connect to, as it is planned and recorded."""

import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from datalchemy.adapters.postgres.config import connection_parameters
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.connection import ConnectionPlan, plan_connection
from datalchemy.introspector.run import plain_secrets
from datalchemy.introspector.settings import load_settings
from datalchemy.introspector.view import shown_config
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.vault import Vault
from tests.unit.connections import given, parsed

CANARY = "s3cr3t-hunter2"
PLACE = {"host": "h", "port": "5433", "dbname": "d", "user": "u"}


def _plan(db: Mapping[str, Any], **environ: str) -> ConnectionPlan:
    return plan_connection(load_settings({"db": db}), vault=Vault(), environ=environ, read_file=lambda path: CANARY)


def _record(db: Mapping[str, Any], place: Mapping[str, str], *overrides: str) -> dict[str, Any]:
    settings = load_settings({"db": db})
    return dict(shown_config(settings, engine=None, place=place, overrides=overrides, provenance={}))


@pytest.mark.parametrize(
    "db",
    [
        {"url": f"postgresql://u:{CANARY}@h:5433/d"},
        {"url": f"PostgreSQL://u:{CANARY}@h:5433/d?sslmode=disable"},
        {"url": f"postgresql:///d?user=u&host=h&port=5433&password={CANARY}"},
        {"url": f"host=h port=5433 dbname=d user=u password='{CANARY}'"},
        {"url": "<env:URL>"},
        {"url": "postgresql://u:<env:PW>@<env:HOST>:5433/d"},
        {"host": "<env:HOST>", "port": 5433, "dbname": "d", "user": "u", "password": CANARY},
        {"url": f"postgresql://other:{CANARY}@h/d", "user": "u", "port": "5433"},
        {"options": {"sslmode": "disable"}},
    ],
)
def test_a_record_says_which_database_is_read(db: Mapping[str, Any]) -> None:
    """Host, port, database and user are in the record, whatever door they came by, and the password is not."""
    variables = {"URL": f"postgresql://u:{CANARY}@h:5433/d", "PW": CANARY, "HOST": "h"}
    if "options" in db:
        variables |= {"PGHOST": "h", "PGPORT": "5433", "PGDATABASE": "d", "PGUSER": "u", "PGPASSWORD": CANARY}
    plan = _plan(db, **variables)
    assert plan.place == PLACE
    record = _record(db, plan.place)
    assert {key: record["connection"][key] for key in PLACE} == {**PLACE, "port": 5433}
    assert CANARY not in str(record)


def test_what_a_service_says_is_not_guessed() -> None:
    """Beside a service, the environment says nothing for certain, and a server of our own has no place."""
    assert _plan({"options": {"service": "s"}}, PGHOST="h").place == {}
    assert _plan({"host": None}, PGSERVICE="s", PGHOST="h").place == {}
    assert _plan({"provision": "embedded"}, PGHOST="h").place == {}


def test_what_is_given_in_clear_is_shown_as_a_mask() -> None:
    """A value that no file keeps is a reference to nothing: `***` is shown for it, and other references stay."""
    db = {"url": given(f"postgresql://u:{CANARY}@h/d"), "password": "<env:PW>"}
    record = _record(db, {}, f"db.password='{CANARY}'")
    assert record["connection"]["url"] == record["settings"]["db"]["url"] == "postgresql://u:***@h/d"
    assert record["connection"]["password"] == "<env:PW>"
    assert record["overrides"] == ["db.password=***"]


@pytest.mark.parametrize("text", [f"postgresql://u:{CANARY}@h/d", f"host=h password='{CANARY}'"])
def test_only_the_vault_holds_what_was_given_in_clear(text: str) -> None:
    """Settings and target hold references to the vault, which a branch of it opens for the driver's call, too."""
    settings = load_settings({"db": {"url": given(text), "options": {"sslpassword": "<env:PW>"}}})
    vault = process_vault().branch()
    target = plan_connection(settings, vault=vault, environ={"PW": f"{CANARY}-2"}).target
    held = {name: value for name, value in vars(target).items() if name != "deadline"}
    assert CANARY.encode() not in pickle.dumps((settings, held))
    parameters = connection_parameters(target, vault)
    assert (parameters["password"], parameters["sslpassword"]) == (CANARY, f"{CANARY}-2")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("postgres://u:p@s/w@h/d", {"user": "u", "password": "p@s/w", "host": "h", "dbname": "d"}),
        (
            "postgres://u:p%40@[::1]:5432,b:5433/d",
            {"host": "::1,b", "port": "5432,5433", "password": "p@", "dbname": "d"},
        ),
        ("postgres://%2Fvar%2Frun/d", {"host": "/var/run", "dbname": "d"}),
        ("postgres://u:pass-without-at/d", {"dbname": "d"}),
        ("postgres://h/d?application_name=me@corp", {"host": "h", "dbname": "d", "application_name": "me@corp"}),
        ("host = 'a b' dbname=d", {"host": "a b", "dbname": "d"}),
        ("postgres://h:1/d?application_name=me@corp", {}),
        ("nothing of the kind", {}),
        ("postgres://", {}),
    ],
)
def test_the_parts_of_a_connection_text(text: str, parts: dict[str, str]) -> None:
    """Each part of a URL or of keyword=value pairs is found, decoded, and no piece of a password beside them."""
    assert {"user": "u", **parts} == {"user": "u", **parsed(text).values()}


@pytest.mark.parametrize(
    ("db", "variables", "said"),
    [
        ({"url": "<env:URL>"}, {"URL": f"postgresql://u:{CANARY}@h/d\n"}, "URL (db.url)"),
        ({"password": "<env:PW>"}, {"PW": f"{CANARY}\r\n"}, "PW (db.password)"),
        ({"host": "h"}, {"PGPASSWORD": f"{CANARY}\n"}, "PGPASSWORD (db.password)"),
        ({}, {"PGHOST": "h\n"}, "PGHOST (db.host)"),
    ],
)
def test_a_line_break_at_the_end_of_a_variable(db: Mapping[str, Any], variables: dict[str, str], said: str) -> None:
    """A variable whose value ends with a line break is refused by its name."""
    with pytest.raises(ConfigurationError) as caught:
        _plan(db, **variables)
    assert f"environment variable {said} ends with a line break" in caught.value.message
    assert CANARY not in str(caught.value)


def test_a_variable_that_is_not_needed_may_end_with_a_line_break() -> None:
    """Only what the connection uses is looked at."""
    assert _plan({"host": "h", "password": "x"}, PGPASSWORD="y\n", PGHOST="z\n").place == {"host": "h"}


@pytest.mark.parametrize(
    "db",
    [
        {"url": "postgresql://u:<env:PW>@h/d"},
        {"url": "postgresql://u:<file:/run/secrets/pw>@h/d"},
        {"url": "postgresql://<env:U>:<env:PW>@<env:H>/<env:D>?sslpassword=<file:/a/b?c>"},
        {"url": "<env:URL>"},
        {"url": "host=h password=<env:PW>"},
        {"url": "postgresql://u@h/d?options=-csearch_path%3Dx&ssl=true"},
        {"url": given(f"postgresql://u:{CANARY}@h/d?sslpassword={CANARY}")},
        {"url": given(f"host=h password='{CANARY} x'")},
        {"url": given(f"host=h dbname='postgresql://u:{CANARY}@h/d'")},
        {"password": "<env:PW>", "options": {"sslpassword": "<file:/x>", "sslmode": "require"}},
        {"url": "postgresql://u@h/d"},
    ],
)
def test_no_plain_secret(db: Mapping[str, Any]) -> None:
    """A setting that says where its secret comes from, by a reference inside a URL as well, holds none in clear."""
    assert list(plain_secrets(load_settings({"db": db}))) == []


@pytest.mark.parametrize(
    ("db", "keys"),
    [
        ({"url": f"postgresql://u:{CANARY}@h/d"}, ["db.url"]),
        ({"url": f"postgresql://u:<env:PW>{CANARY}@h/d"}, ["db.url"]),
        ({"url": f"postgresql://u:<env:PW|{CANARY}>@h/d"}, ["db.url"]),
        ({"url": f"host=h password={CANARY}"}, ["db.url"]),
        ({"url": f"postgresql://h/d?password={CANARY}"}, ["db.url"]),
        ({"password": CANARY}, ["db.password"]),
        ({"password": f"<env:PW|{CANARY}>"}, ["db.password"]),
        ({"options": {"sslpassword": CANARY}}, ["db.options.sslpassword"]),
        ({"password": CANARY, "url": f"postgresql://u:{CANARY}@h/d"}, ["db.password", "db.url"]),
    ],
)
def test_a_plain_secret(db: Mapping[str, Any], keys: list[str]) -> None:
    """A secret that stands in clear, also as a default or beside a reference, is warned about by its key."""
    warnings = list(plain_secrets(load_settings({"db": db})))
    assert [warning.code for warning in warnings] == ["plain_secret"] * len(keys)
    assert [warning.message.partition(" ")[0] for warning in warnings] == keys
    assert CANARY not in str(warnings)
