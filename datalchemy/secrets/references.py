"""References: values that say where a secret comes from and are themselves none.

They are parsed once, where settings are made, and looked up once, just before the connection is made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, TypeAlias

MASK = "***"
"""The text that replaces a secret."""

_FIRST, _COUNT = 0xD800, 0x400
MARK = "[\ud800-\udbff]"
"""The characters that replace references in a Template's text. No UTF-8 text can hold them."""
MARKS = re.compile(f"{MARK}+")
_MARK = re.compile(MARK)
_BETWEEN = re.compile("[^\ud800-\udbff]+")
_WRITTEN = re.compile(
    r"<(?:env:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)(?:\|(?P<default>[^<>]*))?|file:(?P<file>[^<>|]+))>"
)
HARMLESS_INTERPOLATION = r"\$\{(?:oc\.env:\s*[A-Za-z_]\w*(?:,\s*null)?|secret:(?:file|env),[^{},'\"\n]+)\}"
"""The interpolations that only name where a value comes from."""
_HARMLESS = re.compile(HARMLESS_INTERPOLATION)
_INTERPOLATION = re.compile(r"\$\{\s*(?:oc\.env|secret)\s*:(?:[^${}]|\$\{[^${}]*\})*\}")
_FALLBACK = re.compile(r",\s*([^${}]+)\}\Z")
_NOTHING = (None, "", "null")
_MISSPELT = re.compile(r"<(?:env|file):")


@dataclass(frozen=True)
class FromEnv:
    """The value of an environment variable.

    Attributes:
        variable: its name.
        default: the value while it is not set; `null` means the empty text. None: it must be set.
    """

    variable: str
    default: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"<env:{self.variable}|{MASK}>" if self.default else f"<env:{self.variable}>"


@dataclass(frozen=True)
class FromFile:
    """The content of a small text file, without its last line end."""

    path: str

    def __str__(self) -> str:
        return f"<file:{self.path}>"


@dataclass(frozen=True, eq=False)
class Kept:
    """A value that the vault keeps: given in clear where no file keeps it, or looked up. It equals itself only."""

    def __str__(self) -> str:
        return MASK


@dataclass(frozen=True)
class Unresolved:
    """An interpolation, `${...}`, that is resolved when the configuration is composed."""

    text: str = field(repr=False)

    @property
    def default(self) -> str | None:
        """The fallback that it gives in clear, if it does."""
        found = None if _HARMLESS.fullmatch(self.text) else _FALLBACK.search(self.text)
        return found[1].strip().strip("'\"") if found else None

    def __str__(self) -> str:
        return self.text if _HARMLESS.fullmatch(self.text) else MASK


Reference: TypeAlias = FromEnv | FromFile | Kept | Unresolved


@dataclass(frozen=True)
class Template:
    """A text with references in it, of which any part that is not a reference is given in clear.

    Attributes:
        text: the text; each reference is one character of MARK in it, so that it can be cut like any text.
        references: the references, by the numbers of their characters.
    """

    text: str = field(repr=False)
    references: tuple[Reference, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, text: str, references: list[Reference] | None = None, *, interpolations: bool = False) -> Self:
        """Parse `<env:NAME>`, `<env:NAME|default>` and `<file:PATH>` in a text.

        Args:
            text: the text.
            references: those of a composed configuration, whose characters its texts may hold.
            interpolations: whether what is not resolved yet, `${...}`, is a reference, too.

        Raises:
            ValueError: a reference is misspelt, there are too many, or the text holds what no UTF-8 text holds.
        """
        if references is None:
            if _MARK.search(text):
                raise ValueError("a character in it is no text in UTF-8")
            references = []
        if _MISSPELT.search(_WRITTEN.sub("", text)):
            raise ValueError("a reference is misspelt: write <env:NAME>, <env:NAME|default> or <file:/path>")
        if interpolations:
            text = _INTERPOLATION.sub(lambda one: mark(Unresolved(one[0]), references), text)
        text = _WRITTEN.sub(lambda written: mark(_read(written), references), text)
        return cls(text, tuple(references))

    @property
    def is_reference(self) -> bool:
        """Whether it consists of references only."""
        return MARKS.fullmatch(self.text) is not None

    def used(self) -> tuple[Reference, ...]:
        """Return the references in the text, in their order."""
        return tuple(self._at(found) for found in _MARK.findall(self.text))

    def clear(self) -> tuple[str, ...]:
        """Return what is given in clear: the pieces between references, and the defaults of references."""
        pieces = [piece for piece in MARKS.split(self.text) if piece]
        fallbacks = [one.default for one in self.used() if isinstance(one, FromEnv | Unresolved)]
        return (*pieces, *(text for text in fallbacks if text not in _NOTHING))

    def given(self, keep: Callable[[str], Kept]) -> Self:
        """Return the same text, whose parts in clear are references to what `keep` keeps."""
        found = list(self.references)
        text = _BETWEEN.sub(lambda piece: mark(keep(piece[0]), found), self.text)
        return type(self)(text, tuple(found))

    def fill(self, value: Callable[[Reference], str]) -> str:
        """Return the text with the value of each reference in its place."""
        return _MARK.sub(lambda found: value(self._at(found[0])), self.text)

    def shown(self) -> str:
        """Return the text as it may be shown, where it may: references by their names, without defaults."""
        return self.fill(str)

    def masked(self) -> str:
        """Return how it is shown in a secret's place: the references that its user wrote, or `***`; empty stays so."""
        return self.fill(str) if self.is_reference or not self.text else MASK

    def _at(self, character: str) -> Reference:
        return self.references[ord(character) - _FIRST]


class Secret(Template):
    """A Template whose text in clear is a secret."""

    def shown(self) -> str:
        """Return how it is shown: see `masked`."""
        return self.masked()


def mark(reference: Reference, references: list[Reference]) -> str:
    """Add a reference to the others of a text or a configuration, and return the character that replaces it.

    Raises:
        ValueError: there are too many.
    """
    if len(references) == _COUNT:
        raise ValueError(f"a text holds at most {_COUNT} references")
    references.append(reference)
    return chr(_FIRST + len(references) - 1)


def _read(written: re.Match[str]) -> Reference:
    return FromFile(written["file"]) if written["file"] else FromEnv(written["variable"], written["default"])


def mask_secret(text: str) -> str:
    """Return how a text that was printed is shown in a secret's place: its references, or `***`; empty stays so."""
    try:
        return Template.parse(text).masked()
    except ValueError:
        return MASK
