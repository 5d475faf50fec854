"""The secrets that this process met, and how they are kept off its screen and out of its configuration.

A secret that arrives in clear goes to the process's vault and into an environment variable of its own; what stays in
its place is a reference to that variable. Child processes inherit the environment, so a sweep's workers can resolve it.
"""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

from datalchemy.secrets.references import HIDING_PLACE
from datalchemy.secrets.vault import Vault

_KEPT = "DATALCHEMY_KEPT_"
_NO_SECRET = re.compile(
    r"\$\{(?:oc\.env:\s*[A-Za-z_]\w*(?:,\s*null)?|secret:file,[^{},'\"]+)\}|(?<=: )null$", re.MULTILINE
)


@lru_cache(maxsize=1)
def process_vault() -> Vault:
    """Return this process's vault; it knows at once what a parent process hid."""
    vault = Vault()
    for value in _hidden().values():
        vault.remember(value)
    return vault


def _hidden() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(HIDING_PLACE)}


def hide(secret: str) -> str:
    """Store `secret` and return a reference to it; the same secret has the same reference."""
    process_vault().remember(secret)
    hidden = _hidden()
    for name, value in hidden.items():
        if value == secret:
            return f"<env:{name}>"
    name = next(candidate for candidate in _names() if candidate not in hidden)
    os.environ[name] = secret
    return f"<env:{name}>"


def _names() -> Iterable[str]:
    number = 0
    while True:
        number += 1
        yield f"{HIDING_PLACE}{number}"


def scrubbed(text: str) -> str:
    """Return `text` without secrets; what only names where one comes from, or says that there is none, stays."""
    kept: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"<env:{_KEPT}{len(kept)}>"

    masked = process_vault().scrub(_NO_SECRET.sub(put_away, text))
    for number, interpolation in reversed(list(enumerate(kept, start=1))):
        masked = masked.replace(f"<env:{_KEPT}{number}>", interpolation)
    return masked


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
