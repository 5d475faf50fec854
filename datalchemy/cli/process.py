"""The process: for every error the user sees one message without a secret, and the right exit code."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO, cast

from datalchemy.cli.terminal import complain, tell, verbosity
from datalchemy.deadline import LEFT_BEHIND
from datalchemy.errors import DatalchemyError, ExitCode, InternalError
from datalchemy.secrets.process import ScrubbedStream, process_vault
from datalchemy.text import shown

_WORKERS_END_SECONDS = 3.0
_ECHO_SECONDS = 1.5


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived. Code that cleans up on Ctrl-C cleans up on this, too."""

    exit_code = ExitCode.TERMINATED


class _EnduringStream:
    """A stream of this process's that may be full, or whose reader may go: from then on, what is written is lost.

    Attributes:
        error: why it cannot be written; None while it can.
        holds_result: whether what is written is what the command was asked for.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None
        self.holds_result = False

    def expect_result(self) -> None:
        """Make it count from now on that nothing which is written is lost."""
        self.holds_result = True

    def write(self, text: str) -> int:
        """Write `text`, as long as that is possible."""
        with self._enduring():
            self._stream.write(text)
        return len(text)

    def write_bytes(self, data: bytes) -> None:
        """Write bytes as they are, as long as that is possible."""
        with self._enduring():
            self._stream.flush()
            self._stream.buffer.write(data)

    def flush(self) -> None:
        """Flush the stream, as long as that is possible."""
        with self._enduring():
            self._stream.flush()

    @contextmanager
    def _enduring(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = error
            with suppress(OSError, ValueError):  # what is in its buffer goes nowhere, too
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def run_guarded(action: Callable[[], int], *, must_print: bool = False) -> int:
    """Run `action` and return the exit code; print every error on stderr, once, scrubbed.

    Args:
        action: returns an exit code.
        must_print: whether the action has failed where its output is lost; a run has other results, unless it prints
            one (see `expect_result`).
    """
    prepare_process()
    try:
        code = action()
    except SystemExit as leaving:
        code = _code_of(leaving)
    except DatalchemyError as error:
        tell(error)
        trace(error)
        code = error.exit_code
    except Terminated as stopped:
        complain("terminated" + _folders(stopped))
        code = ExitCode.TERMINATED
    except KeyboardInterrupt as stopped:
        complain("interrupted" + _folders(stopped))
        code = ExitCode.INTERRUPTED
    except BaseException as fault:  # noqa: BLE001  # the last resort: nothing passes unscrubbed
        code = _internal(fault)
    lost = _lost_output()
    if lost is not None:
        complain(f"the output cannot be written: {lost.strerror}")
        is_result = must_print or getattr(sys.stdout, "holds_result", False)
        code = code or (ExitCode.INTERNAL if is_result else ExitCode.OK)
    _leave_threads(code)
    return int(code)


def reporting(words: Sequence[str], name: str | None = None) -> AbstractContextManager[None]:
    """Return a context that prints what ends its block as a JSON document, where `--json` is one of the words.

    Args:
        words: the command line.
        name: what the user calls the database, where the command line says it.
    """
    if "--json" not in words:
        return nullcontext()
    from datalchemy.cli import result

    return result.reporting(name)


def _lost_output() -> OSError | None:
    """Return why stdout could not be written; None where it was, or where its reader has gone, as `head` does."""
    sys.stdout.flush()
    error = getattr(sys.stdout, "error", None)
    return error if isinstance(error, OSError) and not isinstance(error, BrokenPipeError) else None


def _leave_threads(code: int) -> None:
    """End the process at once where a thread was left behind: the libraries' last clean-up would crash it."""
    if any(thread.name == LEFT_BEHIND for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def prepare_process() -> None:
    """Handle the signals that end a process like Ctrl-C, and scrub what is printed. A second call changes nothing.

    Files made after this call, also by libraries, are writable only by their owner.
    """
    os.umask(os.umask(0o077) | 0o022)
    with suppress(ValueError):  # not in the main thread: whoever embeds us handles signals
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _terminate)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before the start: its descriptor must not become another file's
            stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # it is kept open
        if isinstance(stream, ScrubbedStream):
            continue
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal's encoding lacks is no fault
        setattr(sys, name, cast(TextIO, ScrubbedStream(cast(TextIO, _EnduringStream(stream)))))


_asked_at: list[float] = []


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_new_request():
        _stop_workers(number)
        raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    if _is_new_request():
        _stop_workers(number)
        raise Terminated


def _is_new_request() -> bool:
    """Return whether a signal is no echo: `timeout` and our own parent signal a process, then its group."""
    now = time.monotonic()
    if _asked_at and now - _asked_at[-1] < _ECHO_SECONDS:
        return False
    _asked_at.append(now)
    return True


def _stop_workers(number: int) -> None:
    """Send a sweep's worker processes the signal, and wait: a launcher would kill them before they mark their runs."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None:
        return
    workers = multiprocessing.active_children()
    for worker in workers:
        with suppress(OSError, TypeError):  # it has ended, or not begun
            os.kill(worker.pid, number)
    deadline = time.monotonic() + _WORKERS_END_SECONDS
    for worker in workers:
        worker.join(max(0.0, deadline - time.monotonic()))


def _folders(stopped: KeyboardInterrupt) -> str:
    """Return a line for the folder of each run that was stopped."""
    noted: list[str] = getattr(stopped, "__notes__", [])
    if not noted:
        return ""
    from datalchemy.cli.summary import relative

    return "".join(f"\nrun: {relative(Path(folder))}" for folder in noted)


def _code_of(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    complain(str(leaving.code))
    return ExitCode.USAGE


def _internal(fault: BaseException) -> int:
    tell(fault_of_ours(fault))
    trace(fault)
    return ExitCode.INTERNAL


def fault_of_ours(fault: BaseException) -> InternalError:
    """Return the error that says what broke, and where to report it."""
    text = " ".join(shown(str(fault), process_vault().scrub).split())
    kind = type(fault).__name__
    return InternalError(
        f"{kind}: {text}" if text else kind,
        remedy="run it again with -v, and report what it prints together with `datalchemy version`",
    )


def trace(fault: BaseException) -> None:
    """With -v, print where `fault` came from, scrubbed and without the values of variables."""
    if verbosity() > 0:
        print(process_vault().scrub("".join(traceback.format_exception(fault))), end="", file=sys.stderr)  # noqa: T201
