"""Secrets that are given in clear at the process's door: learned at once, and replaced by references."""

import sys

import pytest
from psycopg.conninfo import conninfo_to_dict

from datalchemy.adapters import harmless_parameters
from datalchemy.secrets.intake import learn_words
from datalchemy.secrets.process import ScrubbedStream, process_vault, scrubbed
from datalchemy.secrets.references import Template
from datalchemy.secrets.vault import Vault
from tests.unit.connections import filled, given, parsed

CANARY = "s3cr3t-hunter2"


@pytest.mark.parametrize(
    "password",
    ["plain-secret", "with@at", "with/slash", "with#hash", "with:colon", "p%zzercent", "a@b/c", "käse-und-brot", "q?x"],
)
def test_a_password_with_any_character_is_read_as_it_was_meant(password: str) -> None:
    """An unencoded password in a URL comes back percent-encoded, and is shown nowhere."""
    found = given(f"postgresql://svc:{password}@db.example.com:5432/shop?sslmode=require")
    assert found.shown() == "postgresql://svc:***@db.example.com:5432/shop?sslmode=require"
    assert password not in repr(found)
    parts = conninfo_to_dict(filled(found, {}))
    assert (parts["password"], parts["host"], parts["sslmode"]) == (password, "db.example.com", "require")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p%40ss%2Fword@h/d",
        "postgres://u:%FF%00x@h/d",
        f"postgres://u@h/d?password={CANARY}",
        f"postgres://u:{CANARY}@h/d?application_name=me@corp",
        f"host=h password={CANARY} user=u",
        "postgres://h/d",
        "postgres://u@h/d",
        "postgres:///d",
        CANARY,
    ],
)
def test_what_was_given_comes_back(url: str) -> None:
    """A text that can be read without doubt comes back as it was given; an encoded password is not encoded twice."""
    assert filled(given(url), {}) == url


def test_blanks_and_quotes_in_keyword_values_survive() -> None:
    """In libpq's other form, a value with blanks and quotes keeps its meaning."""
    found = given("host=h password='it\\'s a b' user=u")
    assert found.shown() == "host=h password=*** user=u"
    assert conninfo_to_dict(filled(found, {}))["password"] == "it's a b"


@pytest.mark.parametrize(
    ("text", "shown", "value"),
    [
        (f"{CANARY}<env:X>", "***<env:X>", f"{CANARY}x"),
        (f"<env:X>{CANARY}<env:Y>", "<env:X>***<env:Y>", f"x{CANARY}y"),
        (f"<env:Z|{CANARY}>x", "<env:Z|***>***", f"{CANARY}x"),
    ],
)
def test_clear_text_beside_a_reference(text: str, shown: str, value: str) -> None:
    """A password that is put together of references and clear text loses the clear text, and keeps its value."""
    found = Template.parse(text).given(process_vault().keep)
    assert found.shown() == shown
    assert filled(found, {"X": "x", "Y": "y"}) == value


@pytest.mark.parametrize(
    ("url", "shown", "value"),
    [
        (f"postgres://u:{CANARY}@<env:H>/d", "postgres://u:***@<env:H>/d", f"postgres://u:{CANARY}@h1/d"),
        (f"postgres://u:{CANARY}<env:X>@h/d", "postgres://u:***<env:X>@h/d", f"postgres://u:{CANARY}x%40y@h/d"),
        (f"postgres://<env:H>/d?password={CANARY}", "postgres://<env:H>/d?password=***", None),
        ("postgres://u:<env:X>@h/d?password=<env:X>", "postgres://u:<env:X>@h/d?password=<env:X>", None),
        ("postgres://<env:X>@h/d?sslmode=require", "postgres://<env:X>@h/d?sslmode=require", None),
        (f"host=<env:H> password={CANARY} dbname=d", "host=<env:H> password=*** dbname=d", None),
        ("<env:H>/shop", "<env:H>***", "h1/shop"),
    ],
)
def test_a_connection_text_with_references_still_hides_its_password(url: str, shown: str, value: str | None) -> None:
    """That the host comes from a variable does not make the password one."""
    found = given(url)
    assert found.shown() == shown
    result = filled(found, {"H": "h1", "X": "x@y"})
    assert value in (None, result)


@pytest.mark.parametrize(
    ("word", "secrets"),
    [
        (f"postgres://u:{CANARY}@h/d", {CANARY}),
        (f"db.url=postgres://u:{CANARY}@h/d", {CANARY}),
        (f"db.url='postgres://u:{CANARY}@h/d'", {CANARY}),
        (f"--conn=postgres://u:{CANARY}@h/d", {CANARY}),
        (f"jdbc:postgresql://h/d?password={CANARY}", {CANARY}),
        (f"db.password={CANARY}", {CANARY}),
        (f"++db.options.sslpassword={CANARY}", {CANARY}),
        (f"--password={CANARY}", {CANARY}),
        (f"db.password=<env:PW>{CANARY}", {CANARY}),
        ("db.password=<env:PW>", set()),
        ("db.password=${oc.env:PW}", set()),
        ("db.password=null", set()),
        ("+db=prod", set()),
        ("strict=true", set()),
        ("postgres://u@h/d?sslmode=require", set()),
    ],
)
def test_the_secrets_of_a_word(word: str, secrets: set[str]) -> None:
    """A word of the command line gives its secrets away before anything else reads it, and nothing else."""
    vault = Vault()
    assert learn_words(["+db=prod", word], vault, harmless_parameters()) is bool(secrets)
    assert set(vault.known()) == secrets


@pytest.mark.parametrize(
    ("text", "by_name"),
    [
        (f"postgres://u:{CANARY}@h/d", True),
        (f"host=h password={CANARY}", True),
        ("postgres://u@h/d?schema=public", False),
        ("jdbc:postgresql://h/d?foo=1", False),
        (CANARY, True),
    ],
)
def test_what_is_only_unknown_is_no_reason_for_a_note(text: str, by_name: bool) -> None:
    """An unknown parameter is masked, but nobody is told that it is a password."""
    assert parsed(text).has_clear_secret()
    assert parsed(text).has_clear_secret(by_name=True) is by_name


def test_what_is_printed_passes_the_vault(capsys: pytest.CaptureFixture[str]) -> None:
    """A scrubbed stream masks what any library writes to it."""
    process_vault().remember(CANARY)
    ScrubbedStream(sys.stdout).writelines([f"a {CANARY} b\n", "c\n"])
    assert capsys.readouterr().out == "a *** b\nc\n"


def test_what_only_names_a_secret_is_still_readable() -> None:
    """`--cfg` shows where a password comes from, and that there is none; it shows none."""
    text = "password: ${oc.env:PROD_PASSWORD}\npassword: null\npassword: hunter2\n"
    assert scrubbed(text) == "password: ${oc.env:PROD_PASSWORD}\npassword: null\npassword: ***\n"
    nested = "host: ${oc.env:HOST}\npassword: ${secret:file,${oc.env:FOLDER}/pw}\n"
    assert scrubbed(nested) == nested
