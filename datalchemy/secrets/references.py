"""References: texts that say where a secret comes from and are themselves none."""

import re

MASK = "***"
"""The text that replaces a secret."""

REFERENCE = re.compile(
    r"<(?:env:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)(?:\|(?P<default>[^<>]*))?|file:(?P<file>[^<>|]+))>"
)
"""`<env:NAME>`, `<env:NAME|default>` or `<file:PATH>`: a value that is looked up when the connection is made."""

HIDING_PLACE = "DATALCHEMY_SECRET_"
"""How the environment variables begin in which this process put away secrets that arrived in clear."""

_FIRST = 0xE000
_COUNT = 0x1900
PLACE = re.compile("[\ue000-\uf8ff]")
"""The characters that replace references in the text of Placeholders."""


def is_reference(text: str) -> bool:
    """Return whether `text` consists of references only."""
    return bool(text) and not REFERENCE.sub("", text)


def mask_secret(text: str) -> str:
    """Return how a secret is shown: the references that its user wrote, without defaults, or `***`; empty stays so."""
    if not text:
        return text
    return REFERENCE.sub(_without_default, text) if is_reference(text) else MASK


def _without_default(reference: re.Match[str]) -> str:
    if (reference["variable"] or "").startswith(HIDING_PLACE):
        return MASK  # it means nothing to anybody else
    return f"<env:{reference['variable']}|{MASK}>" if reference["default"] else reference[0]


class Placeholders:
    """A text in which one private-use character replaces each reference, so that they do not disturb parsing.

    Args:
        text: the original.
        references: what counts as one.

    Attributes:
        text: the text to parse.
        ambiguous: the original held private-use characters itself, so that `text` proves nothing.
    """

    def __init__(self, text: str, references: re.Pattern[str] = REFERENCE) -> None:
        self._references: list[str] = []
        self.text = references.sub(self._put, text)
        self.ambiguous = len(self._references) > _COUNT or PLACE.search(text) is not None

    def _put(self, reference: re.Match[str]) -> str:
        self._references.append(reference[0])
        return chr(_FIRST + (len(self._references) - 1) % _COUNT)

    def back(self, text: str) -> str:
        """Return `text` with its references put back."""
        for number, reference in enumerate(self._references):
            text = text.replace(chr(_FIRST + number % _COUNT), reference)
        return text

    def secret(self, text: str) -> str:
        """Return how to show `text`, which is in the place of a secret."""
        return mask_secret(self.back(text))
