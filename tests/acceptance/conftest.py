from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from psycopg import sql

from tests.acceptance.doors import PASSWORD, Place
from tests.acceptance.forking import Program, shared_program
from tests.acceptance.refusing import refusing_server
from tests.integration.clusters import new_cluster
from tests.integration.proxies import free_port, proxy_before

_SHAPES = "create table customer (id int primary key); create table purchase (customer_id int references customer);"


@pytest.fixture(scope="session")
def program() -> Program:
    """The program, quick to run."""
    return shared_program()


@pytest.fixture(scope="session")
def places() -> Iterator[Mapping[str, Place]]:
    """Where the canary opens the door, where it is refused, and where nobody is."""
    with ExitStack() as stack:
        cluster = stack.enter_context(new_cluster())
        with cluster.connect() as connection:
            for statement in ("create role canary login password {}", "create database telling"):
                connection.execute(sql.SQL(statement).format(sql.Literal(PASSWORD)))
            connection.execute(_SHAPES)
        with cluster.connect("telling") as connection:
            connection.execute(_SHAPES)
            connection.execute(sql.SQL("comment on table customer is {}").format(sql.Literal(f"ask for {PASSWORD}")))
        rules = cluster.data / "pg_hba.conf"
        rules.write_text("local all canary scram-sha-256\nlocal all all trust\n")
        with cluster.connect() as connection:
            connection.execute("select pg_reload_conf()")
        open_port = stack.enter_context(proxy_before(cluster.url())).port
        cut_port = stack.enter_context(proxy_before(cluster.url(), cuts=(20_000,) * 10_000)).port
        yield {
            "real": Place("127.0.0.1", open_port),
            "telling": Place("127.0.0.1", open_port, dbname="telling"),
            "cut": Place("127.0.0.1", cut_port),
            "refusing": Place("127.0.0.1", stack.enter_context(refusing_server()).port),
            "closed": Place("127.0.0.1", free_port()),
            "unknown": Place("nohost.invalid", 5432),
        }
