"""`datalchemy introspect CONN`: one database, one run, no configuration files and no Hydra."""

import argparse
import os
import re
from collections.abc import Sequence
from typing import Any

from datalchemy.cli.parser import Parser, path
from datalchemy.cli.process import reporting
from datalchemy.cli.terminal import VISIBLE_TO_OTHERS, did_you_mean, note, set_verbosity, shown_flag
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import ConnectionText, Form, parse_connection
from datalchemy.secrets.intake import is_url
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Template

_EPILOG = """\
CONN is a URL (postgresql://user@host:5432/dbname?sslmode=require) or libpq's "host=... dbname=..."; what it leaves out
comes from PGHOST, PGPASSWORD, ~/.pgpass and the like. The last line of a good run's summary says where its folder is.
"""


def run(words: Sequence[str]) -> int:
    """Read the database, show the summary, return the exit code."""
    with reporting(words):
        return _asked(_read(words))


def _asked(options: argparse.Namespace) -> int:
    connection = _connection(options.conn)
    set_verbosity(verbose=options.verbose, quiet=options.quiet)
    if connection.has_clear_secret(by_name=True):
        note(VISIBLE_TO_OTHERS)
    return _run(
        {
            "strict": options.strict,
            "db": {"url": connection.given()},
            "filter": {"include_schemas": options.schema or ["public"]},
            "output": {"runs_dir": options.run_dir, "out": options.out, "force": options.force},
            "redact": {"enabled": options.redact},
        },
        as_json=options.json,
    )


def flags() -> list[str]:
    """Return this command's long options."""
    return sorted({*re.findall(r"--[a-z][a-z-]+", _parser().format_usage()), "--help"})


def _run(values: dict[str, Any], *, as_json: bool) -> int:
    from datalchemy.cli.one_run import run_one
    from datalchemy.cli.redaction import check_redaction
    from datalchemy.introspector.settings import load_settings

    settings = load_settings(values)
    check_redaction(enabled=settings.redact.enabled, environ=os.environ)
    return run_one(settings, as_json=as_json)


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    options, unknown = parser.parse_known_args(words)
    if unknown:
        flag = next((word for word in unknown if word.startswith("-")), None)
        if flag is None:
            parser.error("one CONN is expected, and there are more words; quote what belongs together")
        name = shown_flag(flag)
        parser.error(f"unknown option {name}{did_you_mean(name, flags())}")
    if options.conn is not None and options.connection is not None:
        parser.error("give CONN or --conn CONN, not both")
    options.conn = options.conn if options.conn is not None else options.connection
    if options.conn is None:
        parser.error("which database? CONN is missing")
    if any(not name for name in options.schema or ()):
        parser.error("--schema: the name is empty")
    return options


def _parser() -> Parser:
    parser = Parser(
        prog="datalchemy introspect",
        description="Read one PostgreSQL database's structure into a run folder.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("connection", metavar="CONN", nargs="?", help="the database")
    parser.add_argument("--conn", metavar="CONN", help="the same, as an option")
    parser.add_argument(
        "--schema",
        metavar="NAME",
        action="append",
        help="a schema to read, or a glob where no schema has that very name; repeatable (default: public)",
    )
    parser.add_argument(
        "--run-dir", metavar="DIR", type=path, default="runs", help="where runs are kept (default: runs/)"
    )
    parser.add_argument(
        "--out",
        metavar="PATH",
        type=path,
        help="also write schema.json to PATH; - is stdout, and all else goes to stderr",
    )
    parser.add_argument(
        "--force", action="store_true", help="let --out take the place of any file, not only of a schema.json"
    )
    parser.add_argument("--strict", action="store_true", help="fail (exit 4) on a loss, an inconsistency or a cycle")
    parser.add_argument(
        "--redact",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="show only harmless settings in config.json (the default; cannot be turned off when CI is set)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the result as one JSON document (datalchemy contract result)"
    )
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="every event of the run on stderr")
    loudness.add_argument("-q", "--quiet", action="store_true", help="no summary, only errors")
    return parser


def _connection(text: str) -> ConnectionText:
    if not text.strip():
        raise ConfigurationError(
            "introspect: CONN is empty", remedy="if it came from a variable such as $DATABASE_URL, that is not set"
        )
    if text.endswith(("\n", "\r")):
        raise ConfigurationError("introspect: CONN ends with a line break", remedy="take it out of its variable")
    if not is_url(text) and "=" not in text and not text.startswith("<"):
        raise ConfigurationError(
            "introspect: CONN is neither a URL nor host=... dbname=...",
            remedy="postgresql://user@host:5432/dbname; a database of conf/db/ is read with datalchemy +db=NAME",
        )
    from datalchemy.adapters import harmless_parameters

    try:
        template = Template.parse(text)
    except ValueError as fault:
        raise ConfigurationError(f"introspect: CONN: {fault}") from None
    connection = parse_connection(template, harmless_parameters())
    for secret in connection.secrets():
        process_vault().remember(secret)
    if connection.form is Form.OTHER:
        raise ConfigurationError(
            "introspect: CONN cannot be read as keyword=value pairs",
            remedy="quote values with spaces: \"password='a b' host=h\"",
        )
    return connection
