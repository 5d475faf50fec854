"""How a capture grows with the database: on a real server, sizes side by side."""

import time

import psycopg
import pytest

from tests.integration.capturing import capture
from tests.servers import Server

SMALL, LARGE = 500, 2000
ALLOWED_RATIO = 2.0 * LARGE / SMALL


def _fill(url: str, tables: int) -> None:
    with psycopg.connect(url) as connection:
        for number in range(tables):
            reference = f", foreign key (ref) references t{number - 1} (id)" if number else ""
            connection.execute(
                f"create table t{number} (id bigint generated always as identity primary key, ref bigint,"
                " name varchar(50) not null default 'x', amount numeric(10, 2) check (amount >= 0),"
                f" status text check (status in ('a', 'b')), code char(3) unique{reference})"
            )


@pytest.mark.slow
def test_tables(server: Server) -> None:
    """Four times the tables take little more than four times as long, and the same number of queries."""
    urls = {size: server.new_database() for size in (SMALL, LARGE)}
    try:
        seconds: dict[int, list[float]] = {SMALL: [], LARGE: []}
        queries = set()
        for size, url in urls.items():
            _fill(url, size)
        for _ in range(3):
            for size, url in urls.items():
                started = time.perf_counter()
                found = capture(url, "public")
                seconds[size].append(time.perf_counter() - started)
                queries.add(len(found.metrics.timings.queries))
        ratio = min(seconds[LARGE]) / min(seconds[SMALL])
        print(f"{SMALL} tables {min(seconds[SMALL]):.2f} s, {LARGE} tables {min(seconds[LARGE]):.2f} s: {ratio:.2f}")  # noqa: T201
        assert ratio < ALLOWED_RATIO
        assert len(queries) == 1
    finally:
        for url in urls.values():
            server.drop_database(url)
