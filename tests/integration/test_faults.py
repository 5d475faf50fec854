"""What can go wrong between a run and its server: what is tried again, what is not, and what the user is told."""

import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

import datalchemy
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.adapters.postgres.config import connection_parameters
from datalchemy.errors import ConnectionFailedError, ExitCode
from datalchemy.provision.base import until
from datalchemy.secrets.vault import Vault
from tests.integration.clusters import Cluster, new_cluster
from tests.integration.faults import assert_final, assert_recovered, at_query, repeated, signal_ours, told_by
from tests.integration.proxies import Proxy, free_port, proxy_before
from tests.integration.watching import once, watch


def test_down_then_up(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A server that is down when the run starts, and up a moment later, is read after a retry."""
    cluster.stop()
    watched = watch(cluster.url(), tmp_path, observer=once("capture_retry", cluster.start))
    assert_recovered(watched, "No such file or directory")
    faults["down"] += 1


def test_refused_then_accepted(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A refused connection is tried again."""
    with ExitStack() as stack:
        proxy = Proxy(cluster.url(), port=free_port())

        def listen() -> None:
            stack.enter_context(proxy_before(cluster.url(), port=proxy.port))

        watched = watch(proxy.url(), tmp_path, observer=once("capture_retry", listen))
    assert_recovered(watched, "Connection refused")
    faults["refused"] += 1


def test_starting_up(tmp_path: Path, faults: Counter[str]) -> None:
    """A server that is still recovering is tried again until it answers."""
    # A restore that takes its time keeps the server in the state "starting up".
    with new_cluster({"restore_command": "sleep 0.4; false", "wal_level": "replica"}) as recovering:
        recovering.stop()
        (recovering.data / "recovery.signal").touch()
        recovering.start(wait=False)
        watched = watch(recovering.url(), tmp_path, retry={"attempts": 100})
    assert_recovered(watched, "the database system is starting up")
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
    assert_recovered(watched, "the database system is shutting down")
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
    assert_recovered(watched, cause)
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
        assert repeated(watched)
        assert watched.schema_json == expected.schema_json
        faults["cut"] += 1


def test_cut_again_and_again(cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that is cut at every attempt fails the run with exit 3, after as many attempts as were allowed."""
    with proxy_before(cluster.url(), cuts=(5_000,) * 9) as proxy:
        watched = watch(proxy.url(), tmp_path, retry={"attempts": 3})
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert watched.attempts == len(proxy.passed) == 3
    assert "the connection was lost while reading" in told_by(watched.outcome, capsys)


@pytest.mark.parametrize("number", [1, 2, 12, 33, 38])
def test_terminated_while_it_reads(number: int, cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """An administrator who terminates our session, after whichever query, makes us read it all again."""
    terminate = at_query(number, lambda: signal_ours(cluster, "pg_terminate_backend"))
    watched = watch(cluster.url(), tmp_path, observer=terminate)
    assert_recovered(watched, "terminating connection due to administrator command")
    assert watched.attempts == 2
    faults["terminated"] += 1


def test_crash_of_the_server(cluster: Cluster, tmp_path: Path, faults: Counter[str]) -> None:
    """A crash of the whole server in the middle is waited out."""
    with cluster.connect() as victim:
        crash = at_query(5, lambda: os.kill(victim.info.backend_pid, signal.SIGKILL))
        watched = watch(cluster.url(), tmp_path, observer=crash, retry={"attempts": 50})
    assert_recovered(watched, "the connection was lost while reading")
    faults["crash"] += 1


def test_database_dropped_meanwhile(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """A database that is dropped under the run is looked for once more, and then it is told that it is not there."""
    with cluster.connect() as connection:
        connection.execute("create database short_lived")
        drop = at_query(5, lambda: connection.execute("drop database short_lived with (force)"))
        watched = watch(cluster.url("short_lived"), tmp_path, observer=drop)
    assert watched.outcome.exit_code is ExitCode.CONNECTION
    assert watched.attempts == 2
    assert 'database "short_lived" does not exist' in told_by(watched.outcome, capsys)
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
    assert "timeout expired" in told_by(watched.outcome, capsys)
    faults["silent"] += 1


def test_a_dead_network_is_noticed(cluster: Cluster) -> None:
    """TCP itself is told to give up a peer that has vanished within about a minute, unless the user says otherwise."""
    with proxy_before(cluster.url()) as proxy:
        found = connection_parameters(ConnectionTarget(url=proxy.url()), Vault())
        assert (found["keepalives_idle"], found["keepalives_interval"], found["keepalives_count"]) == (30, 10, 3)
        assert found["tcp_user_timeout"] == 60_000
        psycopg.connect(**found).close()
        found = connection_parameters(ConnectionTarget(url=proxy.url(keepalives_idle="7")), Vault())
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
    message = assert_final(watch(url, tmp_path), ExitCode.CONNECTION, capsys)
    assert cause in message
    assert remedy in message
    faults["final"] += 1


def test_tls_where_there_is_none(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], faults: Counter[str]
) -> None:
    """sslmode=require at a server without SSL fails at once."""
    with proxy_before(cluster.url()) as proxy:
        message = assert_final(watch(proxy.url(sslmode="require"), tmp_path), ExitCode.CONNECTION, capsys)
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
    message = assert_final(watched, ExitCode.CONNECTION, capsys)
    assert "Connection refused" in message
    assert "password authentication failed" in message
    assert "check the user and the password" in message
    faults["final"] += 1


def test_the_library_says_which_fault(cluster: Cluster) -> None:
    """The library's errors carry whether another try may help."""
    with pytest.raises(ConnectionFailedError) as raised:
        datalchemy.introspect(cluster.url("absent"))
    assert not raised.value.transient
