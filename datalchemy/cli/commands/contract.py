"""`datalchemy contract`."""

import argparse
import sys
from collections.abc import Sequence

from datalchemy.cli.parser import Parser
from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError
from datalchemy.model.json_schema import CONTRACTS, shipped_text


def run(words: Sequence[str]) -> int:
    """Print the JSON Schema of an artefact, as it ships.

    Raises:
        ConfigurationError: there is no such artefact.
    """
    asked = make_parser().parse_args(words).artefact
    if asked not in CONTRACTS:
        raise ConfigurationError(
            f"there is no contract {asked!r}{did_you_mean(asked, list(CONTRACTS))}",
            remedy=f"datalchemy contract {'|'.join(CONTRACTS)}",
        )
    sys.stdout.write(shipped_text(asked))
    return 0


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    default = next(iter(CONTRACTS))
    parser = Parser(
        prog="datalchemy contract",
        description=f"Print the JSON Schema (draft 2020-12) of an artefact; default: {default}.",
        epilog="artefacts:\n" + "\n".join(f"  {name:8}  {about}" for name, about in CONTRACTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("artefact", metavar="|".join(CONTRACTS), nargs="?", default=default)
    return parser
