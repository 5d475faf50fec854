"""A vault of many secrets: the many cost no more than the few, and none is overlooked."""

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datalchemy.secrets.encodings import find_secret, traces
from datalchemy.secrets.vault import Vault

SECRETS = st.text(min_size=4, max_size=24).filter(lambda text: len(text.strip()) >= 4 and "<" not in text)
SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    str.upper,
    lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""),
    json.dumps,
    repr,
    lambda text: text.encode("utf-8", "surrogatepass").hex(),
    lambda text: base64.b64encode(b"u:" + text.encode("utf-8", "surrogatepass") + b"@h").decode(),
    lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode(),
)


@settings(deadline=None)
@given(SECRETS, st.sampled_from(SPELLINGS), st.text(max_size=5))
@example("s3cr3t-hunter2", SPELLINGS[0], "İ")
def test_what_is_found_leaves_a_trace(secret: str, spelling: Callable[[str], str], before: str) -> None:
    """Where a secret is found in any spelling, so is one of its traces."""
    text = before + spelling(secret)
    found = traces(secret.strip())
    if found is not None and find_secret(secret.strip()).search(text):
        assert any(trace in text.lower() for trace in found)


def test_none_of_many_is_overlooked() -> None:
    """Each of hundreds of secrets is masked, one by one and all in one text."""
    vault = Vault()
    secrets = [f"pw-{number:03}-é{number}" for number in range(200)] + ["日本語日本", "....", "a b c d", "x" * 400]
    for secret in secrets:
        vault.remember(secret)
    for secret in secrets:
        assert vault.scrub(f"a {secret} b") == "a *** b"
        assert vault.scrub(f"a {quote(secret)} b") == "a *** b"
    assert vault.scrub("; ".join(secrets)) == "; ".join(["***"] * len(secrets))


def test_a_name_that_is_shown_on_purpose_stays() -> None:
    """A role's name that equals a password is shown, also when it is registered after the password."""
    vault = Vault()
    for number in range(50):
        vault.remember(f"role_{number:02}")
    vault.allow("role_07")
    assert vault.scrub("role_07 role_08") == "role_07 ***"
    vault.allow("Role_09")
    assert vault.scrub("role_09 Role_09") == "*** Role_09"


def test_a_branch_keeps_to_its_own_run() -> None:
    """A run's vault knows what the process knew before, and hands on what it learns, but not to its siblings."""
    process = Vault()
    process.remember("typed-secret")
    first, second = process.branch(), process.branch()
    first.remember("first-secret")
    second.remember("second-secret")
    assert first.scrub("typed-secret first-secret second-secret") == "*** *** second-secret"
    assert process.scrub("typed-secret first-secret second-secret") == "*** *** ***"
    assert set(second.known()) == {"typed-secret", "second-secret"}


def test_what_is_kept_is_opened_by_its_reference() -> None:
    """A vault and its branches open what any of them keeps, each by its own reference; a reference shows nothing."""
    process = Vault()
    branches = [process.branch() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: branches[number % 8].keep(f"s3cr3t-{number}"), range(400)))
    assert [process.open(one) for one in kept] == [f"s3cr3t-{number}" for number in range(400)]
    assert process.open("clear") == "clear"
    assert {str(one) for one in kept} == {"***"}


@pytest.mark.parametrize("count", [10, 1000])
def test_the_work_for_a_text_does_not_grow_with_the_secrets(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is searched for the few secrets that it may hold."""
    searched: list[str] = []

    def counted(secret: str, *, exact: bool = False) -> re.Pattern[str]:
        searched.append(secret)
        return find_secret(secret, exact=exact)

    monkeypatch.setattr("datalchemy.secrets.vault.find_secret", counted)
    vault = Vault()
    for number in range(count):
        vault.remember(f"{number:04}-s3cr3t")
    vault.scrub("nothing to see here")
    vault.scrub("0003-s3cr3t")
    assert len(searched) <= 24
