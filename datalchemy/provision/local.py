"""One PostgreSQL server on this machine, from a directory of programs: initdb, start, stop.

The data lives as long as the process that asked for it, so nothing is flushed to disk. There is no TCP: only
a Unix socket in a directory that no other user can enter, which is why trust authentication is enough.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict
from urllib.parse import quote

from datalchemy.environment import child_environment
from datalchemy.errors import ProvisionError
from datalchemy.events import Events
from datalchemy.provision.base import (
    PORT,
    START_DEADLINE_SECONDS,
    THROWAWAY_SETTINGS,
    last_lines,
    option_arguments,
    server_version,
    unscrubbed,
    until,
)
from datalchemy.provision.stale_servers import private_directory, sweep
from datalchemy.text import shown

STOP_DEADLINE_SECONDS = 10.0

SETTINGS: Mapping[str, str] = {**THROWAWAY_SETTINGS, "listen_addresses": "", "port": str(PORT)}


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where a PostgreSQL is installed.

    Attributes:
        root: the directory that everything below is relative to.
        programs: the directory of initdb and postgres, below root.
        parts: what must be copied along, below root, when another user has to run it.
    """

    root: Path
    programs: str
    parts: tuple[str, ...]

    @property
    def bin(self) -> Path:
        """The directory of the programs."""
        return self.root / self.programs


@dataclass(frozen=True)
class LocalServer:
    """A server that runs now; `socket_dir` is where it listens."""

    socket_dir: Path
    server_version: str
    locale: str

    def url(self, dbname: str = "postgres") -> str:
        """Return how to reach a database of this server, as its superuser."""
        return f"postgresql://postgres@/{quote(dbname, safe='')}?host={quote(str(self.socket_dir))}&port={PORT}"


_RUNNING: set[subprocess.Popen[bytes]] = set()


def stop_local_servers() -> None:
    """Stop the embedded servers of this process at once, from any thread; the threads that run them then clean up."""
    for process in tuple(_RUNNING):
        process.send_signal(signal.SIGQUIT)


class _Account(TypedDict, total=False):
    """Popen's arguments for the account that the server runs as; empty for our own."""

    user: int
    group: int
    extra_groups: list[int]


@contextmanager
def local_server(
    installation: Installation,
    *,
    events: Events,
    scrub: Callable[[str], str] = unscrubbed,
    settings: Mapping[str, str] | None = None,
) -> Iterator[LocalServer]:
    """Run a new server until the block ends, then stop it and remove its data.

    PostgreSQL refuses to run as root; for root it is run as `nobody`, from a copy of the programs when that
    account cannot reach them: no account is made and no permission of an existing directory is changed.

    Args:
        installation: the programs.
        events: receives what was removed after an earlier, killed process.
        scrub: masks secrets in the server's output.
        settings: server settings that replace SETTINGS.

    Raises:
        ProvisionError: initdb or the server failed; the message holds the end of its output.
    """
    sweep(events)
    with private_directory() as directory:
        account = _account()
        bin_dir = _reachable(installation, directory, account)
        locale = _initdb(bin_dir, directory, account, scrub)
        log = directory / "server.log"
        log.touch(mode=0o600)
        with log.open("wb") as output:
            process = _start(bin_dir, directory, account, {**SETTINGS, **(settings or {})}, output)
            _RUNNING.add(process)
            try:
                version = _wait_until_ready(process, directory, log, scrub)
                yield LocalServer(directory / "s", version, locale)
            finally:
                _RUNNING.discard(process)
                _stop(process)


def _account() -> _Account:
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ProvisionError(
            "PostgreSQL does not run as root, and there is no account `nobody` to run it as",
            remedy="run as an ordinary user",
        ) from error
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _reachable(installation: Installation, directory: Path, account: _Account) -> Path:
    """Make the server's directories, and return programs that its account can run."""
    for name in ("data", "s"):
        (directory / name).mkdir(mode=0o700)
    if not account:
        return installation.bin
    directory.chmod(0o711)
    for name in ("data", "s"):
        os.chown(directory / name, account["user"], account["group"])
    try:
        found = _run([str(installation.bin / "postgres"), "--version"], directory, account)
    except (PermissionError, FileNotFoundError):
        found = None
    if found is not None and found.returncode == 0:
        return installation.bin
    copy = directory / "programs"
    for part in installation.parts:
        if (installation.root / part).is_dir():
            shutil.copytree(installation.root / part, copy / part, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / installation.programs


def _initdb(bin_dir: Path, directory: Path, account: _Account, scrub: Callable[[str], str]) -> str:
    """Make the cluster with the locale C.UTF-8, or C where the system has no such locale; return which."""
    command = [str(bin_dir / "initdb"), "-D", str(directory / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    done = None
    for locale in ("C.UTF-8", "C"):
        try:
            done = _run([*command, "--no-sync", f"--locale={locale}", "--lc-messages=C"], directory, account)
        except OSError as error:
            raise ProvisionError(f"initdb could not be run: {shown(str(error), scrub)}") from error
        if done.returncode == 0:
            return locale
        if "locale" not in done.stderr:
            break
    said = done.stderr.strip() if done else ""
    raise ProvisionError(
        f"initdb failed: {last_lines(said, scrub)}",
        remedy="check the space and permissions in the temporary directory, or set TMPDIR to another one",
    )


def _run(command: list[str], directory: Path, account: _Account) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # programs of the installation that the caller names
        command,
        cwd=directory,
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **account,
    )


def _start(
    bin_dir: Path, directory: Path, account: _Account, settings: Mapping[str, str], output: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # as above
        [
            str(bin_dir / "postgres"),
            "-D",
            str(directory / "data"),
            "-k",
            str(directory / "s"),
            *option_arguments(settings),
        ],
        cwd=directory,
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C on the terminal is for us: we stop the server when we are done with it
        **account,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], directory: Path, log: Path, scrub: Callable[[str], str]) -> str:
    def ready() -> bool:
        if process.poll() is not None:
            raise ProvisionError(f"the server did not start: {last_lines(log.read_text(errors='replace'), scrub)}")
        return _status(directory / "data") == "ready"

    if not until(ready, deadline_seconds=START_DEADLINE_SECONDS, clock=time.monotonic):
        raise ProvisionError(
            f"the server was not ready within {START_DEADLINE_SECONDS:g} seconds: "
            f"{last_lines(log.read_text(errors='replace'), scrub)}"
        )
    return server_version(LocalServer(directory / "s", "", "").url())


def _status(data: Path) -> str:
    """Return the postmaster's status: the eighth line of its pid file (since PostgreSQL 10)."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()[7].strip()
    except (OSError, IndexError):
        return ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop at once, without a last checkpoint: the data is about to be removed."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_DEADLINE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
