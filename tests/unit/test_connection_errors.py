"""The errors of a connection, as libpq and psycopg word them: one line with the place and the reason."""

import re

import psycopg
import pytest

from datalchemy.adapters.postgres.errors import connection_error
from datalchemy.secrets.vault import Vault

_ASKS = "\n\tIs the server running on that host and accepting TCP/IP connections?"
_LOCALLY = "\n\tIs the server running locally and accepting connections on that socket?"
_TO = "connection failed: connection to server at"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (f'{_TO} "127.0.0.1", port 1 failed: Connection refused{_ASKS}', " to 127.0.0.1:1: Connection refused"),
        (
            f'connection to server at "db" (::1), port 1 failed: Connection refused{_ASKS}\n'
            f'connection to server at "db" (127.0.0.1), port 1 failed: Connection refused{_ASKS}',
            " to db:1: Connection refused",
        ),
        (f'{_TO} "::1", port 1 failed: Connection refused{_ASKS}', " to [::1]:1: Connection refused"),
        (
            f'connection is bad: connection to server on socket "/run/.s.PGSQL.5" failed: No such file or directory'
            f"{_LOCALLY}",
            " to /run/.s.PGSQL.5: No such file or directory",
        ),
        (
            f'{_TO} "10.0.0.2", port 2 failed: Connection refused{_ASKS}\n'
            "Multiple connection attempts failed. All failures were:\n"
            f"- host: 'a', port: '1', hostaddr: '10.0.0.1': {_TO} \"10.0.0.1\", port 1 failed: Connection refused\n"
            "- host: 'b', port: '2', hostaddr: '10.0.0.2': connection timeout expired\n"
            f"- host: 'a', port: '1', hostaddr: '::1': {_TO} \"::1\", port 1 failed: Connection refused{_ASKS}\n"
            f"- host: 'c', port: '3', hostaddr: None: {_TO} \"c\", port 3 failed: Connection refused{_ASKS}\n",
            " to a:1, c:3: Connection refused; b:2: connection timeout expired",
        ),
        (
            f'{_TO} "h", port 5 failed: FATAL:  password authentication failed for user "u"\n'
            f'connection to server at "h", port 5 failed: FATAL:  no pg_hba.conf entry for host "i"',
            ' to h:5: password authentication failed for user "u"; h:5: no pg_hba.conf entry for host "i"',
        ),
        (
            f'{_TO} "h", port 5 failed: server closed the connection unexpectedly\n'
            "\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.",
            " to h:5: server closed the connection unexpectedly",
        ),
        ("failed to resolve host 'h': [Errno -2] Name or service not known", None),
        ('invalid sslmode value: "x"\nconnection to server at "h", port 5 failed: ', None),
        ("Multiple connection attempts failed. All failures were:\nnone of them is listed", None),
        (f'{_TO} "h", port 5 failed: ', " to h:5: no answer"),
        ("", ": OperationalError"),
    ],
)
def test_the_cause_is_one_line(said: str, cause: str | None) -> None:
    """A place stands once, with its reason, and libpq's question is left out; another text stays."""
    error = connection_error(psycopg.OperationalError(said), str)
    assert error.message == f"cannot connect{cause or ': ' + ' '.join(said.split())}"


def test_what_is_left_out_decides_too() -> None:
    """The kind of an error and its remedy follow the driver's whole text."""
    refused = connection_error(psycopg.OperationalError(f'{_TO} "h", port 1 failed: Connection refused{_ASKS}'), str)
    assert refused.transient
    assert refused.remedy == "is the server running, and reachable from here?"
    rejected = connection_error(
        psycopg.OperationalError(f'{_TO} "h", port 1 failed: FATAL:  password authentication failed'), str
    )
    assert not rejected.transient
    assert rejected.remedy == "check the user and the password"


@pytest.mark.parametrize("secret", ["failed: FATAL:  x", "port 1 failed: ", "a\tb\nc Is the server running x?"])
def test_a_secret_that_looks_like_the_text_around_it(secret: str) -> None:
    """A secret is masked before a text is taken apart: no piece of it is left."""
    vault = Vault()
    vault.remember(secret)
    said = f'{_TO} "h", port 1 failed: FATAL:  role "{secret}" is not there{_ASKS}'
    error = connection_error(psycopg.OperationalError(said), vault.scrub)
    assert re.search(r'role "\*\*\* ?" is not there', error.message)
    assert " ".join(secret.split()) not in error.message
