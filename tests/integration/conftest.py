"""Fixtures of several files here."""

import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from datalchemy.provision.base import until
from tests.integration.clusters import Cluster, new_cluster
from tests.integration.watching import tally

_TABLES = 200


_SHAPES = """
create table plain (id int primary key, note text);
create table rich (id int generated always as identity primary key, plain_id int references plain,
    amount numeric default 1 + 1 check (amount > 0));
create index on rich ((amount + 1)) where amount > 5;
create view seen as select p.id, r.amount from plain as p inner join rich as r on r.plain_id = p.id;
create materialized view kept as select * from seen;
create policy own on plain using (id in (select plain_id from rich));
create rule kept_too as on delete to plain do also delete from rich where plain_id = old.id;
create function twice(int) returns int language sql immutable as 'select 2 * $1';
create function sum_of_rich() returns numeric language sql begin atomic select sum(amount) from rich; end;
"""


@pytest.fixture(scope="module")
def faults() -> Iterator[Counter[str]]:
    """Count the faults that were tried."""
    with tally("faults") as counted:
        yield counted


@pytest.fixture(scope="module")
def small_cluster() -> Iterator[Cluster]:
    """A server of our own, with few connections to give away and some hundred tables in the database postgres."""
    with new_cluster({"max_connections": "8", "superuser_reserved_connections": "2"}) as running:
        with running.connect() as connection:
            connection.execute(_SHAPES)
            connection.execute(
                f"do $$ begin for i in 1..{_TABLES} loop execute format("
                "'create table many_%s (id int primary key, a text default %L, check (id > %s))', i, i, i); "
                "end loop; end $$"
            )
            connection.execute("create role limited login connection limit 1; create role ordinary login")
            connection.execute("create database narrow connection limit 1")
        yield running


@pytest.fixture
def cluster(small_cluster: Cluster) -> Cluster:
    """The same, up, and with no session that an earlier test left behind."""
    if small_cluster.process is None or small_cluster.process.poll() is not None:
        small_cluster.start()
    others = "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    with small_cluster.connect() as connection:
        alone = until(lambda: connection.execute(others).fetchone() is None, deadline_seconds=5, clock=time.monotonic)
    if not alone:  # a session that was caught while it started, before it can be cancelled
        small_cluster.stop(signal.SIGQUIT)
        small_cluster.start()
    time.sleep(0.05)  # and our own is going
    return small_cluster
