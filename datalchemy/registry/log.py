"""logs.ndjson: one JSON object a line, each line complete on disk when the call returns."""

import os
import threading
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from datalchemy.errors import RegistryError
from datalchemy.registry.files import (
    FILE_MODE,
    read_regular,
    registry_error,
    registry_errors,
    write_all,
    write_atomically,
)
from datalchemy.registry.layout import time_text
from datalchemy.secrets.vault import Json, scrub_tree, scrub_word

_LEVELS = ("debug", "info", "warning", "error")
_EVERYTHING = 0
_HEADER = ("timestamp", "level", "event", "run_id")
# JSON allows these inside a text, and readers that split lines at every Unicode line end do not.
_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def utc_now() -> datetime:
    """Return the time, with its time zone."""
    return datetime.now(UTC)


class _Logger(Protocol):
    def debug(self, event: str, **fields: object) -> None: ...
    def info(self, event: str, **fields: object) -> None: ...
    def warning(self, event: str, **fields: object) -> None: ...
    def error(self, event: str, **fields: object) -> None: ...


class RunLog:
    """Receives the events of one run (`events.Events`) and writes them to logs.ndjson. Safe between threads.

    A line holds timestamp (UTC), level, event and run_id, in this order, then the fields as they were given. Fields
    are scrubbed before they are rendered; keys and events that are words of ours stay. Texts of exceptions come without
    locals.

    Args:
        path: the file; it must not be there yet.
        run_id: is written on every line.
        scrub: masks secrets in a text.
        clock: returns the time, with its time zone.
        mode: that of the file, before the umask.

    Raises:
        RegistryError: the file could not be made.
    """

    def __init__(
        self,
        path: Path,
        *,
        run_id: str,
        scrub: Callable[[str], str],
        clock: Callable[[], datetime] = utc_now,
        mode: int = FILE_MODE,
    ) -> None:
        self.path = path
        self.failure: RegistryError | None = None
        self._run_id = run_id
        self._scrub = scrub
        self._clock = clock
        self._mode = mode
        self._lock = threading.RLock()
        self._descriptor: int | None = None
        with registry_errors("write", path):
            self._descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, mode)
        self._logger = _logger(self)

    def __call__(self, event: str, *, level: str = "info", **fields: Any) -> None:
        """Write one line. Once the log is closed, or was found to be unwritable, lines are dropped.

        Args:
            event: what happened, lower_snake.
            level: debug, info, warning or error; any other counts as info.
            fields: JSON values, or what `str` turns into text; `exc_info=True` or an exception adds its traceback.

        Raises:
            RegistryError: the line could not be written; raised once.
        """
        getattr(self._logger, level if level in _LEVELS else "info")(event, **fields)

    def close(self) -> None:
        """Write nothing more; the file is complete. Closing twice is closing once."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                with registry_errors("write", self.path):
                    try:
                        os.fsync(descriptor)
                    finally:
                        os.close(descriptor)

    def rewrite(self, change: Callable[[bytes], bytes]) -> bool:
        """Replace the lines written so far by `change(lines)`; return whether they differ."""
        with self._lock, registry_errors("rewrite", self.path):
            before = read_regular(self.path)
            after = change(before)
            if after == before:
                return False
            write_atomically(self.path, after, mode=self._mode)
            if self._descriptor is not None:
                old, self._descriptor = self._descriptor, os.open(self.path, os.O_WRONLY | os.O_APPEND)
                os.close(old)
            return True

    def _header_first(self, _logger: object, level: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event = fields.pop("event", None)
        header: dict[str, Json] = {
            "timestamp": time_text(self._clock()),
            "level": level,
            "event": scrub_word(str(event), self._scrub),
            "run_id": self._run_id,
        }
        scrubbed = scrub_tree(dict(fields), self._scrub)
        rest = cast("dict[str, Json]", scrubbed)
        return header | {f"{key}_" if key in _HEADER else key: value for key, value in rest.items()}

    def _write(self, line: str) -> None:
        with self._lock:
            if self._descriptor is None or self.failure is not None:
                return
            try:
                write_all(self._descriptor, f"{line.translate(_LINE_ENDS)}\n".encode("utf-8", "backslashreplace"))
            except OSError as error:
                self.failure = registry_error("write", self.path, error)
                raise self.failure from error


class _Lines:
    """Where the logger's finished lines go, whatever their level."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = write


def _logger(log: RunLog) -> _Logger:
    # Imported here: it takes longer than all the rest of this room. Nothing global is configured.
    import structlog

    logger = structlog.wrap_logger(
        _Lines(log._write),
        processors=[
            structlog.processors.format_exc_info,
            log._header_first,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_EVERYTHING),
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return cast("_Logger", logger.bind())
