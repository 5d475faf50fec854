"""Roles for a test: made under a name that nobody else uses, dropped afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.servers import Server


@contextmanager
def temporary_role(server: Server) -> Iterator[str]:
    """Make a role that may log in and nothing else, with its own name as password; yield its name.

    What it owns must be gone, or be another's, when the block ends.
    """
    name = f"datalchemy_test_{secrets.token_hex(6)}"
    role = sql.Identifier(name)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login password {}").format(role, sql.Literal(name)))
        try:
            yield name
        finally:
            connection.execute(sql.SQL("drop role if exists {}").format(role))


def url_as(role: str, url: str) -> str:
    """Return the URL of the same database for a role of `temporary_role`."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{role}@{parts.netloc.rpartition('@')[2]}").geturl()


def allow_only_connect(url: str) -> None:
    """Take away from everyone but the owner all that a new database grants, but CONNECT."""
    run(
        url,
        "revoke all on schema public from public",
        "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$",
    )


def run(url: str, *statements: str | sql.Composed | bytes) -> None:
    """Execute each statement, written in UTF-8, by itself and in a transaction of its own."""
    with psycopg.connect(url, autocommit=True, client_encoding="UTF8") as connection:
        for statement in statements:
            connection.execute(statement.encode() if isinstance(statement, str) else statement)
