"""Tab completion: Hydra's, with our commands added, and nothing secret in it."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module

from datalchemy.cli.hydra.arguments import HydraArguments, completion_line, prepare
from datalchemy.cli.hydra.overrides import is_harmless
from datalchemy.errors import ConfigurationError, ExitCode

_ACTIONS = ("install", "uninstall", "query")
_SHELLS = ("bash", "zsh", "fish")


def run(words: Sequence[str]) -> int:
    """Handle `-sc install=SHELL`, `-sc uninstall=SHELL` and the shell's own `-sc query=SHELL`."""
    from datalchemy.cli.hydra import app

    arguments = prepare(words)
    action, _, shell = (arguments.overrides[0] if len(arguments.overrides) == 1 else "").partition("=")
    if action not in _ACTIONS or shell not in _SHELLS:
        raise ConfigurationError(
            f"-sc takes install=SHELL or uninstall=SHELL, where SHELL is one of {', '.join(_SHELLS)}",
            remedy='eval "$(datalchemy -sc install=bash)"',
        )
    if action != "query":
        return app.command(arguments)
    separator = "\n" if shell == "fish" else " "
    for answer in _answers(arguments, os.environ.get("COMP_LINE", "")):
        sys.stdout.write(answer)  # one by one: `db.password= db.port=` would look like a password
        sys.stdout.write(separator)
    return ExitCode.OK


def _answers(arguments: HydraArguments, line: str) -> list[str]:
    from datalchemy.cli.commands.table import VERBS

    typed = line.split()
    current = "" if line.endswith(" ") or len(typed) < 2 else typed[-1]
    before = typed[1:] if not current else typed[1:-1]
    if before and before[0] in VERBS:
        return [flag for flag in _flags_of(VERBS[before[0]].module) if flag.startswith(current)]
    key, equals, _ = current.lstrip("+~").partition("=")
    if equals and not is_harmless(key):
        return []  # the value of a secret is not offered; split at its blanks, it would not be recognised
    commands = [] if before else [verb for verb in VERBS if verb.startswith(current)]
    return sorted({*commands, *_from_hydra(arguments, completion_line(line))})


def _flags_of(module: str) -> list[str]:
    flags: Callable[[], list[str]] = getattr(import_module(module), "flags", list)
    return flags()


def _from_hydra(arguments: HydraArguments, line: str) -> list[str]:
    from datalchemy.cli.hydra import app

    os.environ["COMP_LINE"] = line
    answer = io.StringIO()
    try:
        # A prompt shows no error: a line that does not compose has no completions.
        with redirect_stdout(answer), redirect_stderr(io.StringIO()):
            app.command(arguments)
    except (Exception, SystemExit):  # noqa: BLE001
        return []
    return [word for word in answer.getvalue().split() if _tells_no_secret(word)]


def _tells_no_secret(word: str) -> bool:
    key, equals, value = word.lstrip("+~").partition("=")
    return not equals or not value or is_harmless(key) or value.startswith("<")
