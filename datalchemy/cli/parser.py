"""The parser of the verbs' arguments."""

import argparse
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from datalchemy.errors import ConfigurationError

_AGE = re.compile(r"([0-9]{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Parser(argparse.ArgumentParser):
    """Raises what argparse would print; never repeats a value, which may be a secret."""

    def error(self, message: str) -> NoReturn:
        """Raise ConfigurationError."""
        option = message.partition("ignored explicit argument")[0]
        message = message if option == message else f"{option}takes no value"
        raise ConfigurationError(
            f"{self.prog.removeprefix('datalchemy ')}: {message}", remedy=f"see {self.prog} --help"
        )


def path(text: str) -> Path:
    """Return the path that `text` names.

    An empty text is refused, which would be the current directory, and a URL: its password would show.
    """
    if not text:
        raise argparse.ArgumentTypeError("a path is expected, and not an empty text")
    if "://" in text:
        raise argparse.ArgumentTypeError("a path is expected, not a URL")
    return Path(text)


def count(text: str) -> int:
    """Return the number, from 0, that `text` names."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError("a number is expected, such as 20")
    return int(text)


def age(text: str) -> timedelta:
    """Return the time that `30d`, `12h` or `5m` names."""
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("an age is expected, such as 30d, 12h or 5m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str) -> datetime:
    """Return the moment of a date, in UTC unless it names its zone, or of so long ago: `2d`, `12h`."""
    try:
        found = datetime.now(UTC) - age(text) if _AGE.fullmatch(text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            "a date is expected, such as 2026-01-31 or 2026-01-31T12:00, or an age, such as 2d or 12h"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
