"""Tables and lists of facts as plain lines that fit the terminal, or 80 columns."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from datalchemy.cli.terminal import printable

_GAP = "  "
_NARROWEST = 10
_CUT = "..."


def table(
    rows: Sequence[Sequence[str]], *, optional: Sequence[int] = (), flexible: Sequence[int] = ()
) -> Iterator[str]:
    """Yield the lines of a table; the first row is its head.

    Args:
        rows: the cells; they may come from a database, and are made printable here.
        optional: the columns that are left out, in this order, while the lines are too long.
        flexible: the columns that are cut, in this order, where the lines are still too long.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = {column: max(len(row[column]) for row in cells) for column in range(len(cells[0]))}
    excess = sum(widths.values()) + len(_GAP) * (len(widths) - 1) - _columns()
    for column in optional:
        if excess > 0:
            excess -= widths.pop(column) + len(_GAP)
    for column in flexible:
        cut = min(max(excess, 0), max(widths[column] - _NARROWEST, 0))
        widths[column] -= cut
        excess -= cut
    for row in cells:
        yield _GAP.join(_fitted(row[column], width) for column, width in widths.items()).rstrip()


def facts(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each label and its value; a long value goes on below itself, and no word of it is cut."""
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        head = label.ljust(width) + _GAP
        yield textwrap.fill(
            printable(value),
            width=_columns(),
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _columns() -> int:
    """Return the width of the terminal; of anything else, what COLUMNS says, or 80."""
    return shutil.get_terminal_size().columns


def _fitted(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - len(_CUT)] + _CUT
