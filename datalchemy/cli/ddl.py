"""`datalchemy ddl`: schema.json back into SQL."""

from collections.abc import Sequence

from datalchemy.cli.parser import Parser, path
from datalchemy.cli.terminal import show_data


def run(words: Sequence[str]) -> int:
    """Print the DDL of a schema.json on stdout."""
    parser = Parser(
        prog="datalchemy ddl",
        description="Print the DDL of a schema.json, in an order that loads into an empty database.",
        allow_abbrev=False,
    )
    parser.add_argument("source", metavar="RUN|schema.json", type=path, help="a run's folder, or the file")
    options = parser.parse_args(words)
    from datalchemy.core.ddl import render
    from datalchemy.introspector.library import read_schema

    show_data(render(read_schema(options.source)))
    return 0
