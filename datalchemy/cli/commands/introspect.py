"""`datalchemy introspect CONN`: one database, one run, no configuration files and no Hydra."""

import argparse
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datalchemy.cli.parser import Parser, path
from datalchemy.cli.process import reporting
from datalchemy.cli.terminal import VISIBLE_TO_OTHERS, did_you_mean, note, printable, set_verbosity, shown_flag
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import ConnectionText, Form, is_url, parse_connection
from datalchemy.secrets.intake import learn_words, taken
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Template

if TYPE_CHECKING:
    from datalchemy.cli.hydra.expand import Override

_EPILOG = """\
CONN is a URL (postgresql://user@host:5432/dbname?sslmode=require) or libpq's "host=... dbname=..."; what it leaves out
comes from PGHOST, PGPASSWORD, ~/.pgpass and the like. key=value means what it means after +db=NAME: strict=true,
filter.exclude_tables=[tmp_*], retry.attempts=1 ...; datalchemy.yaml explains each key. The last line of a good run's
summary says where its folder is.
"""


def run(words: Sequence[str]) -> int:
    """Read the database, show the summary, return the exit code."""
    with reporting(words):
        options = _read(words)
        from datalchemy.adapters import harmless_parameters

        others = (word for word in words if word != options.conn)
        gives_secret = learn_words(others, process_vault(), harmless_parameters())
        connection = _connection(options.conn)
        set_verbosity(verbose=options.verbose, quiet=options.quiet)
        if gives_secret or connection.has_clear_secret(by_name=True):
            note(VISIBLE_TO_OTHERS)
        return _run(options, taken(connection, process_vault()))


def _run(options: argparse.Namespace, connection: ConnectionText) -> int:
    from datalchemy.cli import one_run
    from datalchemy.cli.hydra.runs_dir import configured_runs_dir
    from datalchemy.cli.redaction import check_redaction
    from datalchemy.introspector.settings import load_settings

    overrides = _overrides(options.settings)
    values: dict[str, Any] = {}
    for override in overrides:
        _put(values, override.key, override.value)
    given = {
        "strict": options.strict or None,
        "db.url": connection,
        "filter.include_schemas": options.schema,
        "output.runs_dir": options.run_dir,
        "output.out": options.out,
        "output.force": options.force or None,
        "redact.enabled": options.redact,
    }
    for key, value in given.items():
        if value is not None:
            _put(values, key, value)
    if "runs_dir" not in values.get("output", {}):
        _put(values, "output.runs_dir", configured_runs_dir(os.environ))
    settings = load_settings(values)
    check_redaction(enabled=settings.redact.enabled, environ=os.environ)
    return one_run.run_one(settings, as_json=options.json, overrides=tuple(map(str, overrides)))


def _overrides(words: Sequence[str]) -> "tuple[Override, ...]":
    """Return what the words set, as `+db=NAME key=value` reads them, but for what only a configuration can have."""
    if not words:
        return ()
    from datalchemy.cli.hydra import expand
    from datalchemy.cli.hydra.values import Word

    for word in map(Word.parse, words):
        word.check(os.environ)
        shown = printable(f"{word.mark}{word.key}={word.text}")
        if word.key == "db.url":
            raise ConfigurationError("give CONN or db.url, not both")
        if word.key == "db" and word.is_choice(os.environ):
            raise ConfigurationError(
                f"{shown}: introspect reads the database of CONN",
                remedy=f"datalchemy +db={printable(word.text or 'NAME')}",
            )
        if word.is_choice(os.environ):
            raise ConfigurationError(
                f"{shown} is a file's name, and introspect reads no configuration",
                remedy=f"set its keys, such as {word.key}.KEY=VALUE; or datalchemy --conn CONN {shown}",
            )
        if word.mark == "~":
            raise ConfigurationError(f"{shown}: there is nothing to remove", remedy="leave it out")
        if word.key.partition(".")[0] == "sweep":
            raise ConfigurationError(f"{word.key} belongs to a sweep", remedy="datalchemy -m +db=A,B")
        if "${" in (word.text or ""):
            raise ConfigurationError(
                f"{word.key}: introspect resolves no ${{...}}",
                remedy="write <env:NAME> or <file:PATH>, or use +db=NAME",
            )
    return expand.jobs(words, multirun=False)[0]


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key in nested mappings; a mapping adds to what is there, as in a configuration."""
    if isinstance(value, dict):
        for each in value:
            _put(values, f"{key}.{each}", value[each])
        return
    parameter = key.removeprefix("db.options.")
    *sections, name = key.split(".") if parameter == key else ("db", "options", parameter)
    for section in sections:
        inner = values.get(section)
        values[section] = values = dict(inner) if isinstance(inner, dict) else {}
    values[name] = value


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = make_parser()
    options, unknown = parser.parse_known_intermixed_args(words)
    if flag := next((word for word in unknown if word.startswith("-")), None):
        name = shown_flag(flag)
        parser.error(f"unknown option {name}{did_you_mean(name, list(parser._option_string_actions))}")
    settings: list[str] = []
    others: list[str] = []
    for word in (options.first, *options.rest) if options.first is not None else ():
        (settings if _is_setting(word) else others).append(word)
    if options.conn is None:
        if not others:
            parser.error("which database? CONN is missing")
        options.conn = others.pop(0)
    elif any("=" not in word or is_url(word) for word in others):
        parser.error("give CONN or --conn CONN, not both")
    if others and not (is_url(options.conn) and all("=" in word for word in others)):
        parser.error("one CONN is expected, and there are more words; quote what belongs together")
    options.settings = [*settings, *others]  # what is no setting is refused as one, with what was probably meant
    if any(not name for name in options.schema or ()):
        parser.error("--schema: the name is empty")
    return options


def _is_setting(word: str) -> bool:
    """Return whether a word is `key=value` rather than CONN: no parameter of libpq has a dot, or a setting's name."""
    if word.startswith(("+", "~")):
        return True
    from datalchemy.introspector.settings import known_keys

    key, equals, _ = word.partition("=")
    return bool(equals and re.fullmatch(r"[\w./-]+", key)) and ("." in key or "/" in key or key in known_keys())


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(
        prog="datalchemy introspect",
        description="Read one PostgreSQL database's structure into a run folder.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("first", metavar="CONN", nargs="?", help="the database")
    parser.add_argument("rest", metavar="key=value", nargs="*", help="settings, as after +db=NAME")
    parser.add_argument("--conn", metavar="CONN", help="the database, as an option")
    parser.add_argument(
        "--schema",
        metavar="NAME",
        action="append",
        help="a schema to read, or a glob where no schema has that very name; repeatable (default: public)",
    )
    parser.add_argument(
        "--run-dir",
        metavar="DIR",
        type=path,
        help="where runs are kept (default: output.runs_dir of your configuration)",
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
        default=None,
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
    if connection.form is Form.OTHER:
        raise ConfigurationError(
            "introspect: CONN cannot be read as keyword=value pairs",
            remedy="quote values with spaces: \"password='a b' host=h\"",
        )
    return connection
