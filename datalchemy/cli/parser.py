"""The parser of the verbs' arguments."""

import argparse
from pathlib import Path
from typing import NoReturn

from datalchemy.errors import ConfigurationError


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
    """Return the path that `text` names. A URL is refused: its password would show where paths are shown."""
    if "://" in text:
        raise argparse.ArgumentTypeError("a path is expected, not a URL")
    return Path(text)
