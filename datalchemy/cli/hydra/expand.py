"""From words to jobs: which runs a command line asks for."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from datalchemy.cli.hydra import config_folders, flow
from datalchemy.cli.hydra.values import Word, read, rendered
from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError

_FUNCTIONS = ("glob", "choice", "range")
_MOST_JOBS = 100_000


@dataclass(frozen=True)
class Override:
    """What one word means for one job, without a secret in clear.

    Attributes:
        mark: the mark of the word; `~` removes the key.
        key: a dotted key, or a group.
        value: of a setting: text, a list, a mapping or None; of a group: the option, or a tuple of options.
        chooses: whether the key is a group.
    """

    mark: str
    key: str
    value: Any
    chooses: bool = False

    def __str__(self) -> str:
        return f"{self.mark}{self.key}" + ("" if self.mark == "~" else f"={rendered(self.value)}")


def jobs(words: Sequence[str], *, multirun: bool) -> list[tuple[Override, ...]]:
    """Return the overrides of each job, in the order of the sweep: the last word changes fastest.

    Raises:
        ConfigurationError: a key or an option does not exist, or a value cannot be read.
    """
    alternatives: list[list[Override]] = []
    chosen: set[str] = set()
    for word in map(Word.parse, words):
        word.check(os.environ)
        if word.is_launchers and not multirun:
            raise ConfigurationError(f"{word.key} belongs to a sweep", remedy="add -m")
        if word.key == "hydra.verbose" or word.is_launchers:
            continue
        if word.is_choice(os.environ):
            if word.key in chosen:
                raise ConfigurationError(
                    f"{word.key} is chosen twice", remedy="several databases are a sweep: datalchemy -m +db=A,B"
                )
            chosen.add(word.key)
            alternatives.append(_choices(word, multirun=multirun))
        else:
            alternatives.append(_settings(word, multirun=multirun))
    if math.prod(map(len, alternatives)) > _MOST_JOBS:
        raise ConfigurationError(f"the sweep has more than {_MOST_JOBS} jobs", remedy="sweep over fewer values")
    return list(product(*alternatives))


def _settings(word: Word, *, multirun: bool) -> list[Override]:
    if word.mark == "~":
        return [Override("~", word.key, None)]
    texts = [text for each in word.texts(multirun=multirun) for text in (_several(each) if multirun else [each])]
    return [Override(word.mark, word.key, read(word.key, text)) for text in texts]


def _several(text: str) -> list[str]:
    """Return the values of `choice(...)` and `range(...)`; any other text is one value."""
    given = flow.arguments(text, "choice")
    if given is not None:
        return given
    bounds = flow.arguments(text, "range")
    return [text] if bounds is None else _range(text, bounds)


def _range(text: str, bounds: Sequence[str]) -> list[str]:
    try:
        numbers = range(*(int(bound.partition("=")[2] or bound) for bound in bounds))
    except (TypeError, ValueError):
        raise ConfigurationError(f"{text} cannot be read", remedy="write range(START, STOP[, STEP])") from None
    if not 0 < len(numbers) <= _MOST_JOBS:
        raise ConfigurationError(f"{text} has no number, or too many", remedy="write range(START, STOP[, STEP])")
    return list(map(str, numbers))


def _choices(word: Word, *, multirun: bool) -> list[Override]:
    group, text = word.key, (word.text or "").strip()
    known = config_folders.options(group, os.environ)
    if word.mark == "~":
        return [Override("~", group, None, chooses=True)]
    if not text:
        raise ConfigurationError(f"{group}: a name is missing", remedy=f"one of: {', '.join(known) or 'none'}")
    if config_folders.source(group, text, os.environ):
        return [_choice(word, text)]
    given = flow.inside(text, "[")
    if given is not None and group != "db":
        return [Override(word.mark, group, tuple(_option(group, name) for name in flow.pieces(given)), chooses=True)]
    parts = flow.pieces(text if given is None else given)
    if not multirun and (len(parts) > 1 or given is not None or text.startswith(tuple(f"{f}(" for f in _FUNCTIONS))):
        raise ConfigurationError(
            f"{group}={text} is several values", remedy=f"sweep over them: datalchemy -m {word.mark}{group}={text}"
        )
    names = [name for part in parts for name in (_several_names(group, part) if multirun else [part])]
    return [_choice(word, _option(group, name)) for name in names]


def _choice(word: Word, option: str) -> Override:
    return Override(word.mark, word.key, option, chooses=True)


def _several_names(group: str, text: str) -> list[str]:
    given = flow.arguments(text, "glob")
    if given is None:
        return _several(text)
    patterns = {"include": "*", "exclude": "[]"} | dict(
        (name, value) if equals else ("include", piece)
        for piece in given
        for name, equals, value in [piece.partition("=")]
    )
    include, exclude = (
        flow.pieces(each if (listed := flow.inside(each, "[")) is None else listed)
        for each in (patterns["include"], patterns["exclude"])
    )
    own = (config_folders.users_options if group == "db" else config_folders.options)(group, os.environ)
    found = [name for name in own if _matches(name, include) and not _matches(name, exclude)]
    if found:
        return found
    raise ConfigurationError(
        f"{text} matches no {'database of yours' if group == 'db' else f'option of {group}'}",
        remedy=f"yours: {', '.join(own)}" if own else "add conf/db/NAME.yaml; what is shipped is chosen by its name",
    )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, flow.unquoted(pattern)) for pattern in patterns)


def _option(group: str, written: str) -> str:
    """Return the option that is meant, or raise ConfigurationError with the known ones."""
    name = flow.unquoted(written).removesuffix(".yaml")
    if config_folders.source(group, name, os.environ):
        return name
    known = config_folders.options(group, os.environ)
    what = "database" if group == "db" else f"option of {group}"
    if meant := config_folders.option_of(group, flow.unquoted(written), os.environ):
        raise ConfigurationError(
            f"there is no {what} {name!r}: a name is expected, and not a path",
            remedy=f"write {'+' if group == 'db' else ''}{group}={meant}",
        )
    raise ConfigurationError(
        f"there is no {what} {name!r}{did_you_mean(name, known)}",
        remedy=f"one of: {', '.join(known)}" + (f"; or add conf/{group}/{name}.yaml" if name.isidentifier() else ""),
    )


def launcher_words(words: Sequence[str]) -> list[str]:
    """Return the words that choose and configure a launcher of Hydra's."""
    return [word for word in words if Word.parse(word).is_launchers]
