"""The console entry: a verb is answered without Hydra, everything else is composed. Exit codes: errors.ExitCode."""

import sys

TYPE_CHECKING = False  # as type checkers read it; what is not needed for the version is imported later
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from datalchemy.errors import ConfigurationError

_SPELLED_AS_FLAGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}
_COMPLETES = ("-sc", "--shell-completion")


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run the program and return its exit code.

    Args:
        argv: the words after the program's name; None takes this process's.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if len(words) == 2 and words[0] in _COMPLETES and words[1].startswith("query="):
        from datalchemy.cli.completion.shells import query

        return query(words[1].removeprefix("query="))
    if words in (["--version"], ["-V"], ["version"]) and _version_is_printed():
        return 0
    from datalchemy.cli.commands.table import VERBS
    from datalchemy.cli.process import run_guarded

    must_print = bool(words) and words[0] in VERBS and words[0] != "introspect"

    def answer() -> int:
        run, named = _command(words[0] if words else None)
        return run(words[named:])

    return run_guarded(answer, must_print=must_print)


def _version_is_printed() -> bool:
    """Print the version with as few imports as possible; return False where stdout cannot be written."""
    from datalchemy.cli.commands.version import run

    try:
        run([])
        sys.stdout.flush()
    except (OSError, AttributeError):  # it is full, or was closed before the start
        return False
    return True


def _command(first: str | None) -> "tuple[Callable[[list[str]], int], int]":
    """Return what answers a command line that begins with `first`, and how many words name it: 0 or 1."""
    from importlib import import_module

    from datalchemy.cli.commands.table import VERBS

    if first is None:
        from datalchemy.cli.commands.help import bare

        return lambda _: bare(), 0
    if verb := VERBS.get(_SPELLED_AS_FLAGS.get(first, first)):
        return import_module(verb.module).run, 1
    if "=" not in first and first[:1] not in ("-", "+", "~"):
        raise _no_command(first)
    from datalchemy.cli.hydra.app import run as declarative

    return declarative, 0


def _no_command(word: str) -> "ConfigurationError":
    import os
    import shlex

    from datalchemy.cli.commands.table import VERBS
    from datalchemy.cli.hydra import config_folders
    from datalchemy.cli.terminal import did_you_mean
    from datalchemy.errors import ConfigurationError
    from datalchemy.secrets.connection import is_url

    if is_url(word):
        return ConfigurationError(
            f"{word} is no command", remedy="to read a database by its URL: datalchemy introspect URL"
        )
    if config_folders.source("db", word, os.environ):
        return ConfigurationError(
            f"{word!r} is a database, and no command", remedy=f"to read it: datalchemy {shlex.quote(f'+db={word}')}"
        )
    return ConfigurationError(
        f"there is no command {word!r}{did_you_mean(word, list(VERBS))}",
        remedy=f"one of: {', '.join(VERBS)}; or +db=NAME",
    )


if __name__ == "__main__":
    sys.exit(main())
