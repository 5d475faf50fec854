"""Databases that are reached by a detour: through a pooler of transactions, or as a standby's copy."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from datalchemy.errors import ExitCode
from tests.integration.capturing import capture
from tests.integration.clusters import (
    Cluster,
    new_cluster,
    pooler_before,
    pooler_program,
    standby_of,
    wait_for_replay,
)
from tests.integration.watching import once, watch
from tests.servers import load_sql

DEMO = Path(__file__).parents[2] / "docker" / "init" / "schema.sql"
_SETTINGS = "select name, setting from pg_settings order by name"


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    """A server with the demo's schema, a role that may only connect, and all that a standby asks for."""
    with new_cluster({"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}) as running:
        load_sql(running.url(), DEMO)
        with running.connect() as connection:
            connection.execute(
                "create role onlooker login; revoke all on schema public from public; "
                "revoke temporary on database postgres from public; analyze"
            )
        yield running


@pytest.fixture(scope="module")
def pooler(primary: Cluster) -> Iterator[Cluster]:
    """The way to `primary` through pgbouncer, which pools transactions over one server connection."""
    if pooler_program() is None:
        pytest.skip("pgbouncer is not installed (Debian, Ubuntu: apt install pgbouncer)")
    with pooler_before(primary, "onlooker") as running:
        yield running


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    """A hot standby of `primary`."""
    with standby_of(primary) as running:
        yield running


def test_pooler_gives_the_same_bytes(primary: Cluster, pooler: Cluster) -> None:
    """Through pgbouncer in transaction mode schema.json is the same, for the superuser and for who may only connect."""
    expected = capture(primary.url()).schema
    assert expected.schemas
    for user in ("postgres", "onlooker"):
        assert capture(pooler.url(user=user)).schema.to_json() == expected.to_json()


def test_pooler_is_left_as_it_was(primary: Cluster, pooler: Cluster, tmp_path: Path) -> None:
    """A run leaves no setting, no prepared statement and no open transaction in the server connection it borrowed."""
    # A neighbour with a name of its own: pgbouncer itself hands on the last name to those that have none.
    with psycopg.connect(pooler.url(), autocommit=True, application_name="neighbour") as neighbour:
        (pid,) = neighbour.execute("select pg_backend_pid()").fetchone() or (None,)
        before = neighbour.execute(_SETTINGS).fetchall()
        for _ in range(2):
            watched = watch(pooler.url(), tmp_path)
            assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
            assert watched.attempts == 1
            # The same server connection: the pooler saw no reason to throw it away.
            assert (neighbour.execute("select pg_backend_pid()").fetchone() or (0,))[0] == pid
            assert neighbour.execute(_SETTINGS).fetchall() == before
            assert not neighbour.execute("select name from pg_prepared_statements").fetchall()
    with primary.connect() as connection:
        idle = "select state from pg_stat_activity where pid = %s"
        assert connection.execute(idle, [pid]).fetchall() == [("idle",)]


def test_pooler_reads_one_state(pooler: Cluster, primary: Cluster, tmp_path: Path) -> None:
    """DDL that comes between is noticed through a pooler too, and the capture is repeated."""
    with primary.connect() as other:
        interfere = once(
            "catalog_query", lambda: other.execute("create table if not exists public.between_two (id int)")
        )
        watched = watch(pooler.url(), tmp_path, observer=interfere)
        other.execute("drop table public.between_two")
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    assert watched.attempts == 2
    assert "the structure changed while it was read" in watched.causes
    assert b"between_two" in watched.schema_json


def test_standby_gives_the_same_bytes(primary: Cluster, standby: Cluster) -> None:
    """A hot standby gives the same schema.json, estimates and warnings as its primary, also to who may only connect."""
    wait_for_replay(primary, standby)
    expected, found = capture(primary.url()), capture(standby.url())
    assert found.schema.to_json() == expected.schema.to_json()
    assert found.metrics.estimates == expected.metrics.estimates
    assert found.warnings == expected.warnings
    assert capture(standby.url(user="onlooker")).schema.to_json() == expected.schema.to_json()


def test_standby_reads_one_state(primary: Cluster, standby: Cluster, tmp_path: Path) -> None:
    """DDL that is replayed in the middle of a capture is noticed, and the capture is repeated."""
    wait_for_replay(primary, standby)

    def migrate() -> None:
        with primary.connect() as connection:
            connection.execute("create table public.replayed (id int primary key)")
        wait_for_replay(primary, standby)

    watched = watch(standby.url(), tmp_path, observer=once("catalog_query", migrate))
    with primary.connect() as connection:
        connection.execute("drop table public.replayed")
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    assert watched.attempts == 2
    assert b"replayed" in watched.schema_json


def test_conflict_with_recovery(primary: Cluster, tmp_path: Path) -> None:
    """A standby that cancels our query, because what it replays cannot wait, is asked again."""
    settings = {**primary.settings, "max_standby_streaming_delay": "0"}
    hasty = Cluster(primary.directory, primary.bin_dir, settings)
    with standby_of(hasty) as standby, primary.connect() as connection:

        def remove_what_is_read() -> None:
            connection.execute("create table public.gone (id int)")
            connection.execute("drop table public.gone")
            connection.execute("vacuum pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_type")
            wait_for_replay(primary, standby)

        watched = watch(standby.url(), tmp_path, observer=once("catalog_query", remove_what_is_read))
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    assert watched.attempts == 2
    assert "due to conflict with recovery" in watched.causes
