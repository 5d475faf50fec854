"""References: where a secret comes from, parsed once and looked up once."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from datalchemy.adapters import harmless_parameters
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.connection import plan_connection, read_small_file
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.connection import parse_connection
from datalchemy.secrets.references import Template, mask_secret
from datalchemy.secrets.vault import Vault
from tests.unit.connections import no_file, secrets_in


def _planned(
    setting: str, text: str, environ: Mapping[str, str], read_file: Callable[[Path], str]
) -> tuple[str, set[str]]:
    """Return a setting's value as the adapter gets it, and the secrets that the vault learned."""
    *sections, name = setting.removeprefix("db.").split(".")
    vault = Vault()
    db = {sections[0]: {name: text}} if sections else {name: text}
    target = plan_connection(load_settings({"db": db}), vault=vault, environ=environ, read_file=read_file).target
    value = target.options.get(name) if sections else getattr(target, name)
    return vault.open(value or ""), set(vault.known())


@pytest.mark.parametrize("text", ["postgres://u:<env:PASSWORD>@h/d", "postgres://h/d?password=<env:PASSWORD>"])
def test_a_reference_is_no_secret(text: str) -> None:
    """A reference in a connection text is no secret, nor is a piece of it; in a resolved text it is a value."""
    assert secrets_in(text) == ()
    assert "<env:PASSWORD>" in parse_connection(Template(text), harmless_parameters()).secrets()


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

    def resolve(self, text: str, setting: str) -> tuple[str, set[str]]:
        return _planned(setting, text, self.ENVIRON, no_file)

    @pytest.mark.parametrize(
        ("setting", "text", "value", "secrets"),
        [
            ("db.password", "<env:PW>", "p@ss/w:rd?#% ", ("p@ss/w:rd?#% ",)),
            ("db.password", "a<env:H>b", "ah1b", ("ah1b",)),
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
                "postgres://h/d?sslpassword=1&password=<env:U>",
                "postgres://h/d?sslpassword=1&password=me%40corp",
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
        resolved, known = self.resolve(text, setting)
        assert (resolved, {one.strip() for one in known}) == (value, {one.strip() for one in secrets})

    def test_values_are_not_resolved_again(self) -> None:
        """A value that looks like a reference is a value."""
        environ = {"A": "<env:B>", "B": "b"}
        assert _planned("db.password", "<env:A>", environ, no_file)[0] == "<env:B>"

    def test_a_missing_variable(self) -> None:
        """A variable that is not set is named together with its setting, and what to do."""
        with pytest.raises(ConfigurationError) as caught:
            self.resolve("<env:PROD_PASSWORD>", "db.password")
        assert caught.value.message == "environment variable PROD_PASSWORD (db.password) is not set"
        assert "PROD_PASSWORD" in str(caught.value.remedy)

    @pytest.mark.parametrize("text", ["<env:>", "<env:a b>", "x<env:X", "<file:>"])
    def test_a_misspelt_reference(self, text: str) -> None:
        """A misspelt reference is an error that does not repeat the text."""
        with pytest.raises(ConfigurationError, match=r"db\.password: a reference is misspelt") as caught:
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
            assert _planned("db.password", f"<file:{path}>", {}, read_small_file) == (value, {value, value.strip()})

    @pytest.mark.parametrize("setting", ["db.password", "db.url", "db.options.sslpassword", "db.user"])
    def test_nul(self, setting: str) -> None:
        """The character NUL is refused by the setting's name, without the value."""
        with pytest.raises(ConfigurationError) as caught:
            _planned(setting, "s3cr3t\0pw", {}, no_file)
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
                _planned("db.password", f"<file:{name}>", {}, read_small_file)
            assert caught.value.message == f"file {name} (db.password) cannot be read: {cause}"
        assert read_small_file(tmp_path / "pw") == "s3cr3t"

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A file that is missing, or is no text, is named; its content is not."""
        with pytest.raises(ConfigurationError, match=r"pw \(db\.password\) cannot be read: No such file"):
            _planned("db.password", f"<file:{tmp_path}/pw>", {}, Path.read_text)
        (tmp_path / "pw").write_bytes(b"s3cr3t\xff")
        with pytest.raises(ConfigurationError, match="not text") as caught:
            _planned("db.password", f"<file:{tmp_path}/pw>", {}, lambda path: path.read_text("utf-8"))
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_shown(self) -> None:
        """A reference is shown, its default is not, and anything else is a secret."""
        assert Template.parse("<env:A><file:/b>").is_reference
        assert mask_secret("<env:A|x><file:/b>") == "<env:A|***><file:/b>"
        assert mask_secret("<env:A>x") == "***"
        assert mask_secret("") == ""
