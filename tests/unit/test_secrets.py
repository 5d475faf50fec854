"""The vault, the patterns and the references: what keeps secrets out of every text."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datalchemy.secrets.encodings import find_secret
from datalchemy.secrets.vault import Vault

AWKWARD = (
    "s3cr3t-hunter2",
    "p@ss/w:rd?#[]%&=+ x",
    'quo"te and back\\slash',
    "it's, isn't it",
    "senhá-coração-日本-😀",
    "line one\nline two\ttab\x01",
    "tilde~star*(paren)",
)
VALUES = st.text(min_size=4, max_size=20).filter(lambda text: "<" not in text and len(text.strip()) >= 4)


def vault_with(*secrets: str) -> Vault:
    """Return a vault that knows `secrets`."""
    vault = Vault()
    for secret in secrets:
        vault.remember(secret)
    return vault


def spellings(secret: str) -> dict[str, str]:
    """Return how `secret` may be spelt, by the name of the spelling."""
    lower = quote(secret, safe="").replace("%", "\0")
    return {
        "plain": secret,
        "quote": quote(secret, safe=""),
        "quote keeps slash": quote(secret),
        "quote_plus": quote_plus(secret),
        "quote, lower hexadecimal": "".join(
            part if index == 0 else "%" + part[:2].lower() + part[2:] for index, part in enumerate(lower.split("\0"))
        ),
        "quote twice": quote(quote(secret, safe=""), safe=""),
        "only @ and / encoded": secret.replace("@", "%40").replace("/", "%2F"),
        "json": json.dumps(secret)[1:-1],
        "json, not ascii": json.dumps(secret, ensure_ascii=False)[1:-1],
        "json in json": json.dumps(json.dumps(secret)[1:-1])[1:-1],
        "repr": repr(secret)[1:-1],
        "ascii": ascii(secret)[1:-1],
        "repr of repr": repr(repr(secret)[1:-1])[1:-1],
        "bytes": repr(secret.encode())[2:-1] if secret.isascii() else secret,
        "sql": secret.replace("'", "''"),
        "conninfo": secret.replace("\\", "\\\\").replace("'", "\\'"),
    }


def alterations(secret: str) -> dict[str, str]:
    """Return what somebody may make of `secret` before it is shown, by what was done to it."""
    data = secret.encode()
    return {
        "blanks collapsed": " ".join(secret.split()),
        "blanks for lines": "\n".join(secret.split()),
        "lines of YAML": yaml.safe_dump(secret, allow_unicode=True).strip().removesuffix("...").strip("'\"\n"),
        "bytes": "".join(f"\\x{byte:02x}" if byte > 127 else chr(byte) for byte in data),
        "upper case": secret.upper(),
        "lower case": secret.lower(),
        "upper case, JSON": json.dumps(secret.upper())[1:-1],
        "hex": data.hex(),
        "hex, upper case": data.hex().upper(),
        "bytea": f"\\x{data.hex()}",
        "base64": base64.b64encode(data).decode(),
        "base64, not padded": base64.b64encode(data).decode().rstrip("="),
        "base64 for URLs": base64.urlsafe_b64encode(data).decode(),
        "base64 of a line": base64.b64encode(data + b"\n").decode(),
    }


class TestVault:
    @pytest.mark.parametrize("secret", [*AWKWARD, "two  blanks", "a\tb \n c\xa0d\u2028e", "x" * 499 + "  y" * 300])
    def test_alterations(self, secret: str) -> None:
        """A remembered secret is masked with other blanks, in upper and lower case, in hex and in base64."""
        vault = vault_with(secret)
        for name, altered in alterations(secret).items():
            masked = vault.scrub(f"before {altered} after")
            assert re.fullmatch(r"before (\\x)?(\*\*\*)+[A-Za-z0-9]?={0,2} after", masked), name

    @settings(deadline=None)
    @given(st.binary(max_size=5), st.text(min_size=8, max_size=30).filter(lambda text: len(text.strip()) > 7))
    def test_base64_inside_base64(self, before: bytes, secret: str) -> None:
        """A secret inside a longer text that is encoded as a whole is masked, whatever stands before it."""
        secret = secret.strip()
        vault = vault_with(secret)
        assume(vault.scrub(secret) != secret)  # a word of ours (`postgresql`) is masked only where a password stands
        encoded = base64.b64encode(before + secret.encode() + b" after").decode()
        assert "***" in vault.scrub(encoded)

    def test_other_case_than_a_name(self) -> None:
        """A secret that is a shown name in other case is masked in its own case only."""
        vault = vault_with("Shop_App1")
        vault.allow("shop_app1")
        assert vault.scrub("user shop_app1: Shop_App1") == "user shop_app1: ***"

    @pytest.mark.parametrize("secret", ["<env:X>", "<file:/run/pw>", "<env:A><env:B>"])
    def test_what_looks_like_a_reference(self, secret: str) -> None:
        """A value is a secret, whatever it looks like."""
        assert vault_with(secret).scrub(f"a {secret} b") == "a *** b"

    @pytest.mark.parametrize("secret", AWKWARD)
    def test_every_spelling(self, secret: str) -> None:
        """A remembered secret is masked plain, percent-encoded, and as JSON, repr, SQL and conninfo escape it."""
        vault = vault_with(secret)
        for name, spelt in spellings(secret).items():
            assert vault.scrub(f"before {spelt} after") == "before *** after", name

    @settings(deadline=None)
    @given(VALUES)
    def test_any_secret(self, secret: str) -> None:
        """No text of four characters or more survives the vault that knows it, in any spelling."""
        vault = vault_with(secret)
        assume(vault.scrub(f"|{secret}|") != f"|{secret}|")  # a word of our own files is masked in its places only
        for name, spelt in spellings(secret).items():
            assert spelt not in vault.scrub(f"|{spelt}|"), name

    def test_longest_first(self) -> None:
        """When one secret begins another, the longer one is masked as a whole."""
        assert vault_with("hunter", "hunter-two").scrub("x hunter-two hunter") == "x *** ***"

    def test_short_secrets(self) -> None:
        """A secret shorter than four characters is masked only where a password stands."""
        assert (
            vault_with("ab").scrub("about postgres://u:ab@h/db password=ab")
            == "about postgres://u:***@h/db password=***"
        )

    def test_words_of_ours(self) -> None:
        """The password `postgres` does not turn every `postgres` into stars, but is masked where a password stands."""
        vault = vault_with("postgres")
        assert vault.scrub('engine "postgres" postgres://postgres:postgres@h/postgres') == (
            'engine "postgres" postgres://postgres:***@h/postgres'
        )

    def test_allowed_texts(self) -> None:
        """A secret that equals a text which is shown on purpose is masked only where a password stands."""
        vault = vault_with("shop_app1")
        vault.allow("shop_app1")
        assert vault.scrub("user shop_app1 password=shop_app1") == "user shop_app1 password=***"
        assert vault.scrub_exact("shop_app1") == "shop_app1"

    @pytest.mark.parametrize("nothing", ["", "  ", "***"])
    def test_nothing_to_remember(self, nothing: str) -> None:
        """Empty texts and the mask are no secrets."""
        vault = vault_with(nothing)
        assert vault.known() == ()
        assert vault.scrub(f"a{nothing}b") == f"a{nothing}b"

    def test_a_secret_with_blanks_around(self) -> None:
        """A secret read with blanks around it is known without them too."""
        assert "hunter22" not in vault_with(" hunter22\n").scrub("x=hunter22,")

    def test_it_does_not_print_itself(self) -> None:
        """A vault's repr holds no secret."""
        assert "s3cr3t-hunter2" not in repr(vault_with("s3cr3t-hunter2"))

    def test_distinctive(self) -> None:
        """In somebody's data only secrets that nobody writes by chance are masked."""
        vault = vault_with("orders", "s3cr3t-hunter2", "correcthorsebattery")
        assert vault.scrub_exact("orders s3cr3t-hunter2 correcthorsebattery") == "orders *** ***"

    def test_values(self) -> None:
        """Nested data is scrubbed text by text, types and order kept; what is no JSON becomes text."""
        vault = vault_with("s3cr3t-hunter2", "87654321")
        value = {
            "b": ["s3cr3t-hunter2", 1, 2.5, None, True, ("x", Path("/s3cr3t-hunter2"))],
            "a": {"password": "other", "db_password": "<env:X|y>", "url": "postgres://u:x@h/d", "tokens_seen": 3},
            "s3cr3t-hunter2": 87654321,
            "n": float("nan"),
            "s": {"z", "y"},
        }
        scrubbed = vault.scrub_value(value)
        assert scrubbed == {
            "b": ["***", 1, 2.5, None, True, ["x", "/***"]],
            "a": {"password": "***", "db_password": "<env:X|***>", "url": "postgres://u:***@h/d", "tokens_seen": 3},
            "***": "***",
            "n": "nan",
            "s": ["y", "z"],
        }
        assert json.dumps(scrubbed).index('"b"') < json.dumps(scrubbed).index('"a"')

    def test_each_secret_is_prepared_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many secrets a process learns, one by one, each costs its own preparation and no other's."""
        prepared: list[str] = []

        def counted(secret: str, *, exact: bool = False) -> re.Pattern[str]:
            prepared.append(secret)
            return find_secret(secret, exact=exact)

        monkeypatch.setattr("datalchemy.secrets.vault.find_secret", counted)
        vault = Vault()
        secrets = [f"s3cr3t-{number:04}" for number in range(50)]
        for secret in secrets:
            vault.remember(secret)
            assert vault.scrub(f"a {secret} b") == "a *** b"
            assert vault.scrub_exact(f"a {secret} b", names=["b"]) == "a *** b"
        assert sorted(prepared) == sorted([*secrets, *secrets])  # in any case, and in its own case only
