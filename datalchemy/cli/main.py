"""The console entry: a verb is answered without Hydra, everything else is Hydra's. Exit codes: core.errors.ExitCode."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from datalchemy.cli.gate import guarded


class Verb(NamedTuple):
    """`module` holds `run(words) -> int`; it is imported only when the verb is used."""

    module: str
    summary: str


VERBS = {
    "introspect": Verb("datalchemy.cli.introspect", "read one database, named by its URL"),
    "runs": Verb("datalchemy.cli.runs", "list, show, verify or prune the runs of a registry"),
    "ddl": Verb("datalchemy.cli.ddl", "print a schema.json as SQL that builds the structure anew"),
    "contract": Verb("datalchemy.cli.contract", "print the JSON Schema of schema.json"),
    "version": Verb("datalchemy.cli.version", "print the version"),
    "help": Verb("datalchemy.cli.help", "print this, or a command's help"),
}
"""What can stand as the first word. A new verb is one line here and one module."""

_SPELLED_AS_FLAGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Args:
        argv: the words after the program's name; None takes this process's.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _dispatch(words)(words))


def _dispatch(words: Sequence[str]) -> Callable[[list[str]], int]:
    first = words[0] if words else ""
    verb = VERBS.get(_SPELLED_AS_FLAGS.get(first, first))
    if verb is not None:
        run: Callable[[list[str]], int] = import_module(verb.module).run
        return lambda rest: run(rest[1:])
    if not words:
        from datalchemy.cli.help import bare

        return lambda _: bare()
    from datalchemy.cli.declarative import run as declarative

    return declarative


if __name__ == "__main__":
    sys.exit(main())
