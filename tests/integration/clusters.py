"""Servers of a test's own: to be stopped, crashed, filled up, followed by a standby, or put behind a pooler."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from datalchemy.environment import child_environment
from datalchemy.provision import local
from datalchemy.provision.base import PORT, unscrubbed, until
from datalchemy.provision.embedded import embedded_installation
from datalchemy.provision.stale_servers import private_directory

_SECONDS = 30.0


@dataclass
class Cluster:
    """A server that can be stopped, and started again on the same data; its superuser is `postgres`, and trusted."""

    directory: Path
    bin_dir: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    def url(self, dbname: str = "postgres", *, user: str = "postgres") -> str:
        """Return how to reach a database of this server."""
        return f"postgresql://{user}@/{quote(dbname)}?host={quote(str(self.directory / 's'))}&port={PORT}"

    def connect(self, dbname: str = "postgres", *, user: str = "postgres") -> psycopg.Connection:
        """Return an autocommit connection."""
        return psycopg.connect(self.url(dbname, user=user), autocommit=True)

    def start(self, *, wait: bool = True) -> None:
        """Start the server; return when it answers, or at once."""
        log = self.directory / "server.log"
        with log.open("ab") as output:
            account = local._account()
            self.process = local._start(
                self.bin_dir, self.directory, account, {**local.SETTINGS, **self.settings}, output
            )
        if wait:
            local._wait_until_ready(self.process, self.directory, log, unscrubbed)

    def stop(self, number: int = signal.SIGINT, *, wait: bool = True) -> None:
        """Ask the server to stop: SIGINT at once, SIGTERM when its clients have gone, SIGQUIT without a checkpoint."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            if wait:
                self.process.wait(_SECONDS)


def _prepared(directory: Path, settings: Mapping[str, str]) -> Cluster:
    bin_dir = local._reachable(embedded_installation(), directory, local._account())
    return Cluster(directory, bin_dir, settings)


@contextmanager
def new_cluster(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Run a server on new data until the block ends."""
    with private_directory() as directory:
        cluster = _prepared(directory, settings or {})
        local._initdb(cluster.bin_dir, directory, local._account(), unscrubbed)
        with _running(cluster):
            yield cluster


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Cluster]:
    """Run a hot standby that follows `primary`, made by pg_basebackup, until the block ends."""
    with private_directory() as directory:
        standby = _prepared(directory, primary.settings)
        source = f"host={primary.directory / 's'} port={PORT} user=postgres"
        backup = [str(standby.bin_dir / "pg_basebackup"), "-d", source, "-D", str(standby.data)]
        done = local._run([*backup, "-R", "-X", "stream", "-c", "fast", "--no-sync"], directory, local._account())
        assert done.returncode == 0, done.stderr
        with _running(standby):
            yield standby


def wait_for_replay(primary: Cluster, standby: Cluster) -> None:
    """Return when the standby has replayed all that the primary has written so far."""
    with primary.connect() as up, standby.connect() as down:
        # What is not flushed is not sent, and nothing is waited for where commits are asynchronous.
        up.execute("set synchronous_commit = on")
        up.execute("select pg_current_xact_id()")
        (written,) = up.execute("select pg_current_wal_insert_lsn()").fetchone() or (None,)

        def replayed() -> bool:
            row = down.execute("select pg_last_wal_replay_lsn() >= %s::pg_lsn", [written]).fetchone()
            return bool(row and row[0])

        assert until(replayed, deadline_seconds=_SECONDS, clock=time.monotonic), "the standby does not follow"


@contextmanager
def pooler_before(cluster: Cluster, *users: str) -> Iterator[Cluster]:
    """Run pgbouncer, pooling transactions over one server connection, until the block ends; yield what connects to it.

    `users` may log in, besides postgres.
    """
    program = pooler_program()
    assert program is not None, "pgbouncer is not installed"
    account = local._account()
    with private_directory() as directory:
        directory.chmod(0o711)
        folder = directory / "s"
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account["user"], account["group"])
        (folder / "users.txt").write_text("".join(f'"{user}" ""\n' for user in ("postgres", *users)))
        config = folder / "pgbouncer.ini"
        config.write_text(
            f"""
            [databases]
            * = host={cluster.directory / "s"} port={PORT}
            [pgbouncer]
            listen_addr =
            listen_port = {PORT}
            unix_socket_dir = {folder}
            auth_type = trust
            auth_file = {folder / "users.txt"}
            admin_users = postgres
            pool_mode = transaction
            default_pool_size = 1
            """.replace("    ", "")
        )
        for path in (config, folder / "users.txt"):
            path.chmod(0o644)
        log = directory / "pooler.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, str(config)],
                env=child_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account,
            )
        try:
            socket = folder / f".s.PGSQL.{PORT}"
            assert until(socket.exists, deadline_seconds=_SECONDS, clock=time.monotonic), log.read_text()
            yield Cluster(directory, Path(program).parent, {})
        finally:
            process.kill()
            process.wait()


def pooler_program() -> str | None:
    """Return the path of pgbouncer, or None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def _running(cluster: Cluster) -> Iterator[None]:
    cluster.start()
    try:
        yield
    finally:
        if cluster.process is not None:
            with suppress(ProcessLookupError):
                local._stop(cluster.process)
