"""What may follow on a command line. A value that could be a secret is never offered."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from datalchemy.cli.commands.table import VERBS
from datalchemy.cli.completion.settings import GROUPS, KEYS
from datalchemy.cli.completion.sources import BY_NAME, Answer, Offer, listed_databases, values_among
from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.flags import FLAGS, MULTIRUN, taken_by
from datalchemy.errors import ConfigurationError

_FOLDER_FLAGS = ("--config-dir", "-cd")


def offer(before: Sequence[str], current: str) -> Offer:
    """Return what may take the place of the word at the cursor.

    Args:
        before: the words between the program's name and the cursor.
        current: what is typed of the word at the cursor.
    """
    for folder in reversed(list(values_among(before, *_FOLDER_FLAGS))):
        with suppress(ConfigurationError):
            config_folders.add_user_folder(folder)
    if before and before[0] in VERBS:
        from datalchemy.cli.completion.verbs import of_verb

        found = of_verb(before[0], before[1:], current)
    else:
        found = _of_settings(before, current)
    answers = [each for each in found.answers if each.text.startswith(current) and each.text.isprintable()]
    return Offer(answers, found.paths)


def _of_settings(before: Sequence[str], current: str) -> Offer:
    taken = taken_by(before[-1]) if before else None
    if taken:
        return _of_flag(*taken, current, before)
    if current.startswith("-"):
        name, equals, value = current.partition("=")
        if not equals:
            return Offer([Answer(flag) for flag in FLAGS])
        taken = taken_by(name)
        return _of_flag(*taken, value, before).behind(f"{name}=") if taken else Offer()
    key, equals, value = current.partition("=")
    if equals:
        return _of_key(key, value, before).behind(f"{key}=")
    words = [] if before else [Answer(name, verb.summary) for name, verb in VERBS.items()]
    return Offer([*words, *_keys(current)])


def _of_flag(flag: str, choices: Sequence[str], current: str, before: Sequence[str]) -> Offer:
    if flag == "--db":
        return _of_key("+db", current, before)
    of_kind = BY_NAME.get(flag.removeprefix("--").replace("-", "_"))
    if choices or of_kind is None:
        return Offer([Answer(choice) for choice in choices])
    return of_kind(current, before)


def _keys(current: str) -> Iterator[Answer]:
    """Yield the keys; those of a section only where its name and the dot are typed."""
    yield Answer("+db=", "the database to read", is_open=True)
    for group in GROUPS:
        yield Answer(f"{group}=", "an option of conf/" + group, is_open=True)
    for key in KEYS:
        section, dot, _ = key.partition(".")
        if not dot or current.startswith(f"{section}."):
            yield Answer(f"{key}=", is_open=True)
    for section in dict.fromkeys(key.partition(".")[0] for key in KEYS if "." in key):
        if not current.startswith(f"{section}."):
            yield Answer(f"{section}.", "settings", is_open=True)


def _of_key(key: str, value: str, before: Sequence[str]) -> Offer:
    if key in GROUPS:
        return Offer([Answer(name) for name in config_folders.options(key, os.environ)])
    if key == "+db":
        return listed_databases(value, is_open=not MULTIRUN.isdisjoint(before))
    taken = KEYS.get(key.lstrip("+"), ())
    return Offer(paths=taken) if isinstance(taken, str) else Offer([Answer(each) for each in taken])
