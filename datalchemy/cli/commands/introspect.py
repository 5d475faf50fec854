"""`datalchemy introspect CONN`: one database, one run, no configuration files and no Hydra."""

import argparse
import os
import re
from collections.abc import Sequence
from typing import Any

from datalchemy.cli.parser import Parser, path
from datalchemy.cli.terminal import VISIBLE_TO_OTHERS, did_you_mean, note, set_verbosity, shown_flag
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.intake import hide_connection, hide_in_url, is_url, refuse_nul, settings_of_conninfo
from datalchemy.secrets.process import process_vault

_EPILOG = """\
CONN is a URL (postgresql://user@host:5432/dbname?sslmode=require) or libpq's "host=... dbname=..."; what it leaves out
comes from PGHOST, PGPASSWORD, ~/.pgpass and the like. The last line of a good run's summary says where its folder is.
"""


def run(words: Sequence[str]) -> int:
    """Read the database, show the summary, return the exit code."""
    known = len(process_vault().known())
    options = _read(words)
    database = _database(options.conn)
    set_verbosity(verbose=options.verbose, quiet=options.quiet)
    if len(process_vault().known()) > known:
        note(VISIBLE_TO_OTHERS)
    return _run(
        {
            "strict": options.strict,
            "db": database,
            "filter": {"include_schemas": options.schema or ["public"]},
            "output": {"runs_dir": options.run_dir, "out": options.out, "force": options.force},
            "redact": {"enabled": options.redact},
        }
    )


def flags() -> list[str]:
    """Return this command's long options."""
    return sorted({*re.findall(r"--[a-z][a-z-]+", _parser().format_usage()), "--help"})


def _run(values: dict[str, Any]) -> int:
    from datalchemy.cli import progress, summary
    from datalchemy.cli.redaction import check_redaction
    from datalchemy.introspector.run import run as introspect
    from datalchemy.introspector.settings import load_settings

    settings = load_settings(values)
    check_redaction(enabled=settings.redact.enabled, environ=os.environ)
    with progress.observer(None) as events:
        outcome = introspect(settings, vault=process_vault(), environ=os.environ, observer=events)
    summary.show_run(outcome, None)
    return int(outcome.exit_code)


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
    parser.add_argument("--out", metavar="PATH", type=path, help="also write schema.json to PATH")
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
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="every event of the run on stderr")
    loudness.add_argument("-q", "--quiet", action="store_true", help="no summary, only errors")
    return parser


def _database(connection: str) -> dict[str, Any]:
    if not connection.strip():
        raise ConfigurationError(
            "introspect: CONN is empty", remedy="if it came from a variable such as $DATABASE_URL, that is not set"
        )
    if connection.endswith(("\n", "\r")):
        raise ConfigurationError("introspect: CONN ends with a line break", remedy="take it out of its variable")
    if is_url(connection):
        refuse_nul(connection, "CONN")
        return {"url": hide_in_url(connection)}
    if connection.lower().startswith("jdbc:"):
        return {"url": hide_connection(connection)}  # the plan says what is wrong with it
    if "=" in connection:
        return settings_of_conninfo(connection)
    if connection.startswith("<"):
        return {"url": connection}
    raise ConfigurationError(
        "introspect: CONN is neither a URL nor host=... dbname=...",
        remedy="postgresql://user@host:5432/dbname; a database of conf/db/ is read with datalchemy +db=NAME",
    )
