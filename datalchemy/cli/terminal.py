"""Text for people: what is safe to show, and the form of an error."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from datalchemy.errors import DatalchemyError, ExitCode
from datalchemy.secrets.process import ScrubbedStream, process_vault
from datalchemy.text import escape_controls, shown

_LEVELS = {"quiet": -1, "verbose": 1}
_LONGEST = 1000
_RED, _DIM, _PLAIN = "\x1b[1;31m", "\x1b[2m", "\x1b[0m"
_USUAL_COLUMNS = 80
_NARROWEST = 20
VERBOSITY_VARIABLE = "DATALCHEMY_VERBOSITY"
VISIBLE_TO_OTHERS = (
    "a password on the command line can be seen in `ps` and in the shell's history; an environment variable,"
    " PGPASSWORD or ~/.pgpass cannot"
)


def verbosity() -> int:
    """Return -1 for quiet, 0, or 1 for verbose; a sweep's workers see their parent's."""
    return _LEVELS.get(os.environ.get(VERBOSITY_VARIABLE, ""), 0)


def set_verbosity(*, verbose: bool, quiet: bool) -> None:
    """Set the verbosity of this process and its children; with neither flag the environment decides."""
    if verbose or quiet:
        os.environ[VERBOSITY_VARIABLE] = "verbose" if verbose else "quiet"


def printable(text: str) -> str:
    """Return `text` on one line, scrubbed, with control characters and escape sequences made visible.

    Names and messages come from a database: they may hold anything that a terminal would obey.
    """
    return escape_controls(" ".join(shown(text, process_vault().scrub, limit=_LONGEST).split("\n")))


def show_data(text: str) -> None:
    """Write data of many lines (SQL) to stdout unchanged, except for known secrets.

    On a terminal, control characters and escape sequences are made visible.
    """
    if sys.stdout.isatty():
        text = process_vault().scrub_exact(text)
        text = "\n".join(map(escape_controls, text.split("\n")))
    _write_data(text)


def print_json(value: Any) -> None:
    """Write one JSON document to stdout, its texts without secrets.

    A terminal gets pure ASCII, which it cannot obey, and so does a stream that is not in UTF-8.
    """
    scrubbed = process_vault().scrub_value(value)
    plain = sys.stdout.isatty() or (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    expect_result()
    # The stream would search the text again, where a mask could take a quotation mark with it.
    _write_data(json.dumps(scrubbed, indent=2, ensure_ascii=plain) + "\n")


def write_artefact(data: bytes) -> None:
    """Write a file of a run to stdout as it is: it was searched for secrets when it was made.

    On a terminal, what that would obey is made visible.
    """
    expect_result()
    if sys.stdout.isatty():
        show_data(data.decode("utf-8", "backslashreplace"))
    else:
        sys.stdout.write_bytes(data)  # type: ignore[union-attr]  # `prepare_process` has put it there


def expect_result() -> None:
    """Make the process fail where stdout, which gets what the command was asked for, is lost."""
    getattr(sys.stdout, "expect_result", lambda: None)()


def _write_data(text: str) -> None:
    if isinstance(sys.stdout, ScrubbedStream):
        sys.stdout.write_data(text)
    else:
        sys.stdout.write(text)


def complain(cause: str, *, remedy: str | None = None) -> None:
    """Print on stderr what is wrong, and what to do about it; on a terminal in colours, and wrapped between words.

    Args:
        cause: one line, or a heading and its findings, one a line.
        remedy: one line, or None.
    """
    first, *rest = shown(cause, process_vault().scrub).strip().splitlines() or ["unknown"]
    lines = [_wrapped(f"datalchemy: error: {printable(first)}", 4)]
    lines += [_wrapped(f"  {printable(line.strip())}", 4) for line in rest]
    if remedy:
        lines.append(_wrapped(f"  hint: {printable(remedy)}", len("  hint: ")))
    if _is_coloured():
        lines[0] = lines[0].replace("error:", f"{_RED}error:{_PLAIN}", 1)
        if remedy:
            lines[-1] = f"{_DIM}{lines[-1]}{_PLAIN}"
    print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201  # errors are printed here


def _is_coloured() -> bool:
    """Return whether stderr takes colours: NO_COLOR forbids them, FORCE_COLOR or a terminal allows them."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stderr.isatty() and os.environ.get("TERM") != "dumb")


def _wrapped(line: str, indent: int) -> str:
    """Return a line for stderr: on a terminal wrapped between words, and indented from its second line on."""
    if not sys.stderr.isatty():
        return line
    return textwrap.fill(
        line,
        width=max(_columns(), _NARROWEST),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _columns() -> int:
    """Return the width of stderr's terminal, which COLUMNS overrules."""
    with suppress(OSError, ValueError):
        if not os.environ.get("COLUMNS", "").isdigit():
            return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    return shutil.get_terminal_size().columns


def tell(error: DatalchemyError, *, about: str | None = None) -> None:
    """Print an error on stderr; `about` names the run that it belongs to."""
    kind = "internal error: " if error.exit_code == ExitCode.INTERNAL else ""
    complain(f"{about}: {kind}{error.message}" if about else f"{kind}{error.message}", remedy=error.remedy)


def note(text: str) -> None:
    """Print a note on stderr, unless the run is quiet."""
    if verbosity() >= 0:
        print(_wrapped(f"datalchemy: note: {printable(text)}", 4), file=sys.stderr, flush=True)  # noqa: T201  # notes are printed here


def shown_flag(word: str) -> str:
    """Return an option without its value, so that it may be shown: `--password` of `--password=x`, `-p` of `-px`."""
    name = word.partition("=")[0]
    return name if name.startswith("--") else name[:2]


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that `word` was probably meant to be, or None."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean 'x'?`, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""
