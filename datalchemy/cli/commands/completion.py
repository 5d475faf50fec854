"""`datalchemy completion`: the script that makes a shell complete with TAB; `-sc install=SHELL` is its older form."""

import sys
from collections.abc import Sequence

from datalchemy.cli.completion.shells import REMOVAL, SCRIPTS
from datalchemy.cli.parser import Parser
from datalchemy.errors import ConfigurationError, ExitCode

_INSTALLING = """\
one line for each shell:
  bash, in ~/.bashrc:  eval "$(datalchemy completion bash)"
  zsh, in ~/.zshrc:    eval "$(datalchemy completion zsh)"
  fish, once:
    datalchemy completion fish > ~/.config/fish/completions/datalchemy.fish
"""


def run(words: Sequence[str]) -> int:
    """Print the script of a shell."""
    sys.stdout.write(SCRIPTS[make_parser().parse_args(words).shell])
    return ExitCode.OK


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    from argparse import RawDescriptionHelpFormatter

    parser = Parser(
        prog="datalchemy completion",
        description="Print the script that makes a shell complete with TAB.",
        epilog=_INSTALLING,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=list(SCRIPTS))
    return parser


def run_older_form(words: Sequence[str]) -> int:
    """Print a script for `-sc install=SHELL`, or what `-sc uninstall=SHELL` takes away.

    Raises:
        ConfigurationError: it is neither, or the shell is not known.
    """
    action, _, shell = (words[0] if len(words) == 1 else "").partition("=")
    scripts = {"install": SCRIPTS, "uninstall": REMOVAL}.get(action, {})
    if shell not in scripts:
        raise ConfigurationError(
            f"-sc takes install=SHELL or uninstall=SHELL, where SHELL is one of {', '.join(SCRIPTS)}",
            remedy='eval "$(datalchemy completion bash)"',
        )
    sys.stdout.write(scripts[shell])
    return ExitCode.OK
