"""From what a user wrote to the driver's connection parameters."""

from pathlib import Path

import pytest

from datalchemy.adapters import detect_engine, harmless_parameters
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.config import connection_parameters, not_encodable
from datalchemy.errors import ConfigurationError, EngineNotSupportedError
from datalchemy.introspector.settings import load_settings
from datalchemy.secrets.policy import is_secret_parameter
from datalchemy.secrets.vault import Vault
from tests.unit.connections import parsed, secrets_in

CANARY = "s3cr3t-hunter2"


@pytest.mark.parametrize("scheme", ["postgresql", "PostgreSQL", "POSTGRES", "Postgresql+psycopg"])
def test_the_case_of_a_scheme_does_not_matter(scheme: str) -> None:
    """A URL's scheme is read in any case, by the detection of the engine and by the driver."""
    url = f"{scheme}://u@h:5433/d"
    assert detect_engine(engine=None, scheme=parsed(url).scheme).name == "postgres"
    assert connection_parameters(ConnectionTarget(url=url), Vault())["host"] == "h"


@pytest.mark.parametrize("scheme", ["jdbc:postgresql", "JDBC:PostgreSQL"])
def test_a_url_for_java_gets_a_hint(scheme: str) -> None:
    """What to leave out of a JDBC URL is said."""
    with pytest.raises(EngineNotSupportedError) as caught:
        detect_engine(engine=None, scheme=parsed(f"{scheme}://h/d?password={CANARY}").scheme)
    assert "leave out jdbc:" in str(caught.value.remedy)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("name", ["schema", "pgbouncer", "foo", "SSLMODE"])
@pytest.mark.parametrize("query", ["{}=x-1", "sslmode=disable&{}=x-1", "{}=x-1&sslmode=disable"])
def test_a_parameter_that_libpq_does_not_know_is_named(name: str, query: str) -> None:
    """A URL's unknown parameter is said by its name, and its value is not shown."""
    with pytest.raises(ConfigurationError, match=rf"no parameter '{name}'") as caught:
        connection_parameters(ConnectionTarget(url=f"postgresql://h/d?{query.format(name)}"), Vault())
    assert "x-1" not in str(caught.value)


def test_a_piece_of_a_password_is_not_named_as_a_parameter() -> None:
    """An unencoded password may hold `?a=b`, which the driver reads as it is meant."""
    assert connection_parameters(ConnectionTarget(url="postgresql://u:p?a=x@h/d"), Vault())["password"] == "p?a=x"


def test_ssl_is_a_parameter() -> None:
    """`ssl=true` is read as libpq reads it."""
    assert connection_parameters(ConnectionTarget(url="postgresql://h/d?ssl=true"), Vault())["sslmode"] == "require"


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("ssl", "true", False),
        ("options", "-c search_path=x", False),
        ("options", "-c%20search_path%3Dx", False),
        ("OPTIONS", "-csearch_path=x", False),
        ("options", f"-c app.password={CANARY}", True),
        ("options", f"-c%20app.api_key%3D{CANARY}", True),
        ("password", "x", True),
        ("sslpassword", "x", True),
        ("whatever", "x", True),
        ("sslmode", "require", False),
    ],
)
def test_which_parameters_may_be_secret(key: str, value: str, secret: bool) -> None:
    """`ssl` and `options` are no passwords, but for a setting in `options` that is named like one."""
    assert is_secret_parameter(key, value, harmless_parameters()) is secret
    assert bool(secrets_in(f"postgresql://h/d?{key}={value}")) is secret


@pytest.mark.parametrize("key", ["sslrootcert", "sslcert", "sslkey", "passfile"])
def test_a_home_directory_is_expanded(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` in a path is the home directory, in a URL as in `options`."""
    monkeypatch.setenv("HOME", "/home/ana")
    expected = str(Path("/home/ana/x.pem"))
    assert connection_parameters(ConnectionTarget(url=f"postgresql://h/d?{key}=~/x.pem"), Vault())[key] == expected
    assert connection_parameters(ConnectionTarget(options={key: "~/x.pem"}), Vault())[key] == expected
    assert connection_parameters(ConnectionTarget(options={key: "/a/~x.pem"}), Vault())[key] == "/a/~x.pem"


@pytest.mark.parametrize(
    ("port", "expected"), [(5432, 5432), ("5432", 5432), ("5432, 5433", "5432,5433"), ("", None), (None, None)]
)
def test_a_port_may_be_a_list(port: object, expected: object) -> None:
    """Several hosts may have a port each, as in a URL."""
    settings = load_settings({"db": {"port": port}})
    assert settings.db.port == expected
    if expected:
        assert connection_parameters(ConnectionTarget(host="a,b", port=settings.db.port), Vault())["port"] == expected


@pytest.mark.parametrize("port", [0, 65536, "x", True, "1,", "1,x", 5432.5])
def test_what_is_no_port(port: object) -> None:
    """Anything else is refused with what is expected."""
    with pytest.raises(ConfigurationError, match=r"db\.port: a port from 1 to 65535"):
        load_settings({"db": {"port": port}})


@pytest.mark.parametrize("key", ["user", "dbname", "password", "host"])
def test_a_character_that_is_no_text_is_blamed_on_its_part(key: str) -> None:
    """A value that cannot be sent is said by its key, and only a name that cannot be looked up is the host's."""
    error = not_encodable({"host": "h", key: f"{CANARY}\udc80"})
    assert error.message.startswith(f"db.{key} holds")
    assert CANARY not in str(error)
    assert "not a valid host name" in not_encodable({"host": "a" * 70, "user": "ação"}).message
