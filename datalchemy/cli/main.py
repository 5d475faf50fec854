"""The console entry: a verb is answered without Hydra, everything else is Hydra's. Exit codes: errors.ExitCode."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from datalchemy.cli.commands.table import VERBS
from datalchemy.cli.process import run_guarded

_SPELLED_AS_FLAGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Args:
        argv: the words after the program's name; None takes this process's.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return run_guarded(lambda: _dispatch(words)(words))


def _dispatch(words: Sequence[str]) -> Callable[[list[str]], int]:
    first = words[0] if words else ""
    verb = VERBS.get(_SPELLED_AS_FLAGS.get(first, first))
    if verb is not None:
        run: Callable[[list[str]], int] = import_module(verb.module).run
        return lambda rest: run(rest[1:])
    if not words:
        from datalchemy.cli.commands.help import bare

        return lambda _: bare()
    from datalchemy.cli.hydra.declarative import run as declarative

    return declarative


if __name__ == "__main__":
    sys.exit(main())
