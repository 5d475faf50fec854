"""Text for people: what is safe to show, and the form of an error."""

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from datalchemy.errors import DatalchemyError, ExitCode
from datalchemy.secrets.process import ScrubbedStream, process_vault
from datalchemy.text import escape_controls, shown

_LEVELS = {"quiet": -1, "verbose": 1}
_LONGEST = 1000
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
    if isinstance(sys.stdout, ScrubbedStream):
        sys.stdout.write_data(text)
    else:
        sys.stdout.write(text)


def complain(cause: str, *, remedy: str | None = None) -> None:
    """Print on stderr what is wrong, and what to do about it.

    Args:
        cause: one line, or a heading and its findings, one a line.
        remedy: one line, or None.
    """
    first, *rest = shown(cause, process_vault().scrub).strip().splitlines() or ["unknown"]
    lines = [f"datalchemy: error: {printable(first)}", *(f"  {printable(line.strip())}" for line in rest)]
    if remedy:
        lines.append(f"  remedy: {printable(remedy)}")
    print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201  # errors are printed here


def tell(error: DatalchemyError, *, about: str | None = None) -> None:
    """Print an error on stderr; `about` names the run that it belongs to."""
    kind = "internal error: " if error.exit_code == ExitCode.INTERNAL else ""
    complain(f"{about}: {kind}{error.message}" if about else f"{kind}{error.message}", remedy=error.remedy)


def note(text: str) -> None:
    """Print a note on stderr, unless the run is quiet."""
    if verbosity() >= 0:
        print(f"datalchemy: note: {printable(text)}", file=sys.stderr, flush=True)  # noqa: T201  # notes are printed here


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
