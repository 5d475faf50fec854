"""What can go wrong between a run and its server: what is tried again, what is not, and what the user is told."""

import gc
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

import datalchemy
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.catalog import open_catalog
from datalchemy.adapters.postgres.config import connection_parameters
from datalchemy.cli.summary import show_run
from datalchemy.core.errors import ConnectionFailedError, ExitCode
from datalchemy.core.events import ignore_events
from datalchemy.core.secrets import Vault
from datalchemy.core.warnings import WarningCode
from datalchemy.introspector.run import RunOutcome
from datalchemy.provision.base import until
from tests.integration.clusters import Cluster, new_cluster
from tests.integration.proxies import Proxy, free_port, proxy_before
from tests.integration.watching import Watched, once, tally, watch

_TABLES = 200
_SHAPES = """
create table plain (id int primary key, note text);
create table rich (id int generated always as identity primary key, plain_id int references plain,
    amount numeric default 1 + 1 check (amount > 0));
create index on rich ((amount + 1)) where amount > 5;
create view seen as select p.id, r.amount from plain as p inner join rich as r on r.plain_id = p.id;
create materialized view kept as select * from seen;
create function twice(int) returns int language sql immutable as 'select 2 * $1';
"""
_MODES = (
    "access share",
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
)


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


def _repeated(watched: Watched) -> bool:
    return WarningCode.REPEATED_CAPTURE in {warning.code for warning in watched.outcome.warnings}


def _assert_recovered(watched: Watched, cause: str) -> None:
    """It succeeded after retries, each of which is in the log, and says so in a warning."""
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    retries = watched.told("capture_retry")
    assert retries
    assert [line["attempt"] for line in retries] == list(range(1, len(retries) + 1))
    assert [line["attempt"] for line in watched.told("connection_attempt")] == list(range(1, len(retries) + 2))
    assert all(line["level"] == "warning" and line["wait_seconds"] >= 0 for line in retries)
    assert cause in watched.causes, watched.causes
    assert _repeated(watched)


def _assert_final(watched: Watched, exit_code: ExitCode, capsys: pytest.CaptureFixture[str]) -> str:
    """It failed at its first attempt; return the one message that the user gets."""
    assert watched.outcome.exit_code is exit_code, watched.outcome.error
    assert (watched.attempts, len(watched.told("capture_retry"))) == (1, 0)
    return _message(watched.outcome, capsys)


def _message(outcome: RunOutcome, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    show_run(outcome, None)
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.count("datalchemy: error:") == 1
    assert "Traceback" not in shown.err
    return shown.err


def test_down_then_up(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server that is down when the run starts, and up a moment later, is read after a retry."""
    cluster.stop()
    watched = watch(cluster.url(), tmp_path, observer=once("capture_retry", cluster.start))
    _assert_recovered(watched, "No such file or directory")
    faults["down"] += 1


def test_refused_then_accepted(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A refused connection is tried again."""
    with ExitStack() as stack:
        proxy = Proxy(cluster.url(), port=free_port())

        def listen() -> None:
            stack.enter_context(proxy_before(cluster.url(), port=proxy.port))

        watched = watch(proxy.url(), tmp_path, observer=once("capture_retry", listen))
    _assert_recovered(watched, "Connection refused")
    faults["refused"] += 1


def test_starting_up(tmp_path: Path, faults: Counter[str]) -> None:
    """A server that is still recovering is tried again until it answers."""
    # A restore that takes its time keeps the server in the state "starting up".
    with new_cluster({"restore_command": "sleep 0.4; false", "wal_level": "replica"}) as recovering:
        recovering.stop()
        (recovering.data / "recovery.signal").touch()
        recovering.start(wait=False)
        watched = watch(recovering.url(), tmp_path, retry={"attempts": 100})
    _assert_recovered(watched, "the database system is starting up")
    faults["starting up"] += 1


def test_shutting_down(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server that is restarting, and waits for its last client, is tried again."""
    last_client = cluster.connect()
    cluster.stop(signal.SIGTERM, wait=False)

    def restart() -> None:
        last_client.close()
        cluster.stop()
        cluster.start()

    watched = watch(cluster.url(), tmp_path, observer=once("capture_retry", restart))
    _assert_recovered(watched, "the database system is shutting down")
    faults["shutting down"] += 1


@pytest.mark.parametrize(
    "limit",
    [
        ("postgres", "postgres", 8, "sorry, too many clients already"),
        ("ordinary", "postgres", 6, "remaining connection slots are reserved"),
        ("limited", "postgres", 1, 'too many connections for role "limited"'),
        ("ordinary", "narrow", 1, 'too many connections for database "narrow"'),
    ],
    ids=lambda limit: limit[3],
)
def test_too_many_connections(
    limit: tuple[str, str, int, str], cluster: Cluster, tmp_path: Path, faults: Counter[str]
) -> None:
    """A server, a database or a role that has no connection left is tried again until one is free."""
    user, dbname, connections, cause = limit
    with ExitStack() as held:
        for _ in range(connections):
            held.enter_context(psycopg.connect(cluster.url(dbname, user=user)))
        url = cluster.url(dbname, user=user)
        watched = watch(url, tmp_path, retry={"attempts": 50}, observer=once("capture_retry", held.close))
    _assert_recovered(watched, cause)
    faults["too many connections"] += 1


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_cut_at_any_byte(reset: bool, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A connection that is cut, wherever, is repeated as a whole, and what comes out is what would have come out."""
    with proxy_before(cluster.url()) as proxy:
        expected = watch(proxy.url(), tmp_path)
        (total,) = proxy.passed
    places = [0, 1, 9, 300, *(round(total * share) for share in (0.1, 0.35, 0.6, 0.8, 0.99))]
    for place in places[::2] if reset else places[1::2]:
        with proxy_before(cluster.url(), cuts=(place,), reset=reset) as proxy:
            watched = watch(proxy.url(), tmp_path)
        assert watched.outcome.exit_code is ExitCode.OK, (place, watched.outcome.error)
        assert (watched.attempts, len(proxy.passed)) == (2, 2), place
        assert _repeated(watched)
        assert watched.schema_json == expected.schema_json
        faults["cut"] += 1


def test_cut_again_and_again(cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that is cut at every attempt fails the run with exit 3, after as many attempts as were allowed."""
    with proxy_before(cluster.url(), cuts=(5_000,) * 9) as proxy:
        watched = watch(proxy.url(), tmp_path, retry={"attempts": 3})
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert watched.attempts == len(proxy.passed) == 3
    assert "the connection was lost while reading" in _message(watched.outcome, capsys)


@pytest.mark.parametrize("number", [1, 2, 12, 33, 38])
def test_terminated_while_it_reads(number: int, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """An administrator who terminates our session, after whichever query, makes us read it all again."""
    terminate = _at_query(number, lambda: _signal_ours(cluster, "pg_terminate_backend"))
    watched = watch(cluster.url(), tmp_path, observer=terminate)
    _assert_recovered(watched, "terminating connection due to administrator command")
    assert watched.attempts == 2
    faults["terminated"] += 1


def test_crash_of_the_server(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A crash of the whole server in the middle is waited out."""
    with cluster.connect() as victim:
        crash = _at_query(5, lambda: os.kill(victim.info.backend_pid, signal.SIGKILL))
        watched = watch(cluster.url(), tmp_path, observer=crash, retry={"attempts": 50})
    _assert_recovered(watched, "the connection was lost while reading")
    faults["crash"] += 1


def test_database_dropped_meanwhile(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A database that is dropped under the run is looked for once more, and then it is told that it is not there."""
    with cluster.connect() as connection:
        connection.execute("create database short_lived")
        drop = _at_query(5, lambda: connection.execute("drop database short_lived with (force)"))
        watched = watch(cluster.url("short_lived"), tmp_path, observer=drop)
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert watched.attempts == 2
    assert 'database "short_lived" does not exist' in _message(watched.outcome, capsys)
    faults["dropped database"] += 1


def test_deadline(tmp_path: Path, cluster: Cluster, faults: Counter[str]) -> None:
    """No attempt begins after retry.deadline_seconds, however many are allowed."""
    watched = watch(
        Proxy(cluster.url(), port=free_port()).url(),
        tmp_path,
        retry={"attempts": 100, "deadline_seconds": 1.0, "initial_wait_seconds": 0.2, "max_wait_seconds": 0.3},
    )
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert 2 <= watched.attempts <= 6
    waited = sum(line["wait_seconds"] for line in watched.told("capture_retry"))
    assert waited < 1.0
    faults["deadline"] += 1


def test_a_silent_server(
    tmp_path: Path, cluster: Cluster, faults: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that accepts and says nothing is given up after the connect timeout, hung up on, and tried again."""
    with proxy_before(cluster.url(), mute=True) as proxy:
        gc.collect()
        gc.disable()  # what is left to the collector keeps its place at the server for who knows how long
        try:
            watched = watch(
                proxy.url(),
                tmp_path,
                db={"connect_timeout_seconds": 1},
                retry={"attempts": 100, "deadline_seconds": 3},
            )
            closed = until(lambda: len(proxy.ended) == len(proxy.passed), deadline_seconds=3, clock=time.monotonic)
        finally:
            gc.enable()
    assert closed, "an attempt that was given up left its connection open"
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert watched.attempts >= 2
    assert "timeout expired" in _message(watched.outcome, capsys)
    faults["silent"] += 1


def test_a_dead_network_is_noticed(cluster: Cluster) -> None:
    """TCP itself is told to give up a peer that has vanished within about a minute, unless the user says otherwise."""
    with proxy_before(cluster.url()) as proxy:
        found = connection_parameters(ConnectionTarget(url=proxy.url()))
        assert (found["keepalives_idle"], found["keepalives_interval"], found["keepalives_count"]) == (30, 10, 3)
        assert found["tcp_user_timeout"] == 60_000
        psycopg.connect(**found).close()
        found = connection_parameters(ConnectionTarget(url=proxy.url(keepalives_idle="7")))
        assert found["keepalives_idle"] == "7"


@pytest.fixture(scope="module")
def guarded_cluster() -> Iterator[Cluster]:
    """A server that asks `scrammy` for a password, does not know `stranger`, and lets `barred` in nowhere."""
    with new_cluster() as running:
        with running.connect() as connection:
            for statement in (
                "create role scrammy login password 'right'; create role barred login; create role nologin",
                "create role outsider login",
                "create database closed",
                "revoke connect on database closed from public",
                "create database unready allow_connections false",
            ):
                connection.execute(statement.encode())
        (running.data / "pg_hba.conf").write_text(
            "local all postgres trust\nlocal all scrammy scram-sha-256\nlocal all barred reject\n"
            "local all nologin,stranger trust\nlocal closed,unready outsider trust\n"
        )
        with running.connect() as connection:
            connection.execute("select pg_reload_conf()")
            time.sleep(0.2)
        yield running


@pytest.mark.parametrize(
    "refusal",
    [
        ("scrammy:wrong", "postgres", "password authentication failed", "check the user and the password"),
        ("scrammy", "postgres", "no password supplied", "set db.password"),
        ("postgres", "absent", 'database "absent" does not exist', "check db.dbname"),
        ("stranger", "postgres", 'role "stranger" does not exist', "check db.user"),
        ("nologin", "postgres", "is not permitted to log in", "check db.user"),
        ("barred", "postgres", "pg_hba.conf rejects connection", "does not admit this user"),
        ("outsider", "postgres", "no pg_hba.conf entry", "does not admit this user"),
        ("outsider", "closed", "permission denied for database", "grant CONNECT"),
        ("outsider", "unready", "is not currently accepting connections", "check db.dbname"),
    ],
)
def test_no_second_try(
    refusal: tuple[str, str, str, str],
    guarded_cluster: Cluster,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    faults: Counter[str],
) -> None:
    """What will not get better by itself fails at once: one attempt, exit 3, one message with its remedy."""
    account, dbname, cause, remedy = refusal
    url = guarded_cluster.url(dbname).replace("//postgres@", f"//{account}@")
    message = _assert_final(watch(url, tmp_path), ExitCode.CONNECTION, capsys)
    assert cause in message
    assert remedy in message
    faults["final"] += 1


def test_tls_where_there_is_none(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """sslmode=require at a server without SSL fails at once."""
    with proxy_before(cluster.url()) as proxy:
        message = _assert_final(watch(proxy.url(sslmode="require"), tmp_path), ExitCode.CONNECTION, capsys)
    assert "server does not support SSL" in message
    assert "db.sslmode" in message
    faults["final"] += 1


def test_one_answer_is_enough(
    guarded_cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A wrong password is final also when another host of the list, or address of the name, refused the connection."""
    with proxy_before(guarded_cluster.url("postgres", user="scrammy")) as proxy:
        url = proxy.url().replace("scrammy@127.0.0.1", f"scrammy:wrong@127.0.0.1:{free_port()},127.0.0.1")
        watched = watch(url, tmp_path)
    message = _assert_final(watched, ExitCode.CONNECTION, capsys)
    assert "Connection refused" in message
    assert "password authentication failed" in message
    assert "check the user and the password" in message
    faults["final"] += 1


def test_statement_timeout(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A query that takes longer than db.statement_timeout_seconds fails the run with exit 5, and says what to raise."""
    watched = watch(cluster.url(), tmp_path, db={"statement_timeout_seconds": 0.0004})
    message = _assert_final(watched, ExitCode.CATALOG, capsys)
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
    _assert_recovered(watched, "canceling statement due to lock timeout")
    faults["lock"] += 1


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
        message = _message(watched.outcome, capsys)
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
    message = _assert_final(watched, ExitCode.CATALOG, capsys)
    assert "canceling statement due to user request" in message
    assert "somebody cancelled the query" in message
    faults["cancelled"] += 1


def _cancel_when_it_waits(cluster: Cluster) -> None:
    for _ in range(500):
        if _signal_ours(cluster, "pg_cancel_backend", "and wait_event_type = 'Lock'"):
            return
        time.sleep(0.02)


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
        if event == "catalog_query" and fields["query"] != "views":  # its savepoint is about to be rolled back
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
    parameters = {"conninfo": cluster.url(), "client_encoding": "UTF8"}
    with open_catalog(
        parameters, statement_timeout_seconds=3, lock_timeout_seconds=2, events=ignore_events, vault=Vault()
    ) as (catalog, _):
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


def test_the_library_says_which_fault(cluster: Cluster) -> None:
    """The library's errors carry whether another try may help."""
    with pytest.raises(ConnectionFailedError) as raised:
        datalchemy.introspect(cluster.url("absent"))
    assert not raised.value.transient


def _at_query(number: int, action: Callable[[], object]) -> Callable[[str, dict[str, Any]], None]:
    """Return an observer that acts once, after our query of that number, counted from 1."""
    seen: list[str] = []

    def observe(event: str, fields: dict[str, Any]) -> None:
        if event == "catalog_query":
            seen.append(fields["query"])
            if len(seen) == number:
                action()

    return observe


def _signal_ours(cluster: Cluster, function: str, condition: str = "") -> bool:
    """Cancel or terminate the sessions of runs; tell whether there was one, and wait until a terminated one is gone."""
    text = "select {}(pid) from pg_stat_activity where application_name like 'datalchemy %' "
    with cluster.connect() as connection:
        found = connection.execute(sql.SQL(text).format(sql.Identifier(function)) + sql.SQL(condition)).fetchall()
        while (
            function == "pg_terminate_backend"
            and connection.execute(
                "select 1 from pg_stat_activity where application_name like 'datalchemy %'"
            ).fetchone()
        ):
            time.sleep(0.01)
    return bool(found)
