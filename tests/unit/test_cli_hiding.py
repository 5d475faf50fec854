import os
from collections.abc import Iterator

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.secrets.intake import (
    hide_connection,
    hide_fallbacks,
    hide_in_text,
    hide_in_url,
    hide_value,
    settings_of_conninfo,
)
from datalchemy.secrets.process import ScrubbedStream, hide, process_vault, scrubbed
from datalchemy.secrets.resolve import resolve_references

CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh_vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("DATALCHEMY_SECRET_")]:
        monkeypatch.delenv(name)
    process_vault.cache_clear()
    yield
    for name in [name for name in os.environ if name.startswith("DATALCHEMY_SECRET_")]:
        del os.environ[name]
    process_vault.cache_clear()


def _resolved(text: str, setting: str = "db.url") -> str:
    return resolve_references(text, os.environ, setting=setting, read_file=lambda path: path.read_text())[0]


def test_hiding_gives_a_reference_that_resolves_to_the_secret() -> None:
    """What stands in a secret's place is a reference, and following it gives the secret."""
    reference = hide(CANARY)
    assert reference == "<env:DATALCHEMY_SECRET_1>"
    assert _resolved(reference, "db.password") == CANARY


def test_the_same_secret_has_the_same_reference() -> None:
    """Hiding a secret twice uses one environment variable; another secret gets another."""
    assert hide(CANARY) == hide(CANARY)
    assert hide("other-secret") == "<env:DATALCHEMY_SECRET_2>"


def test_a_worker_process_knows_what_its_parent_hid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that inherits the variables masks their values from its first line on."""
    monkeypatch.setenv("DATALCHEMY_SECRET_7", CANARY)
    process_vault.cache_clear()
    assert CANARY not in process_vault().scrub(f"token {CANARY} here")


@pytest.mark.parametrize(
    "password",
    ["plain-secret", "with@at", "with/slash", "with#hash", "with:colon", "p%zzercent", "a@b/c", "käse-und-brot", "q?x"],
)
def test_a_password_with_any_character_survives_being_hidden(password: str) -> None:
    """An unencoded password in a URL is hidden as it was meant, and comes back percent-encoded."""
    from psycopg.conninfo import conninfo_to_dict

    hidden = hide_in_url(f"postgresql://svc:{password}@db.example.com:5432/shop?sslmode=require")
    assert password not in hidden
    assert hidden == "postgresql://svc:<env:DATALCHEMY_SECRET_1>@db.example.com:5432/shop?sslmode=require"
    parts = conninfo_to_dict(_resolved(hidden))
    assert (parts["password"], parts["host"], parts["sslmode"]) == (password, "db.example.com", "require")


def test_an_encoded_password_is_not_encoded_twice() -> None:
    """A percent-encoded password comes back as the one that it encodes."""
    assert _resolved(hide_in_url("postgres://u:p%40ss%2Fword@h/d")) == "postgres://u:p%40ss%2Fword@h/d"


def test_an_at_sign_in_a_parameter_ends_no_password() -> None:
    """The last @ before well-formed parameters ends the password."""
    hidden = hide_in_url(f"postgres://u:{CANARY}@h/d?application_name=me@corp")
    assert hidden == "postgres://u:<env:DATALCHEMY_SECRET_1>@h/d?application_name=me@corp"


def test_a_url_with_a_secret_parameter_is_hidden_whole() -> None:
    """A parameter that is not known to be harmless makes the whole URL a secret."""
    url = f"postgres://u@h/d?password={CANARY}"
    hidden = hide_in_url(url)
    assert hidden == "<env:DATALCHEMY_SECRET_1>"
    assert _resolved(hidden) == url


@pytest.mark.parametrize(
    "text",
    [
        "postgres://h/d",
        "postgres://u@h/d",
        "postgres://u:${oc.env:PW}@h/d",
        "postgres://u:<env:PW>@h/d",
        "postgres:///d",
    ],
)
def test_a_url_without_a_secret_stays(text: str) -> None:
    """Nothing is hidden where nothing is secret; a reference is not."""
    assert hide_in_url(text) == text
    assert not process_vault().known()


def test_a_fallback_is_hidden_and_null_is_none() -> None:
    """The fallback of an interpolation is a secret in clear, unless it is null."""
    assert hide_fallbacks("${oc.env:PW,null}") == "${oc.env:PW,null}"
    assert hide_fallbacks(f"${{oc.env:PW,{CANARY}}}") == "${oc.env:PW,${oc.env:DATALCHEMY_SECRET_1}}"
    assert hide_value("null") == "null"


def test_words_of_a_command_line_are_shown_without_secrets() -> None:
    """A URL or keyword=value text that is repeated in a message holds no secret."""
    assert CANARY not in hide_in_text(f"postgres://u:{CANARY}@h/d")
    assert CANARY not in hide_in_text(f"host=h password='{CANARY}' user=u")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"{CANARY}${{oc.env:X}}", "<env:DATALCHEMY_SECRET_1>${oc.env:X}"),
        (f"${{oc.env:X}}{CANARY}<env:Y>", "${oc.env:X}<env:DATALCHEMY_SECRET_1><env:Y>"),
        (f"${{oc.env:X,{CANARY}}}x", "${oc.env:X,${oc.env:DATALCHEMY_SECRET_1}}<env:DATALCHEMY_SECRET_2>"),
        (f"${{oc.env:X{CANARY}", "<env:DATALCHEMY_SECRET_1>"),
        (f"\ue000{CANARY}${{oc.env:X}}", "<env:DATALCHEMY_SECRET_1>"),
    ],
)
def test_clear_text_beside_a_reference_is_hidden(text: str, hidden: str) -> None:
    """A password that is put together of references and clear text loses the clear text."""
    assert hide_value(text) == hidden


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        (f"postgres://u:{CANARY}@${{oc.env:H}}/d", "postgres://u:<env:DATALCHEMY_SECRET_1>@${oc.env:H}/d"),
        (f"postgres://u:{CANARY}${{oc.env:X}}@h/d", "postgres://u:<env:DATALCHEMY_SECRET_1>${oc.env:X}@h/d"),
        (
            f"postgres://${{oc.env:H}}/d?password={CANARY}",
            "postgres://${oc.env:H}/d?password=<env:DATALCHEMY_SECRET_1>",
        ),
        ("postgres://u:${oc.env:X}@h/d?password=${oc.env:Y}", "postgres://u:${oc.env:X}@h/d?password=${oc.env:Y}"),
        ("postgres://u:p%40x${oc.env:X}@h/d", "postgres://u:<env:DATALCHEMY_SECRET_1>${oc.env:X}@h/d"),
        ("postgres://${oc.env:U}@h/d?sslmode=require", "postgres://${oc.env:U}@h/d?sslmode=require"),
        ("postgres://u@${oc.env:H,localhost}/d", "postgres://u@${oc.env:H,localhost}/d"),
        (
            f"postgres://u:${{oc.env:X,{CANARY}}}@${{oc.env:H,localhost}}/d",
            "postgres://u:${oc.env:X,${oc.env:DATALCHEMY_SECRET_1}}@${oc.env:H,localhost}/d",
        ),
    ],
)
def test_a_url_with_references_elsewhere_still_hides_its_password(url: str, hidden: str) -> None:
    """That the host comes from a variable does not make the password one."""
    assert hide_in_url(url) == hidden
    if "%40" in url:
        assert "p@x" in process_vault().known()


def test_conninfo_with_references_still_hides_its_password() -> None:
    """So it is in libpq's other form, and in what only becomes a URL."""
    assert hide_connection(f"host=${{oc.env:H}} password={CANARY} dbname=d") == (
        "host=${oc.env:H} password=<env:DATALCHEMY_SECRET_1> dbname=d"
    )
    assert hide_connection("${oc.env:BASE}/shop") == "${oc.env:BASE}/shop"
    assert CANARY not in hide_connection(f"${{oc.env:SCHEME}}://u:{CANARY}@h/d")


def test_conninfo_becomes_settings() -> None:
    """Libpq's keyword=value form fills the settings that have a name of their own; the rest are options."""
    settings = settings_of_conninfo(f"host=h port=5433 password='{CANARY}' sslrootcert=/ca connect_timeout=3")
    assert settings == {
        "host": "h",
        "port": "5433",
        "password": "<env:DATALCHEMY_SECRET_1>",
        "options": {"sslrootcert": "/ca"},
        "connect_timeout_seconds": "3",
    }


def test_conninfo_that_cannot_be_read_is_refused_without_being_repeated() -> None:
    """A broken connection string is an error of usage that does not quote it."""
    with pytest.raises(ConfigurationError) as caught:
        settings_of_conninfo(f"host=h {CANARY} password=x")
    assert CANARY not in str(caught.value)


def test_what_is_printed_passes_the_vault(capsys: pytest.CaptureFixture[str]) -> None:
    """A scrubbed stream masks what any library writes to it."""
    import sys

    hide(CANARY)
    ScrubbedStream(sys.stdout).writelines([f"a {CANARY} b\n", "c\n"])
    assert capsys.readouterr().out == "a *** b\nc\n"


def test_what_only_names_a_secret_is_still_readable() -> None:
    """`--cfg` shows where a password comes from, and that there is none; it shows none."""
    text = "password: ${oc.env:PROD_PASSWORD}\npassword: null\npassword: hunter2\n"
    assert scrubbed(text) == "password: ${oc.env:PROD_PASSWORD}\npassword: null\npassword: ***\n"
