"""Scrub first: what comes from elsewhere loses its secrets before it is cut, split, collapsed or put on one line."""

import os
import sys
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datalchemy.adapters.postgres.errors import catalog_error, connection_error
from datalchemy.cli import progress
from datalchemy.cli.hydra.errors import _line
from datalchemy.cli.process import fault_of_ours
from datalchemy.cli.terminal import complain, printable, set_verbosity, show_data
from datalchemy.provision.base import last_lines
from datalchemy.secrets.process import ScrubbedStream, process_vault
from datalchemy.secrets.vault import Vault
from datalchemy.text import LONGEST, shown

BLANKS = {
    "two blanks": "  ",
    "tab": "\t",
    "line end": "\n",
    "CRLF": "\r\n",
    "empty lines": "\n\n",
    "no-break space": "\xa0",
    "U+2028": "\u2028",
    "next line": "\x85",
    "form feed": "\x0c",
}
SECRETS = [f"K1an4ry{blank}K2an4ry" for blank in BLANKS.values()]
each_secret = pytest.mark.parametrize("secret", SECRETS, ids=list(BLANKS))


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    before = dict(os.environ)
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


def _vault(secret: str) -> Vault:
    vault = Vault()
    vault.remember(secret)
    return vault


@settings(deadline=None)
@given(
    secret=st.text("ABCDEFGH0123@/%'\"\\é€🦊 \t\n", min_size=6, max_size=700).filter(
        lambda text: len(text.strip()) > 5
    ),
    before=st.integers(0, 60),
    repeats=st.integers(1, 300),
    limit=st.integers(0, 400) | st.integers(3_000, 30_000),
    edge=st.integers(0, 800),
)
@example(secret="ABCDEF0123@%ABCDEF9" * 4, before=0, repeats=1, limit=3_000, edge=0)
def test_cuts_at_any_length(secret: str, before: int, repeats: int, limit: int, edge: int) -> None:
    """However long a text is, wherever its secrets stand and it is cut, no four characters of a secret are left."""
    scrub = _vault(secret).scrub
    pieces = {secret[start : start + 4] for start in range(len(secret) - 3)}
    pieces = {piece for piece in pieces if not any(character.isspace() for character in piece)}
    many = "x" * before + f"{secret}y" * repeats
    # The last one stands where the text is cut before it is scrubbed.
    late = many + "z" * max(0, limit + 40_000 - len(many) - edge) + secret + "z" * 2_000
    # So many that what is left of the text, when they are masked, is shorter than what is shown.
    full = "x" * before + secret * ((limit + 42_000) // len(secret))
    for text in (many, late, full):
        told = shown(text, scrub, limit=limit)
        assert len(told) <= limit + len("...")
        assert not [piece for piece in pieces if piece in told]


def test_a_text_that_is_short_enough_stays() -> None:
    """Up to the limit a text is as it was, blanks and line ends included; a longer one ends with three dots."""
    assert shown("a  b\n c", str, limit=7) == "a  b\n c"
    assert shown("a  b\n cd", str, limit=7) == "a  b\n c..."


def test_only_the_beginning_is_scrubbed() -> None:
    """Of fifty million characters the scrubber sees little more than what is shown."""
    seen: list[int] = []

    def scrub(text: str) -> str:
        seen.append(len(text))
        return text

    assert len(shown("x" * 50_000_000, scrub)) == LONGEST + len("...")
    assert seen[0] < 2 * LONGEST


@each_secret
def test_what_a_server_repeats(secret: str) -> None:
    """A password with blanks of any kind is in no error of a connection or a query that repeats it."""
    scrub = _vault(secret).scrub
    error = psycopg.OperationalError(f'FATAL:  password authentication failed:\tyou said\n"{secret}"')
    for ours in (connection_error(error, scrub), catalog_error(error, query="tables", place="the server", scrub=scrub)):
        assert "an4ry" not in ours.message
        assert 'password authentication failed: you said "***"' in ours.message


@each_secret
def test_what_a_program_says(secret: str) -> None:
    """A password with blanks of any kind is in none of the lines that are picked out of a program's words."""
    scrub = _vault(secret).scrub
    said = f"NOTICE:  x\npsql:a.sql:1: ERROR:  no {secret} here\nLINE 1: {secret}\n"
    assert last_lines(said, scrub) == "NOTICE:  x | psql:a.sql:1: ERROR:  no *** here | LINE 1: ***"


@each_secret
def test_what_is_printed(secret: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A password with blanks of any kind is in no line for people: errors, events, faults, library errors, data."""
    process_vault().remember(secret)
    set_verbosity(verbose=True, quiet=False)
    complain(f"two things:\n  {secret}\n  {secret} again", remedy=secret)
    with progress.observer(None) as tell:
        tell("x", error=f"the server said {secret}", edge="x" * 195 + secret)
    sys.stderr.write(str(fault_of_ours(ValueError(f"got {secret}\nhere"))))
    sys.stderr.write(_line(f"no value for {secret}\n\nmore"))
    sys.stderr.write(printable("x" * 995 + secret))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", ScrubbedStream(sys.stdout))
    show_data(f"-- {secret}\nselect 1;\n")
    told = "".join(capsys.readouterr())
    assert told.count("***") == 9
    assert "an4" not in told
