"""How the verbs read their words."""

import argparse
from pathlib import Path
from typing import NoReturn

from datalchemy.errors import ConfigurationError


class Parser(argparse.ArgumentParser):
    """Raises what argparse would print; never repeats a value, which may be a secret."""

    def error(self, message: str) -> NoReturn:
        """Raise ConfigurationError."""
        told = message.partition("ignored explicit argument")[0]
        message = message if told == message else f"{told}takes no value"
        raise ConfigurationError(
            f"{self.prog.removeprefix('datalchemy ')}: {message}", remedy=f"see {self.prog} --help"
        )


def path(text: str) -> Path:
    """Return the path that a word names; a URL is none, and would show its password where paths are shown."""
    if "://" in text:
        raise argparse.ArgumentTypeError("a path is expected, not a URL")
    return Path(text)
