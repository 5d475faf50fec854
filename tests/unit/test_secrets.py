"""The vault, the patterns and the references: what keeps secrets out of every text."""

import base64
import json
import os
import re
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, quote_plus

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datalchemy.errors import ConfigurationError
from datalchemy.introspector.connection import read_small_file
from datalchemy.secrets.connection import secrets_in_connection
from datalchemy.secrets.encodings import find_secret
from datalchemy.secrets.references import is_reference, mask_secret
from datalchemy.secrets.resolve import resolve_references
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


def no_file(path: Path) -> str:
    """Stand in for a file reader where no file is to be read."""
    raise AssertionError(path)


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
        assert repr(vault_with("s3cr3t-hunter2")) == "Vault(1 secrets)"

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


@pytest.mark.parametrize("text", ["postgres://u:<env:PASSWORD>@h/d", "postgres://h/d?password=<env:PASSWORD>"])
def test_a_reference_is_no_secret(text: str) -> None:
    """A reference in a connection text is no secret, nor is a piece of it; in a resolved text it is a value."""
    assert secrets_in_connection(text) == ()
    assert "<env:PASSWORD>" in secrets_in_connection(text, resolved=True)


class TestReferences:
    ENVIRON: ClassVar = {
        "PW": "p@ss/w:rd?#% ",
        "U": "me@corp",
        "URL": "postgres://u:senha@h/db",
        "H": "h1",
        "EMPTY": "",
        "ODD": "<env:U>",
        "ODD_URL": "postgres://u:<env:U>@h/d",
    }

    def resolve(self, text: str, setting: str) -> tuple[str, tuple[str, ...]]:
        return resolve_references(text, self.ENVIRON, setting=setting, read_file=no_file)

    @pytest.mark.parametrize(
        ("setting", "text", "value", "secrets"),
        [
            ("db.password", "<env:PW>", "p@ss/w:rd?#% ", ("p@ss/w:rd?#% ",)),
            ("db.password", "a<env:H>b", "ah1b", ("h1", "ah1b")),
            ("db.password", "clear", "clear", ("clear",)),
            ("db.password", "<env:NONE|fallback>", "fallback", ("fallback",)),
            ("db.password", "<env:NONE|null>", "", ()),
            ("db.password", "<env:NONE|>", "", ()),
            ("db.password", "<env:EMPTY|x>", "", ()),
            ("db.options.sslpassword", "<env:H>", "h1", ("h1",)),
            ("db.options.sslrootcert", "<env:H>", "h1", ()),
            ("db.host", "<env:H>", "h1", ()),
            ("db.user", "<env:U>", "me@corp", ()),
            ("db.url", "<env:URL>", "postgres://u:senha@h/db", ("senha",)),
            ("db.url", "postgres://u:senha@h/db", "postgres://u:senha@h/db", ("senha",)),
            ("db.url", "<env:NONE|null>", "", ()),
            (
                "db.url",
                "postgres://<env:U>:<env:PW>@<env:H>/d",
                "postgres://me%40corp:p%40ss%2Fw%3Ard%3F%23%25%20@h1/d",
                ("p@ss/w:rd?#% ", "p%40ss%2Fw%3Ard%3F%23%25%20"),
            ),
            ("db.url", "postgres://h/d?sslmode=<env:H>", "postgres://h/d?sslmode=h1", ()),
            (
                "db.url",
                "postgres://h/d?x=1&password=<env:U>",
                "postgres://h/d?x=1&password=me%40corp",
                ("me@corp", "1", "me%40corp"),
            ),
            ("db.url", "host=h password=<env:PW>", "host=h password=p@ss/w:rd?#%\\ ", ("p@ss/w:rd?#% ",)),
            ("db.password", "<env:ODD>", "<env:U>", ("<env:U>",)),
            (
                "db.url",
                "postgres://u:%3Cenv%3AU%3E@h/d",
                "postgres://u:%3Cenv%3AU%3E@h/d",
                ("%3Cenv%3AU%3E", "<env:U>"),
            ),
            ("db.url", "<env:ODD_URL>", "postgres://u:<env:U>@h/d", ("<env:U>",)),
            ("db.url", "host=h password=<env:EMPTY> user=u", "host=h password='' user=u", ()),
        ],
    )
    def test_resolved(self, setting: str, text: str, value: str, secrets: tuple[str, ...]) -> None:
        """References become values, encoded where a URL needs it, and the values that are secret are told."""
        assert self.resolve(text, setting) == (value, secrets)

    def test_values_are_not_resolved_again(self) -> None:
        """A value that looks like a reference is a value."""
        environ = {"A": "<env:B>", "B": "b"}
        assert resolve_references("<env:A>", environ, setting="db.password", read_file=no_file)[0] == "<env:B>"

    def test_a_missing_variable(self) -> None:
        """A variable that is not set is named together with its setting, and what to do."""
        with pytest.raises(ConfigurationError) as caught:
            self.resolve("<env:PROD_PASSWORD>", "db.password")
        assert caught.value.message == "environment variable PROD_PASSWORD (db.password) is not set"
        assert "PROD_PASSWORD" in str(caught.value.remedy)

    @pytest.mark.parametrize("text", ["<env:>", "<env:a b>", "x<env:X", "<file:>"])
    def test_a_misspelt_reference(self, text: str) -> None:
        """A misspelt reference is an error that does not repeat the text."""
        with pytest.raises(ConfigurationError, match=r"db\.password holds a misspelt reference") as caught:
            self.resolve(text, "db.password")
        assert text not in str(caught.value)

    def test_a_file(self, tmp_path: Path) -> None:
        """A file's content is the value, without a byte order mark and without one line end."""
        path = tmp_path / "pw"
        for content, value in (
            ("s3cr3t pw", "s3cr3t pw"),
            ("s3cr3t pw\n", "s3cr3t pw"),
            ("s3cr3t pw\r\n", "s3cr3t pw"),
            ("s3cr3t\r\npw \r\n\r\n", "s3cr3t\r\npw \r\n"),
            ("\ufeffs3cr3t\n\n", "s3cr3t\n"),
            ("<env:X>\n", "<env:X>"),
        ):
            path.write_bytes(content.encode())
            resolved = resolve_references(f"<file:{path}>", {}, setting="db.password", read_file=read_small_file)
            assert resolved == (value, (value,))

    @pytest.mark.parametrize("setting", ["db.password", "db.url", "db.options.sslpassword", "db.user"])
    def test_nul(self, setting: str) -> None:
        """The character NUL is refused by the setting's name, without the value."""
        with pytest.raises(ConfigurationError) as caught:
            resolve_references("s3cr3t\0pw", {}, setting=setting, read_file=no_file)
        assert caught.value.message == f"{setting} holds the character NUL, which no server takes"
        assert "s3cr3t" not in str(caught.value)

    def test_what_is_no_small_file(self, tmp_path: Path) -> None:
        """A pipe, a device, a directory and a long file are refused at once; a link to a file is followed."""
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "long").write_bytes(b"x" * 64_001)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "pw").write_text("s3cr3t")
        (tmp_path / "..data").symlink_to("data")
        (tmp_path / "pw").symlink_to("..data/pw")
        for name, cause in (
            (tmp_path / "pipe", "it is not a regular file"),
            (Path("/dev/zero"), "it is not a regular file"),
            (tmp_path, "Is a directory"),
            (tmp_path / "long", "it is longer than 64000 bytes"),
        ):
            with pytest.raises(ConfigurationError) as caught:
                resolve_references(f"<file:{name}>", {}, setting="db.password", read_file=read_small_file)
            assert caught.value.message == f"file {name} (db.password) cannot be read: {cause}"
        assert read_small_file(tmp_path / "pw") == "s3cr3t"

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A file that is missing, or is no text, is named; its content is not."""
        with pytest.raises(ConfigurationError, match=r"pw \(db\.password\) cannot be read: No such file"):
            resolve_references(f"<file:{tmp_path}/pw>", {}, setting="db.password", read_file=Path.read_text)
        (tmp_path / "pw").write_bytes(b"s3cr3t\xff")
        with pytest.raises(ConfigurationError, match="not text") as caught:
            resolve_references(
                f"<file:{tmp_path}/pw>", {}, setting="db.password", read_file=lambda path: path.read_text("utf-8")
            )
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_shown(self) -> None:
        """A reference is shown, its default is not, and anything else is a secret."""
        assert is_reference("<env:A><file:/b>")
        assert mask_secret("<env:A|x><file:/b>") == "<env:A|***><file:/b>"
        assert mask_secret("<env:A>x") == "***"
        assert mask_secret("") == ""
