"""What a run holds up, and what holds up a run: locks, timeouts, and how the server sees its session."""

import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.catalog import open_catalog
from datalchemy.errors import ExitCode
from datalchemy.events import ignore_events
from datalchemy.secrets.vault import Vault
from tests.integration.clusters import Cluster
from tests.integration.faults import assert_final, assert_recovered, signal_ours, told_by
from tests.integration.watching import once, watch

_MODES = (
    "access share",
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
)


def test_statement_timeout(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A query that takes longer than db.statement_timeout_seconds fails the run with exit 5, and says what to raise."""
    watched = watch(cluster.url(), tmp_path, db={"statement_timeout_seconds": 0.0004})
    message = assert_final(watched, ExitCode.CATALOG, capsys)
    assert "canceling statement due to statement timeout" in message
    assert "raise db.statement_timeout_seconds" in message
    faults["statement timeout"] += 1


@pytest.mark.parametrize("seconds", [0, 1e9])
def test_timeouts_without_a_limit(seconds: float, cluster: Cluster, tmp_path: Path) -> None:
    """0 is no limit, and more than the server can count is as much as it can."""
    db = {"statement_timeout_seconds": seconds, "lock_timeout_seconds": seconds}
    assert watch(cluster.url(), tmp_path, db=db).outcome.exit_code is ExitCode.OK


@pytest.mark.parametrize("mode", _MODES)
def test_locks_that_do_not_matter(mode: str, cluster: Cluster, tmp_path: Path) -> None:
    """No lock but ACCESS EXCLUSIVE keeps us waiting: neither writes nor most of ALTER TABLE, CREATE INDEX, VACUUM."""
    with psycopg.connect(cluster.url()) as other:
        other.execute(f"lock table plain, rich in {mode} mode".encode())
        watched = watch(cluster.url(), tmp_path, db={"lock_timeout_seconds": 0.3}, retry={"attempts": 1})
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error


@pytest.mark.parametrize("table", ["plain", "rich", "many_7"])
def test_a_table_that_is_locked_exclusively(table: str, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """The server renders no definition of a table that is locked ACCESS EXCLUSIVE: we wait, and try again."""
    with psycopg.connect(cluster.url()) as other:
        other.execute(f"lock table {table} in access exclusive mode".encode())
        watched = watch(
            cluster.url(),
            tmp_path,
            db={"lock_timeout_seconds": 0.2},
            observer=once("capture_retry", other.rollback),
        )
    assert_recovered(watched, "canceling statement due to lock timeout")
    faults["lock"] += 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "catalog", ["pg_class", "pg_attribute", "pg_proc", "pg_type", "pg_namespace", "pg_index", "pg_database"]
)
def test_a_locked_catalog(
    catalog: str, cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A catalog that is locked (VACUUM FULL does that) is a clear error in bounded time, wherever it stops us."""
    with psycopg.connect(cluster.url()) as other:
        other.execute(f"lock table pg_catalog.{catalog} in access exclusive mode".encode())
        watched = watch(
            cluster.url(),
            tmp_path,
            db={"lock_timeout_seconds": 0.3, "connect_timeout_seconds": 1},
            retry={"attempts": 2},
        )
        message = told_by(watched.outcome, capsys)
        other.rollback()
    assert watched.attempts == 2
    expected = {
        ExitCode.CATALOG: ("canceling statement due to lock timeout", "raise db.lock_timeout_seconds"),
        ExitCode.CONNECTION: ("timeout expired", "is the server running"),
    }
    for text in expected[watched.outcome.exit_code]:
        assert text in message
    faults["locked catalog"] += 1


def test_a_cancelled_query(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A query that an administrator cancels is not taken for a timeout, and not sent again."""
    with psycopg.connect(cluster.url()) as other:
        other.execute("lock table rich in access exclusive mode")
        cancelling = threading.Thread(target=_cancel_when_it_waits, args=(cluster,))
        cancelling.start()
        watched = watch(cluster.url(), tmp_path, db={"lock_timeout_seconds": 30})
        cancelling.join()
    message = assert_final(watched, ExitCode.CATALOG, capsys)
    assert "canceling statement due to user request" in message
    assert "the query was cancelled on the server" in message
    faults["cancelled"] += 1


def _cancel_when_it_waits(cluster: Cluster) -> None:
    for _ in range(500):
        if signal_ours(cluster, "pg_cancel_backend", "and wait_event_type = 'Lock'"):
            return
        time.sleep(0.02)


RENDERED = {"views", "rules", "policies", "function_bodies"}
"""The queries for which the server locks what an object reads."""


def test_what_the_server_sees(cluster: Cluster, tmp_path: Path) -> None:
    """The session is named after the run, reads only, and takes no lock but ACCESS SHARE, for a query at most."""
    ended, locks, activity = threading.Event(), set[str](), set[tuple[Any, ...]]()
    kept: list[str] = []
    query = (
        "select application_name, state, backend_xid from pg_stat_activity where application_name like 'datalchemy %'"
    )
    held = (
        "select l.mode, l.relation::regclass::text, l.relation >= 16384 from pg_locks as l "
        "inner join pg_stat_activity as a on a.pid = l.pid "
        "where a.application_name like 'datalchemy %' and l.locktype = 'relation'"
    )

    def sample(connection: psycopg.Connection) -> list[str]:
        activity.update(connection.execute(query).fetchall())
        found = connection.execute(held).fetchall()
        locks.update(mode for mode, *_ in found)
        return [name for _, name, is_users in found if is_users]

    def sample_between(connection: psycopg.Connection, event: str, fields: dict[str, Any]) -> None:
        found = sample(connection)
        if event == "catalog_query" and fields["query"] not in RENDERED:  # a savepoint is about to be rolled back
            kept.extend(found)

    def sample_all_the_time() -> None:
        with cluster.connect() as connection:
            while not ended.is_set():
                sample(connection)

    sampler = threading.Thread(target=sample_all_the_time)
    sampler.start()
    with cluster.connect() as between:
        watched = watch(cluster.url(), tmp_path, observer=partial(sample_between, between))
    ended.set()
    sampler.join()
    assert {name for name, *_ in activity} == {f"datalchemy {watched.outcome.run_id}"}
    assert {xid for *_, xid in activity} == {None}
    assert {"active", "idle in transaction"} <= {state for _, state, _ in activity}
    assert locks == {"AccessShareLock"}
    assert not kept, "a lock on a user's table outlived the query that took it"


def test_no_trace_in_the_session(cluster: Cluster) -> None:
    """The transaction refuses to write, and every setting is back to normal after it."""
    watched = "select name, setting from pg_settings where name not like 'transaction%' order by name"
    with psycopg.connect(cluster.url(), client_encoding="UTF8") as untouched:
        expected = untouched.execute(watched).fetchall()
    target = ConnectionTarget(
        url=cluster.url(), application_name="", statement_timeout_seconds=3, lock_timeout_seconds=2
    )
    with open_catalog(target, events=ignore_events, vault=Vault()) as (catalog, _):
        connection = catalog._connection
        inside = dict(connection.execute(watched).fetchall())
        assert (inside["statement_timeout"], inside["lock_timeout"], inside["search_path"]) == ("3000", "2000", "")
        # Digesting a large answer takes us longer than it takes the server to give it.
        assert inside["idle_in_transaction_session_timeout"] == "60000"
        assert (connection.execute("show transaction_isolation").fetchone() or "")[0] == "repeatable read"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create table t (id int)")
        connection.rollback()
        connection.isolation_level = connection.read_only = None
        assert connection.execute(watched).fetchall() == expected
