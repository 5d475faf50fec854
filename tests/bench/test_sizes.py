"""How our own time grows with what a real server holds: the program's share, without the server's."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import datalchemy
from tests.servers import Server

LINEAR_RATIO = 4.0
ALLOWED_RATIO = 2.2 * LINEAR_RATIO
"""Quadratic growth would give 16; what does not grow (connecting, importing) lowers the ratio."""


def _comment(size: int) -> str:
    text = "All work; the key to it, a token = x. " * size
    return f"create table t (a int); comment on table t is '{text}'"


def _view(size: int) -> str:
    elements = ", ".join(f"'element number {number}, which is long'" for number in range(size))
    return f"create view v as select array[{elements}] as a"


def _columns(size: int) -> str:
    return f"create table t ({', '.join(f'c{number} int default {number}' for number in range(size))})"


def _constraints(size: int) -> str:
    script = ["create table t (id int primary key, a int)"]
    for number in range(size):
        script.append(f"create index i{number} on t ((a + {number}))")
        script.append(f"alter table t add constraint k{number} check (a <> {number})")
    return ";".join(script)


def _ring(size: int) -> str:
    tables = [f"create table t{number} (id int primary key, r int)" for number in range(size)]
    links = [f"alter table t{n} add foreign key (r) references t{(n + 1) % size}" for n in range(size)]
    return ";".join((*tables, *links))


def _names(size: int) -> str:
    return ";".join(f'create table "\x1b]0;{number}\n" ("<env:HOME>{number}" int)' for number in range(size))


def _credentials(size: int) -> str:
    columns = ", ".join(f"password_{number} text default 'hunter{number}x9'" for number in range(size))
    return f"create table t ({columns})"


@pytest.mark.parametrize(
    ("make", "size"),
    [(_comment, 60_000), (_view, 25_000), (_columns, 400), (_constraints, 125), (_ring, 250), (_names, 250),
     (_credentials, 400)],
)  # fmt: skip
def test_sizes(make: Callable[[int], str], size: int, server: Server) -> None:
    """Four times as much in a database takes us little more than four times as long."""
    urls = [server.new_database(), server.new_database()]
    try:
        for url, number in zip(urls, (size, 4 * size), strict=True):
            with psycopg.connect(url) as connection:
                connection.execute(make(number).encode())
        least: list[Any] = [min(_seconds(url) for _ in range(3)) for url in urls]
    finally:
        for url in urls:
            server.drop_database(url)
    ratio = least[1] / least[0]
    print(f"{make.__name__} {size} and {4 * size}: {least[0]:.3f} s and {least[1]:.3f} s, ratio {ratio:.2f}")  # noqa: T201
    assert ratio < ALLOWED_RATIO


def _seconds(url: str) -> float:
    started = time.process_time()
    datalchemy.introspect(url, include_schemas=("*",)).schema.to_json()
    return time.process_time() - started
