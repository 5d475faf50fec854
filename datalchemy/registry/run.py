"""The registry: a folder a run, claimed by one process, with every file written as a whole."""

import os
import platform
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from datalchemy.errors import DatalchemyError, ExitCode, InternalError, RegistryError
from datalchemy.registry.files import (
    FILE_MODE,
    create_exclusively,
    json_bytes,
    make_folders,
    read_regular,
    registry_errors,
    write_atomically,
)
from datalchemy.registry.layout import CONFIG, LOGS, MANIFEST, new_id, run_id_in, run_name, time_text
from datalchemy.registry.lease import Lease
from datalchemy.registry.liveness import process_mark
from datalchemy.registry.log import RunLog, utc_now
from datalchemy.registry.manifest import Captured, Database, Manifest, RunFailure, RunStatus, describe
from datalchemy.registry.secret_scan import clean_files, lines_without_secrets
from datalchemy.secrets.vault import Json, Vault, scrub_tree
from datalchemy.text import shown

_ATTEMPTS = 100
_UNKNOWN = Database()
_EXIT_CODES = MappingProxyType(
    {
        RunStatus.SUCCEEDED: ExitCode.OK,
        RunStatus.FAILED: ExitCode.INTERNAL,
        RunStatus.INTERRUPTED: ExitCode.INTERRUPTED,
    }
)


class Registry:
    """All runs below one folder.

    Args:
        runs_dir: the folder; made when the first run starts.
        clock: returns the time, with its time zone.
        mode: that of the files, before the umask; others are never given the right to write.
    """

    def __init__(self, runs_dir: Path, *, clock: Callable[[], datetime] = utc_now, mode: int = FILE_MODE) -> None:
        self.runs_dir = runs_dir
        self._mode = mode & FILE_MODE
        self._clock = clock

    def start(
        self,
        *,
        config: Mapping[str, object],
        started_at: datetime,
        scrub: Callable[[str], str],
        database: Database = _UNKNOWN,
        run_dir: Path | None = None,
        run_id: str | None = None,
    ) -> "Run":
        """Make or claim a run's folder, take the lease, write config.json, open the log, write a manifest: `running`.

        A folder that is made has its lease before it has its name: no folder is ever without one.

        Args:
            config: the content of config.json in redacted form; the run's id and its start are put before it.
            started_at: when the run started, with its time zone.
            scrub: masks secrets in a text; all that is written passes it.
            database: which database the run is of.
            run_dir: a folder to claim: one that is empty, or made now; None makes a new one in the registry.
            run_id: the id of the run, where the folder's name holds none; None makes one.

        Raises:
            RegistryError: the folder cannot be written, is not empty, or another run has claimed it.
        """
        path, lease = self._new_folder(started_at, run_id) if run_dir is None else self._given_folder(run_dir)
        run_id = run_id_in(path.name) or run_id or new_id()
        header: dict[str, Json] = {"run_id": run_id, "started_at": time_text(started_at)}
        shown = scrub_tree({key: value for key, value in config.items() if key not in header}, scrub)
        content = header | shown if isinstance(shown, dict) else header
        try:
            self._claim(path, content)
        except BaseException:
            if lease is not None:
                lease.end(remove=not (path / CONFIG).exists())  # where it stays, the run shows as cut off
                with suppress(OSError):
                    path.rmdir()  # only where nothing is in it
            raise
        lease = lease or self._lease(path)
        log = None
        try:
            log = RunLog(path / LOGS, run_id=run_id, scrub=scrub, clock=self._clock, mode=self._mode)
            return Run(
                run_id=run_id,
                path=path,
                database=Database.model_validate(scrub_tree(database.model_dump(), scrub)),
                log=log,
                lease=lease,
                started_at=started_at,
                scrub=scrub,
                clock=self._clock,
                mode=self._mode,
            )
        except BaseException:
            if log is not None:
                log.close()
            lease.end(remove=False)
            raise

    def _new_folder(self, started_at: datetime, run_id: str | None) -> tuple[Path, Lease]:
        with registry_errors("make", self.runs_dir):
            make_folders(self.runs_dir, self._mode)
        for attempt in range(_ATTEMPTS):
            path = self.runs_dir / run_name(started_at, (run_id if attempt == 0 else None) or new_id())
            try:
                return path, self._lease(path, make=True)
            except RegistryError as error:
                if not isinstance(error.__cause__, FileExistsError):
                    raise
        raise RegistryError(f"no free name for a run in {self.runs_dir}", remedy="choose another output.runs_dir")

    def _given_folder(self, path: Path) -> tuple[Path, Lease | None]:
        """Return the folder, and its lease where it was made now."""
        with registry_errors("make", path):
            make_folders(path.parent, self._mode)
            try:
                return path, self._lease(path, make=True)
            except RegistryError as error:
                if not isinstance(error.__cause__, FileExistsError):
                    raise
            if any(path.iterdir()):
                raise _claimed(path)
        return path, None

    def _claim(self, path: Path, config: Json) -> None:
        if not create_exclusively(path / CONFIG, json_bytes(config), mode=self._mode):
            raise _claimed(path)

    def _lease(self, path: Path, *, make: bool = False) -> Lease:
        return Lease(path, mode=self._mode, mark=process_mark(os.getpid()), make=make)


def _claimed(path: Path) -> RegistryError:
    return RegistryError(
        f"{path} is not empty, or belongs to another run", remedy="give each run a new folder of its own"
    )


class Run:
    """One run's folder, from its start to its end. Another thread may end it: the first end counts.

    Attributes:
        id: the run's id.
        path: its folder.
        log: receives events (`events.Events`) and writes them to logs.ndjson.
        started_at: when it started.
    """

    def __init__(
        self,
        *,
        run_id: str,
        path: Path,
        database: Database,
        log: RunLog,
        lease: Lease,
        started_at: datetime,
        scrub: Callable[[str], str],
        clock: Callable[[], datetime],
        mode: int,
    ) -> None:
        self.id = run_id
        self.path = path
        self.log = log
        self._database = database
        self.started_at = started_at.astimezone(UTC)
        self._scrub = scrub
        self._clock = clock
        self._mode = mode
        self._lease = lease
        self._written = {CONFIG, LOGS}
        self._end: Manifest | None = None
        self._lock = threading.RLock()
        self._write_manifest(self._manifest(RunStatus.RUNNING))

    def write_artefact(self, name: str, data: bytes) -> Path:
        """Write a file of the run as a whole, in place of one that it wrote under this name before; return its path.

        Raises:
            RegistryError: it could not be written; nothing is left of it.
            InternalError: the name is not a plain one, is the registry's own, or the run has ended.
        """
        if name in {"", CONFIG, LOGS, MANIFEST} or name.startswith(".") or Path(name).name != name:
            raise InternalError(f"{name!r} cannot be the name of an artefact")
        with self._lock:
            if self._end is not None:
                raise InternalError(f"{name} was to be written after the run had ended")
            write_atomically(self.path / name, data, mode=self._mode)
            self._written.add(name)
        return self.path / name

    def read_artefact(self, name: str) -> bytes:
        """Return the content of a file of the run on disk.

        Raises:
            RegistryError: it cannot be read.
        """
        with registry_errors("read", self.path / name):
            return read_regular(self.path / name)

    def scan_for_secrets(self, vault: Vault) -> tuple[str, ...]:
        """Read every file that this run wrote and remove the known secrets that are no common text.

        Call it before `finish`; after it, nothing is looked at. The log stays open.

        Returns:
            The names of the files that held one, sorted; the caller fails the run.

        Raises:
            RegistryError: a file could not be read or rewritten.
        """
        with self._lock:
            if self._end is not None:
                return ()
            held = [LOGS] if self.log.rewrite(lambda lines: lines_without_secrets(lines, vault)) else []
            return tuple(sorted([*held, *clean_files(self.path, self._written - {LOGS}, vault, mode=self._mode)]))

    def finish(
        self,
        status: RunStatus,
        *,
        error: BaseException | None = None,
        exit_code: int | None = None,
        captured: Captured | None = None,
    ) -> Manifest:
        """Close the log, then write the manifest. A second call returns the manifest of the first.

        Args:
            status: how the run ended.
            error: why it did not succeed.
            exit_code: the exit code of the process; by default that of the error or the status.
            captured: what the run read; None where it read nothing.

        Raises:
            RegistryError: an artefact is missing, the manifest could not be written, or a run that is said to have
                succeeded has a log with lines missing (its manifest then says `failed`).
        """
        with self._lock:
            return self._end or self._finish(status, error, exit_code, captured)

    def _finish(
        self, status: RunStatus, error: BaseException | None, exit_code: int | None, captured: Captured | None
    ) -> Manifest:
        lost = self.log.failure if status is RunStatus.SUCCEEDED else None
        if lost is not None:
            status, error, exit_code = RunStatus.FAILED, lost, None
        self.log.close()
        with registry_errors("read back", self.path):
            artefacts = tuple(describe(self.path / name) for name in sorted(self._written))
        finished_at = self._clock()
        seconds = max(0.0, (finished_at - self.started_at).total_seconds())
        manifest = self._manifest(status).model_copy(
            update={
                "exit_code": int(_exit_code(status, error) if exit_code is None else exit_code),
                "error": self._failure(error),
                "finished_at": finished_at,
                "duration_seconds": round(seconds, 6),
                "captured": captured,
                "artefacts": artefacts,
            }
        )
        self._write_manifest(manifest)
        self._end = manifest
        self._lease.end(remove=True)
        if lost is not None:
            raise lost
        return manifest

    def let_go(self) -> None:
        """Leave a run that could not be ended: from now on it counts as cut off. One that has ended is not changed."""
        with self._lock:
            self._lease.end(remove=False)

    def _manifest(self, status: RunStatus) -> Manifest:
        return Manifest(
            run_id=self.id,
            database=self._database,
            status=status,
            started_at=self.started_at,
            host=platform.node(),
            pid=os.getpid(),
            process=process_mark(os.getpid()),
        )

    def _write_manifest(self, manifest: Manifest) -> None:
        write_atomically(self.path / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode(), mode=self._mode)

    def _failure(self, error: BaseException | None) -> RunFailure | None:
        if error is None:
            return None
        if isinstance(error, DatalchemyError):
            remedy = None if error.remedy is None else self._scrub(error.remedy)
            return RunFailure(code=error.code, message=shown(error.message, self._scrub), remedy=remedy)
        code = "internal" if isinstance(error, Exception) else "interrupted"
        return RunFailure(code=code, message=shown(f"{type(error).__name__}: {error}".removesuffix(": "), self._scrub))


def _exit_code(status: RunStatus, error: BaseException | None) -> ExitCode:
    if isinstance(error, DatalchemyError) and status is RunStatus.FAILED:
        return error.exit_code
    return _EXIT_CODES[status]
