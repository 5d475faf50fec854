"""The secrets that this process met, and how they are kept off its screen."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

from datalchemy.secrets.patterns import mask_around
from datalchemy.secrets.references import HARMLESS_INTERPOLATION
from datalchemy.secrets.vault import Vault

_NO_SECRET = re.compile(rf"{HARMLESS_INTERPOLATION}|(?<=: )null$", re.MULTILINE)


@lru_cache(maxsize=1)
def process_vault() -> Vault:
    """Return this process's vault."""
    return Vault()


def scrubbed(text: str) -> str:
    """Return `text` without secrets; what only names where one comes from, or says that there is none, stays."""
    return mask_around(_NO_SECRET, text, process_vault().scrub, "KEPT")


class ScrubbedStream:
    """A text stream that masks the process's secrets in whatever is written to it, whoever writes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text` without its secrets; returns the length of `text`."""
        self._stream.write(scrubbed(text))
        return len(text)

    def write_data(self, text: str) -> None:
        """Write somebody's data (SQL): only the secrets that this process knows are masked, patterns are not."""
        self._stream.write(process_vault().scrub_exact(text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
