"""A command line without a verb: this module reports its errors before Hydra is imported."""

from collections.abc import Sequence

from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError, ExitCode
from datalchemy.secrets.intake import hide_in_text, is_url


def run(words: Sequence[str]) -> int:
    """Run the command line through Hydra and return the exit code.

    Raises:
        ConfigurationError: the first word is an unknown command, or an argument is wrong.
    """
    _refuse_unknown_command(words[0])
    if "-sc" in words or "--shell-completion" in words:
        from datalchemy.cli.hydra import completion

        return completion.run(words)
    if "--help" in words or "-h" in words:
        from datalchemy.cli.commands.help import show

        show()
        return ExitCode.OK
    from datalchemy.cli.hydra.arguments import prepare

    arguments = prepare(words)
    if arguments.runs and not arguments.overrides:
        from datalchemy.cli.commands.help import bare

        return bare()
    from datalchemy.cli.hydra import app

    return app.command(arguments)


def _refuse_unknown_command(first: str) -> None:
    from datalchemy.cli.commands.table import VERBS

    if is_url(first):
        raise ConfigurationError(
            f"{hide_in_text(first)} is no command", remedy="to read a database by its URL: datalchemy introspect URL"
        )
    if "=" not in first and first[:1] not in ("-", "+", "~"):
        raise ConfigurationError(
            f"there is no command {first!r}{did_you_mean(first, list(VERBS))}",
            remedy=f"one of: {', '.join(VERBS)}; or +db=NAME",
        )
