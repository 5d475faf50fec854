"""What may follow a command: its flags and arguments, as its parser has them."""

import argparse
from collections.abc import Iterator, Sequence
from importlib import import_module

from datalchemy.cli.commands.table import VERBS
from datalchemy.cli.completion.sources import BY_NAME, Answer, Offer


def of_verb(verb: str, before: Sequence[str], current: str) -> Offer:
    """Return what may follow `before` on the line of a command."""
    if verb == "help":
        return Offer([] if before else [Answer(name, each.summary) for name, each in VERBS.items()])
    module = import_module(VERBS[verb].words or VERBS[verb].module)
    if not hasattr(module, "make_parser"):
        return Offer()
    parser: argparse.ArgumentParser = module.make_parser()
    waiting: argparse.Action | None = None
    given, only_words = 0, False
    for word in before:
        if waiting:
            waiting = None
        elif word == "--" and not only_words:
            only_words = True
        elif word.startswith("-") and not only_words:
            waiting = None if "=" in word else _valued(parser, word)
        elif isinstance(action := _positional(parser, given), argparse._SubParsersAction):
            if word not in action.choices:
                return Offer()
            parser, given = action.choices[word], 0
        else:
            given += 1
    if waiting:
        return _of_action(waiting, current, before)
    if current.startswith("-") and not only_words:
        name, equals, value = current.partition("=")
        if not equals:
            return Offer(list(_flags(parser)))
        return _of_action(_valued(parser, name), value, before).behind(f"{name}=")
    action = _positional(parser, given)
    return Offer(list(_flags(parser))) if action is None else _of_action(action, current, before)


def _valued(parser: argparse.ArgumentParser, flag: str) -> argparse.Action | None:
    action = parser._option_string_actions.get(flag)
    return action if action and action.nargs != 0 else None


def _positional(parser: argparse.ArgumentParser, number: int) -> argparse.Action | None:
    """Return the argument of this number, from 0, that is no flag; None behind the last."""
    arguments = parser._get_positional_actions()
    if arguments and number >= len(arguments) and arguments[-1].nargs in ("*", "+"):
        return arguments[-1]
    return arguments[number] if number < len(arguments) else None


def _flags(parser: argparse.ArgumentParser) -> Iterator[Answer]:
    for action in parser._get_optional_actions():
        about = (action.help or "").partition(";")[0].partition(" (")[0]
        yield from (Answer(flag, about) for flag in action.option_strings if flag.startswith("--"))


def _of_action(action: argparse.Action | None, current: str, before: Sequence[str]) -> Offer:
    if isinstance(action, argparse._SubParsersAction):
        return Offer([Answer(each.dest, each.help or "") for each in action._get_subactions()])
    if action is None:
        return Offer()
    if action.choices:
        return Offer([Answer(str(each)) for each in action.choices])
    of_kind = BY_NAME.get(action.dest)
    return of_kind(current, before) if of_kind else Offer()
