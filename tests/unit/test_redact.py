"""What of a connection text may be shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datalchemy.adapters import harmless_parameters
from datalchemy.secrets.policy import looks_secret_key
from tests.unit.connections import parsed, secrets_in


class TestRedactUrl:
    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("postgres://u:senha@h/db", "postgres://u:***@h/db"),
            ("postgresql://u:p@s/s:w#r?d@h:5432/db", "postgresql://u:***@h:5432/db"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres://u:@h/db", "postgres://u:@h/db"),
            ("postgres://:pw@h/db", "postgres://:***@h/db"),
            ("postgres://me@corp:pw@h/db", "postgres://me@corp:***@h/db"),
            ("postgres:///db", "postgres:///db"),
            ("postgres://", "postgres://"),
            ("postgres://h1:5432,h2:5433/db", "postgres://h1:5432,h2:5433/db"),
            ("postgres://u:pw@h1:5432,h2:5433/db", "postgres://u:***@h1:5432,h2:5433/db"),
            ("postgres://u:pw@[2001:db8::1]:5432,[::1]/db", "postgres://u:***@[2001:db8::1]:5432,[::1]/db"),
            ("postgres://u:pw@%2Fvar%2Frun/db", "postgres://u:***@%2Fvar%2Frun/db"),
            (
                "postgres://u:pw@h/db?sslmode=require&connect_timeout=3&application_name=a&target_session_attrs=any",
                "postgres://u:***@h/db?sslmode=require&connect_timeout=3&application_name=a&target_session_attrs=any",
            ),
            ("postgres://h/db?password=a&sslpassword=b&x=c", "postgres://h/db?password=***&sslpassword=***&x=***"),
            ("postgres://h/db?password=p@ss", "postgres://h/db?password=***"),
            ("postgres://h/db?sslmode=require;password=x", "postgres://h/db?sslmode=***"),
            ("postgres://h/db?secret", "postgres://h/db?***"),
            ("postgres://h/db?PASSWORD=x&SSLMODE=require", "postgres://h/db?PASSWORD=***&SSLMODE=require"),
            ("postgres://h/db?password=<env:X>", "postgres://h/db?password=<env:X>"),
            ("postgres://h/db#pw", "postgres://h/db#***"),
            ("postgres://u:pw@h/db#pw2", "postgres://u:***@h/db#***"),
            ("postgres://u:senha", "postgres://u:***"),
            ("postgres://u:senha/db", "postgres://u:***/db"),
            ("postgres://u:123456/db", "postgres://u:***/db"),
            ("postgres://u:p?a=b&c=d@e", "postgres://***"),
            ("postgres://h/db?password=a:b@c", "postgres://***"),
            ("postgres://h:5432/db?password=a@c", "postgres://***"),
            ("postgres://u:pw@h/db?password=x@y", "postgres://***"),
            ("postgres://h/d;password=x", "postgres://h/***"),
            ("postgres://u:my pass@h/db", "postgres://u:***@h/db"),
            ("postgres://u:<env:PW>@h/db", "postgres://u:<env:PW>@h/db"),
            ("postgres://<env:U>:<file:/run/pw>@<env:H>:<env:PORT>/<env:DB>", None),
            ("postgres://u:<env:PW|senha>@h/db", "postgres://u:<env:PW|***>@h/db"),
            ("postgres://u:<env:PW>senha@h/db", "postgres://u:***@h/db"),
            ("<env:DATABASE_URL>", "<env:DATABASE_URL>"),
            ("<env:DATABASE_URL|postgres://u:p@h>", "<env:DATABASE_URL|***>"),
            ("", ""),
            ("senha", "***"),
            ("u:senha@h/db", "***"),
            ("//u:senha@h/db", "***"),
            ("postgres:/u:senha@h", "***"),
            ("post gres://u:senha@h", "***"),
            ("1://u:senha@h", "***"),
            ("host=h password=senha dbname=d", "host=h password=*** dbname=d"),
            ("password=a://b host=h", "password=*** host=h"),
            ("\ue000://u:senha@h", "***"),
        ],
    )
    def test_shown(self, url: str, shown: str | None) -> None:
        """A URL is shown without its secrets; what cannot be read with certainty is not shown at all."""
        assert parsed(url).shown() == (url if shown is None else shown)
        assert parsed(parsed(url).shown()).shown() == parsed(url).shown()

    @settings(deadline=None)
    @given(
        password=st.text(min_size=1, max_size=12).map(lambda text: f"Qz{text}zQ"),
        tail=st.sampled_from(["h", "h/db", "h:5432/db", "[::1]/db", "h/db?sslmode=require", "h1,h2:1/d?password=QzzQ"]),
    )
    def test_no_password_survives(self, password: str, tail: str) -> None:
        """Whatever the password holds, its first and last characters are not shown."""
        shown = parsed(f"postgres://u:{password}@{tail}").shown()
        assert "Qz" not in shown
        assert "zQ" not in shown


class TestConninfo:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("host=h port=5432 password=x", "host=h port=5432 password=***"),
            ("host = h password = 'a b'", "host=h password=***"),
            ("host='a b' password='it\\'s'", "host='a b' password=***"),
            ("options='-c x=y' sslmode=require", "options=*** sslmode=require"),
            ("password=<env:X>", "password=<env:X>"),
            ("password='<env:X|a b>' host=h", "password=<env:X|***> host=h"),
            ("dbname='postgres://u:pw@h/d'", "dbname=postgres://u:***@h/d"),
            ("host=h password='open", "***"),
            ("host", "***"),
            ("", ""),
        ],
    )
    def test_shown(self, text: str, shown: str) -> None:
        """A keyword=value string is shown with the values of harmless keys only."""
        assert parsed(text).shown() == shown


class TestSecretsInConnection:
    @pytest.mark.parametrize(
        ("text", "secrets"),
        [
            ("postgres://u:s%40nha@h/db", ("s%40nha", "s@nha")),
            ("postgres://u@h/db?sslmode=require", ()),
            ("postgres://u@h/db?password=x1&sslpassword=y%20z", ("x1", "y%20z", "y z")),
            ("postgres://u:p@sswords@h/db", ("p@sswords", "sswords")),
            ("postgres://u:senha", ("senha",)),
            ("postgres://u:<env:X>@h/db", ()),
            ("postgres://u:***@h/db", ()),
            ("host=h password='a b'", ("a b",)),
            ("dbname=postgres://u:pw@h/d", ("pw",)),
            ("hunter2", ("hunter2",)),
            ("<env:X>", ()),
            ("", ()),
        ],
    )
    def test_found(self, text: str, secrets: tuple[str, ...]) -> None:
        """The clear secrets of a connection text are found as written and decoded."""
        assert secrets_in(text) == secrets


@pytest.mark.parametrize(
    "key",
    ["password", "db.password", "db.options.sslpassword", "PGPASSWORD", "passwd", "pwd", "client_secret", "api_key",
     "apiKey", "access-token", "token", "credentials", "scram_client_key", "db.pass", "passphrase"],
)  # fmt: skip
def test_keys_that_look_secret(key: str) -> None:
    """A key whose last segment names a secret is told."""
    assert looks_secret_key(key)


@pytest.mark.parametrize(
    "key", ["password.host", "db.host", "url", "passfile", "sslkey", "tokenizer", "key", "primary_key", "bypass", ""]
)
def test_keys_that_do_not(key: str) -> None:
    """A key whose last segment names none is not."""
    assert not looks_secret_key(key)


def test_harmless_parameters_do_not_look_secret() -> None:
    """The two ways to judge a key agree."""
    assert not [key for key in harmless_parameters() if looks_secret_key(key)]
