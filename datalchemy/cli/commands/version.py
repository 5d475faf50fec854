"""`datalchemy version`."""

TYPE_CHECKING = False  # as type checkers read it
if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: "Sequence[str]") -> int:
    """Print the version."""
    if words:
        from datalchemy.cli.parser import Parser

        Parser(prog="datalchemy version", description="Print the version.", allow_abbrev=False).parse_args(words)
    from datalchemy.version import tool_version

    print(f"datalchemy {tool_version()}")  # noqa: T201  # this is the command's output
    return 0
