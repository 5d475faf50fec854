"""The embedded server starts, is filled, and goes away, however its owner ends."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from datalchemy.deadline import Deadline
from datalchemy.errors import ConfigurationError, ProvisionError
from datalchemy.events import ignore_events
from datalchemy.provision import provisioned
from datalchemy.provision.base import load_with_psql, unscrubbed
from datalchemy.provision.embedded import embedded_installation
from datalchemy.provision.local import Installation, local_server
from tests.servers import Server

pytestmark = pytest.mark.slow

_PROJECT = Path(__file__).parents[2]

_OWNER = """
import sys
from datalchemy.provision import provisioned

with provisioned("embedded", init=["shipped:schema.sql"]) as server:
    print(server.url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def temporary_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory of the test's own, so that no other test sweeps what this one leaves behind."""
    with tempfile.TemporaryDirectory(prefix="dt-", dir="/tmp", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        monkeypatch.setenv("TMPDIR", made)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(made)


def _home(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0]).parent


def _tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert row is not None
    return int(row[0])


def _postmaster(url: str) -> int:
    return int((_home(url) / "data" / "postmaster.pid").read_text().splitlines()[0])


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _owner() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a process of its own that holds a server; yields it with the server's URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_PROJECT
    )
    with process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.communicate()  # the end of its input is its sign to leave


def test_it_starts_is_filled_and_leaves_nothing(temporary_directory: Path) -> None:
    """Inside the block the init files are loaded; after it there is no process and no file."""
    told: list[str] = []

    def listen(event: str, *, level: str = "info", **fields: Any) -> None:
        told.append(event)

    with provisioned("embedded", init=["shipped:schema.sql"], events=listen) as server:
        assert server.engine == "postgres"
        assert server.server_version.startswith("18.")
        assert _tables(server.url) > 5
        pid = _postmaster(server.url)
    assert told == ["provision_started", "provision_init_loaded", "provision_ready", "provision_stopped"]
    assert not _runs(pid)
    assert list(temporary_directory.iterdir()) == []


def test_the_database_is_utf8_with_the_locale_c(temporary_directory: Path) -> None:
    """Text sorts and folds in the same way on every machine."""
    with provisioned("embedded") as server, psycopg.connect(server.url) as connection:
        row = connection.execute(
            "select current_database(), pg_encoding_to_char(encoding), datcollate from pg_database "
            "where datname = current_database()"
        ).fetchone()
    assert row is not None
    assert row[:2] == ("demo", "UTF8")
    assert row[2] in ("C.UTF-8", "C")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_removes_it_too(temporary_directory: Path, error: type[BaseException]) -> None:
    """Ctrl-C, sys.exit and any error end the server as a normal end does."""
    pids: list[int] = []

    def fail() -> None:
        with provisioned("embedded") as server:
            pids.append(_postmaster(server.url))
            raise error

    with pytest.raises(error):
        fail()
    assert not _runs(pids[0])
    assert list(temporary_directory.iterdir()) == []


def test_it_can_be_started_again_and_beside_itself() -> None:
    """One process may have one after the other, and two at once."""
    with provisioned("embedded") as first:
        pass
    with provisioned("embedded") as second, provisioned("embedded") as third:
        assert len({first.url, second.url, third.url}) == 3
        assert _tables(second.url) == _tables(third.url) == 0


def test_it_works_outside_the_main_thread() -> None:
    """A sweep may run its jobs in threads."""
    seen: list[int] = []

    def work() -> None:
        with provisioned("embedded", init=["shipped:schema.sql"]) as server:
            seen.append(_tables(server.url))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen
    assert seen[0] > 5


def test_two_processes_do_not_disturb_each_other() -> None:
    """Processes that start servers at the same time each get their own, and sweep none that lives."""
    with _owner() as (_, one), _owner() as (_, two):
        assert one != two
        with provisioned("embedded") as three:
            assert _tables(one) == _tables(two) > 5
            assert _tables(three.url) == 0


def test_what_a_killed_process_left_behind_is_removed() -> None:
    """After SIGKILL the next start stops the orphan and removes its directory."""
    with _owner() as (process, url):
        process.send_signal(signal.SIGKILL)
        process.wait()
        pid = _postmaster(url)
        assert _runs(pid)
    told: list[dict[str, Any]] = []

    def listen(event: str, *, level: str = "info", **fields: Any) -> None:
        if event == "provision_leftover_removed":
            told.append(fields)

    with provisioned("embedded", events=listen):
        assert not _runs(pid)
        assert not _home(url).exists()
    assert told == [{"directory": str(_home(url))}]


def test_the_users_libpq_variables_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """PGPORT, PGOPTIONS and their kin belong to the user's servers."""
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "host.invalid")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with provisioned("embedded", init=["shipped:schema.sql"]) as server:
        assert server.server_version.startswith("18.")


def test_programs_in_a_private_directory_are_run(tmp_path: Path) -> None:
    """An installation below a directory that only its owner can enter works, and its permissions stay."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    installed = embedded_installation()
    (private / "root").symlink_to(installed.root)
    hidden = Installation(root=private / "root", programs=installed.programs, parts=installed.parts)
    with local_server(hidden, events=ignore_events) as server:
        assert server.server_version.startswith("18.")
    assert private.stat().st_mode & 0o777 == 0o700


def test_nobody_else_reaches_it() -> None:
    """The socket needs no password, so only its owner can enter its directory, or read what the server said."""
    with provisioned("embedded") as server:
        for name in ("s", "data", "server.log"):
            assert (_home(server.url) / name).stat().st_mode & 0o077 == 0


def test_its_programs_see_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server, which may run as another user, and the psql that fills it have the variables of the list only."""
    monkeypatch.setenv("PROD_PASSWORD", "canary")
    monkeypatch.setenv("LC_CANARY", "canary")
    (tmp_path / "i.sql").write_text(
        f"\\! env > {tmp_path}/psql\ncreate table server (line text); copy server from program 'env';\n"
    )
    with provisioned("embedded", init=[str(tmp_path / "i.sql")]) as server, psycopg.connect(server.url) as connection:
        of_server = [row[0] for row in connection.execute("select line from server").fetchall()]
    of_psql = (tmp_path / "psql").read_text().splitlines()
    for found in (of_server, of_psql):
        assert "TZ=UTC" in found
        assert not any("canary" in line or line.startswith("HOME=") for line in found)


def test_a_wrong_statement_is_named_with_file_and_line(tmp_path: Path, temporary_directory: Path) -> None:
    """An init file that does not load stops the run, says where, and leaves nothing."""
    file = tmp_path / "broken.sql"
    file.write_text("create table good (a int);\n\ncreate table bad (a nonsense);\n")
    with pytest.raises(ProvisionError, match=r"broken\.sql:3 did not load: error 42704 \(undefined object\)"):  # noqa: SIM117
        with provisioned("embedded", init=[str(file)]):
            pytest.fail("the block must not begin")
    assert list(temporary_directory.iterdir()) == []


def test_a_file_that_never_ends_loading(tmp_path: Path) -> None:
    """A run's deadline also ends the loading of an init file."""
    endless = tmp_path / "endless.sql"
    endless.write_text("select pg_sleep(3600);")
    with (
        pytest.raises(ProvisionError, match=r"endless\.sql did not load within the 3 s of the run"),
        provisioned("embedded", init=[str(endless)], deadline=Deadline.after(3)),
    ):
        pytest.fail("it was loaded")


@pytest.mark.parametrize(
    "wrong",
    [
        "insert into t values ('s3cret-canary'), ('s3cret-canary');",
        "insert into t values ('s3cret-canary'::int::text);",
        "do $$ begin raise exception 's3cret-canary' using detail = 's3cret-canary', hint = 's3cret-canary'; end $$;",
        "copy t from stdin;\ns3cret-canary\ts3cret-canary\n\\.",
        "\\copy t from s3cret-canary",
        "\\s3cret-canary",
        "create tabel s3cret-canary;",
        "do $$ begin raise notice 's3cret-canary'; perform 1/0; end $$;",
    ],
)
def test_no_value_of_an_init_file_is_repeated(wrong: str, tmp_path: Path, filling: tuple[str, str]) -> None:
    """Whatever is wrong in an init file, the error has its place and kind, and none of its words."""
    psql, url = filling
    file = tmp_path / "broken.sql"
    file.write_text(f"create temporary table t (a text primary key);\n{wrong}\n")
    with pytest.raises(ProvisionError, match=r"broken\.sql:[234] did not load") as caught:
        load_with_psql((psql, "-d", url), file, scrub=unscrubbed)
    assert "s3cret-canary" not in str(caught.value)


@pytest.fixture(scope="module")
def filling(server: Server) -> tuple[str, str]:
    """Return the psql that fills a server, and a database's URL."""
    return str(embedded_installation().bin / "psql"), server.admin_url


def test_a_missing_init_file_is_told_before_a_server_starts(tmp_path: Path, temporary_directory: Path) -> None:
    """A mistake in the settings costs no second."""
    with pytest.raises(ConfigurationError, match="no file"):  # noqa: SIM117
        with provisioned("embedded", init=[str(tmp_path / "absent.sql")]):
            pytest.fail("the block must not begin")
    assert list(temporary_directory.iterdir()) == []


def test_an_orphaned_directory_of_another_user_is_left_alone(temporary_directory: Path) -> None:
    """What is not ours is not removed."""
    if os.geteuid() != 0:  # only root can make such a directory; an ordinary user meets it with /tmp's sticky bit
        return
    foreign = temporary_directory / "datalchemy-pg-foreign1"
    foreign.mkdir()
    (foreign / "owner.lock").touch()
    os.chown(foreign, 65534, 65534)
    with provisioned("embedded"):
        assert foreign.is_dir()
