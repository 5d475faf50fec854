"""Tab completion: verbs, flags, databases, groups and keys. A value that could be a secret is never offered."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module

from datalchemy.cli.commands.table import VERBS
from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.arguments import FLAGS
from datalchemy.cli.hydra.values import known_keys
from datalchemy.errors import ConfigurationError, ExitCode

_BASH = """\
_datalchemy() {
    local IFS=$'\\n' line="${COMP_LINE:0:$COMP_POINT}"
    COMPREPLY=($(COMP_LINE="$line" datalchemy -sc query=bash 2>/dev/null))
    if [[ ${line##* } == *=* && $COMP_WORDBREAKS == *=* ]]; then COMPREPLY=("${COMPREPLY[@]#*=}"); fi
}
"""
_SCRIPTS = {
    "bash": _BASH + "complete -o nospace -o default -F _datalchemy datalchemy\n",
    "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + _BASH + "complete -o nospace -F _datalchemy datalchemy\n",
    "fish": "complete -c datalchemy -f -a '(COMP_LINE=(commandline -cp) datalchemy -sc query=fish 2>/dev/null)'\n",
}
_REMOVAL = {
    "bash": "complete -r datalchemy; unset -f _datalchemy\n",
    "zsh": "complete -r datalchemy; unset -f _datalchemy\n",
    "fish": "complete -c datalchemy -e\n",
}
_TAKES_PLUS = ("db",)


def run(words: Sequence[str]) -> int:
    """Handle `-sc install=SHELL`, `-sc uninstall=SHELL` and the shell's own `-sc query=SHELL`.

    Raises:
        ConfigurationError: it is none of these, or the shell is not known.
    """
    action, _, shell = (words[0] if len(words) == 1 else "").partition("=")
    if action not in ("install", "uninstall", "query") or shell not in _SCRIPTS:
        raise ConfigurationError(
            f"-sc takes install=SHELL or uninstall=SHELL, where SHELL is one of {', '.join(_SCRIPTS)}",
            remedy='eval "$(datalchemy -sc install=bash)"',
        )
    if action == "query":
        for answer in _answers(os.environ.get("COMP_LINE", "")):
            sys.stdout.write(f"{answer}\n")
    else:
        sys.stdout.write((_SCRIPTS if action == "install" else _REMOVAL)[shell])
    return ExitCode.OK


def _answers(line: str) -> list[str]:
    typed = line.split()
    current = "" if line.endswith(" ") or len(typed) < 2 else typed[-1]
    before = typed[1:] if not current else typed[1:-1]
    if before and before[0] in VERBS:
        return [flag for flag in _flags_of(VERBS[before[0]].module) if flag.startswith(current)]
    offered = [*_words(), *FLAGS] if before else [*VERBS, *_words(), *FLAGS]
    return sorted(_starting_with(current, offered))


def _flags_of(module: str) -> list[str]:
    flags: Callable[[], list[str]] = getattr(import_module(module), "flags", list)
    return flags()


def _starting_with(current: str, offered: Iterable[str]) -> Iterator[str]:
    """Yield what continues the word; flags only where a dash was typed."""
    key, comma, last = current.rpartition(",")
    if comma and key.startswith("+db="):
        yield from (f"{key},{name}" for name in config_folders.options("db", os.environ) if name.startswith(last))
        return
    for word in offered:
        if word.startswith(current) and (current.startswith("-") or not word.startswith("-")):
            yield word


def _words() -> Iterator[str]:
    sections = known_keys()
    for group in ("db", "filter", "retry", "output"):
        mark = "+" if group in _TAKES_PLUS else ""
        yield from (f"{mark}{group}={name}" for name in config_folders.options(group, os.environ))
        yield f"{mark}{group}="
    yield from (f"{key}=" for key, is_section in sections.items() if not is_section)
