"""`datalchemy ddl`: schema.json back into SQL."""

import os
import secrets
from collections.abc import Sequence

from datalchemy.cli.parser import Parser, path
from datalchemy.cli.terminal import note, show_data
from datalchemy.errors import ConfigurationError

_FILE = """\
The script loads with psql or, as one string, through a driver. Where a text of the file could end its statement, that
statement is left out and named in a comment, and the exit code is 2. What is loaded may call functions with your
rights: load only a file of a database, and from people, that you trust."""

SECTIONS = ("pre-data", "data", "post-data")
"""Those of adapters.base, whose imports take long."""


def run(words: Sequence[str]) -> int:
    """Print the DDL of a schema.json on stdout.

    Raises:
        ConfigurationError: no run is meant, the file cannot be read, its engine writes no DDL, or statements were
            refused; the others are printed before.
    """
    options = make_parser().parse_args(words)
    from datalchemy.adapters import detect_engine, dialect_of, fingerprint_of
    from datalchemy.cli.hydra.runs_dir import configured_runs_dir
    from datalchemy.introspector.library import read_schema
    from datalchemy.registry.lookup import find_schema

    file = find_schema(str(options.source), lambda: options.run_dir or configured_runs_dir(os.environ))
    schema = read_schema(file)
    if fingerprint_of(schema) != schema.fingerprint:
        note(f"the fingerprint in {file} does not fit its structure: it was edited, or is of more than one run")
    made = dialect_of(detect_engine(engine=schema.engine, scheme=None)).script(schema)
    restrict_key = secrets.token_hex(32) if options.restrict else None
    show_data(made.text(restrict_key=restrict_key, sections=options.sections or ()))
    if made.refused:
        raise ConfigurationError(
            f"{file}: {len(made.refused)} statement(s) left out, as a text in each could end it",
            remedy="look for `-- not rendered` in the script, and load it only if you know why",
        )
    return 0


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(
        prog="datalchemy ddl",
        description="Print the DDL of a schema.json, in an order that loads into an empty database.",
        epilog=_FILE,
        allow_abbrev=False,
    )
    parser.add_argument(
        "source",
        metavar="RUN|schema.json",
        type=path,
        help="a run: its folder, its id or the beginning of it, `latest`, or a database's name; or the file",
    )
    parser.add_argument(
        "--run-dir", metavar="DIR", type=path, help="the registry (default: output.runs_dir of your configuration)"
    )
    parser.add_argument(
        "--restrict",
        action="store_true",
        help="write \\restrict with a random key at the head: psql (13.22, 14.19, 15.14, 16.10, 17.6, 18 or newer) then"
        " runs no backslash command; older psql and drivers cannot load such a script",
    )
    parser.add_argument(
        "--section",
        metavar="|".join(SECTIONS),
        dest="sections",
        action="append",
        choices=SECTIONS,
        help="print this section only (repeatable): pre-data has schemas, types, tables, defaults and views; data is"
        " empty; post-data has keys, indexes, constraints, and all that calls functions: create those in between",
    )
    return parser
