"""What may be chosen: databases, runs, sweeps, contracts. Arguments and flags of one name take the same."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from datalchemy.cli.completion.settings import FILE, FOLDER
from datalchemy.cli.hydra import config_folders, flow


class Answer(NamedTuple):
    """A word that may follow.

    Attributes:
        text: the whole word, without the shell's quotes.
        about: what it is, in a few words.
        is_open: whether more follows in the same word, such as a value.
    """

    text: str
    about: str = ""
    is_open: bool = False


class Offer(NamedTuple):
    """The words that may follow; `paths` is FILE or FOLDER where a path may follow as well, which the shell knows."""

    answers: Sequence[Answer] = ()
    paths: str = ""

    def behind(self, head: str) -> "Offer":
        """Return the same answers, as the second part of a word."""
        return Offer([each._replace(text=f"{head}{each.text}") for each in self.answers], self.paths)


def listed_databases(current: str, *, is_open: bool = False) -> Offer:
    """Return the databases: each alone, and behind what is typed of a list those that it does not name yet."""
    names = config_folders.options("db", os.environ)
    found = [Answer(name, is_open=is_open) for name in names]
    *listed, last = flow.pieces(f"{current}.")  # a blank at its end is kept
    last = last[:-1]
    if listed and current.endswith(last):
        head = current[: len(current) - len(last)]
        known = {flow.unquoted(each) for each in listed}
        found += [Answer(f"{head}{_as_piece(name)}", is_open=is_open) for name in names if name not in known]
    return Offer(found)


def _as_piece(name: str) -> str:
    """Return a name as it is written in a list, in quotes where it holds what has a meaning there."""
    if flow.pieces(name) == [name] and flow.unquoted(name) == name and "(" not in name:
        return name
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def values_among(words: Iterable[str], *flags: str) -> Iterator[str]:
    """Yield the values that flags have among the words."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in flags and (equals or (value := next(rest, ""))):
            yield value


def _databases(current: str, before: Sequence[str]) -> Offer:
    return Offer([Answer(name) for name in config_folders.options("db", os.environ)])


def _run(current: str, before: Sequence[str]) -> Offer:
    from datalchemy.cli.completion import registry

    folder = _runs_dir(before)
    newest = registry.runs(folder, current) if folder else []
    everything = registry.runs(folder) if folder and current else newest
    named = {each.database: "its newest good run" for each in everything if each.status == "succeeded"}
    named |= {name: "a database" for name in config_folders.users_options("db", os.environ) if name not in named}
    return Offer(
        [
            Answer("latest", "the newest run"),
            *(Answer(name, about) for name, about in named.items() if name),
            *(Answer(each.run_id, f"{each.database} {each.status}".strip()) for each in newest),
        ]
    )


def _sweep(current: str, before: Sequence[str]) -> Offer:
    from datalchemy.cli.completion import registry

    folder = _runs_dir(before)
    return Offer([Answer(each, "a sweep") for each in registry.sweeps(folder, current)] if folder else [], FOLDER)


def _run_or_sweep(current: str, before: Sequence[str]) -> Offer:
    return Offer([*_run(current, before).answers, *_sweep(current, before).answers], FOLDER)


def _run_or_file(current: str, before: Sequence[str]) -> Offer:
    return Offer(_run(current, before).answers, FILE)


def _runs_dir(before: Sequence[str]) -> Path | None:
    from datalchemy.cli.completion import registry

    given = list(values_among(before, "--run-dir"))
    return Path(given[-1]).expanduser() if given else registry.runs_dir(os.environ)


def _artefacts(current: str, before: Sequence[str]) -> Offer:
    from datalchemy.model.json_schema import CONTRACTS

    return Offer([Answer(name, about) for name, about in CONTRACTS.items()])


BY_NAME: dict[str, Callable[[str, Sequence[str]], Offer]] = {
    "names": lambda current, before: listed_databases(current),
    "db": _databases,
    "run": _run_or_sweep,
    "source": _run_or_file,
    "sweep": _sweep,
    "artefact": _artefacts,
    "run_dir": lambda current, before: Offer(paths=FOLDER),
    "config_dir": lambda current, before: Offer(paths=FOLDER),
    "out": lambda current, before: Offer(paths=FILE),
}
"""What an argument or a flag takes, by its name, from what is typed of it and the words before it.

For others, such as passwords and URLs, nothing is offered.
"""
