"""`datalchemy check`: connects to databases, and says who answered. It makes no run."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.parser import Parser
from datalchemy.cli.terminal import print_json, tell
from datalchemy.errors import ConfigurationError, DatalchemyError, worst
from datalchemy.secrets.intake import learn_words
from datalchemy.secrets.process import process_vault

if TYPE_CHECKING:
    from datalchemy.cli.databases import Database
    from datalchemy.introspector.check import Checked

_COLUMNS = ("database", "result", "server", "dbname", "role", "TLS", "ms", "tables", "select", "schemas", "features")
_NOTHING = "-"
_MOST_NAMED = 5
_ABOUT = """\
ms is one round trip. tables counts those of all schemas that users made; their structure is read from the catalogs,
which are open to every role. select counts the tables whose rows this role could read as well; no run does. --json has
more. The exit code is that of the worst database."""


def run(words: Sequence[str]) -> int:
    """Connect to the databases that `words` name, show what was found, and return the worst exit code.

    Raises:
        ConfigurationError: no database is named, or one that does not exist.
    """
    from datalchemy.adapters import harmless_parameters

    learn_words(words, process_vault(), harmless_parameters())
    options = make_parser().parse_args(words)
    config_folders.check_current_folder()
    config_folders.check_variable(os.environ)
    for folder in reversed(options.config_dir):
        config_folders.add_user_folder(folder)
    names = _names(options.names, every=options.all)
    from datalchemy.cli.columns import table
    from datalchemy.cli.databases import compose_databases
    from datalchemy.introspector.check import check_databases

    databases = compose_databases(names)
    found = check_databases([each.settings for each in databases], vault=process_vault(), environ=os.environ)
    if options.json:
        print_json([_value(database, checked) for database, checked in zip(databases, found, strict=True)])
    else:
        rows = [_cells(database, checked) for database, checked in zip(databases, found, strict=True)]
        lines = table([_COLUMNS, *rows], optional=(10, 9, 3), flexible=(2, 4, 0))
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()
        failed: dict[tuple[str, str | None], list[tuple[str, DatalchemyError]]] = {}
        for database, checked in zip(databases, found, strict=True):
            if isinstance(checked.result, DatalchemyError):
                error = checked.result
                failed.setdefault((error.message, error.remedy), []).append((database.name, error))
        for alike in failed.values():
            tell(alike[0][1], about=_named([name for name, _ in alike]))
    return int(worst([each.result.exit_code for each in found if isinstance(each.result, DatalchemyError)]))


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(
        prog="datalchemy check",
        description="Connect to databases once, without a retry, and show who answered. Nothing is written.",
        epilog=_ABOUT,
        allow_abbrev=False,
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="a database of conf/db/, or 'glob(eu/*)' for several")
    parser.add_argument("--all", action="store_true", help="every database of your own folders")
    parser.add_argument("--json", action="store_true", help="one JSON value instead of text")
    parser.add_argument(
        "--config-dir", metavar="DIR", action="append", default=[], help="search DIR first; repeatable; else ./conf"
    )
    return parser


def _names(given: Sequence[str], *, every: bool) -> list[str]:
    own = config_folders.users_options("db", os.environ)
    if every and given:
        raise ConfigurationError("check: give names, or --all, and not both")
    if every and not own:
        raise ConfigurationError("check: you have no database yet", remedy="datalchemy init NAME writes a first file")
    if not every and not given:
        raise ConfigurationError(
            "check: which database?",
            remedy=f"one or several of: {', '.join(own)}; or --all" if own else "datalchemy init NAME writes a file",
        )
    if every:
        return own
    from datalchemy.cli.hydra.expand import jobs

    chosen = [override.value for name in given for (override,) in jobs([f"+db={name}"], multirun=True)]
    return list(dict.fromkeys(chosen))


def _cells(database: "Database", checked: "Checked") -> tuple[str, ...]:
    info = checked.result
    if isinstance(info, DatalchemyError):
        nothing = [_NOTHING] * (len(_COLUMNS) - 2)
        return database.name, f"exit {int(info.exit_code)}", *nothing
    return (
        database.name,
        "ok",
        info.version,
        info.database,
        info.role,
        "yes" if info.tls else "no",
        f"{info.round_trip_seconds * 1000:.1f}",
        str(info.tables),
        str(info.selectable_tables),
        str(info.schemas),
        " ".join(info.features) or _NOTHING,
    )


def _named(names: Sequence[str]) -> str:
    """Return the names of databases that failed alike: the first few, and how many more."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _value(database: "Database", checked: "Checked") -> dict[str, Any]:
    from datalchemy.cli.databases import error_value

    info = None if isinstance(checked.result, DatalchemyError) else checked.result
    error = checked.result if isinstance(checked.result, DatalchemyError) else None
    port = checked.place.get("port")
    return {
        "database": database.name,
        "file": None if database.file is None else str(database.file),
        "exit_code": 0 if error is None else int(error.exit_code),
        "error": error_value(error),
        "engine": checked.engine,
        "host": checked.place.get("host"),
        "port": int(port) if port and port.isdecimal() else port,
        "dbname": info.database if info else checked.place.get("dbname"),
        "role": info.role if info else checked.place.get("user"),
        "version": info and info.version,
        "tls": info and info.tls,
        "round_trip_ms": info and round(info.round_trip_seconds * 1000, 3),
        "schemas": info and info.schemas,
        "tables": info and info.tables,
        "selectable_tables": info and info.selectable_tables,
        "features": info and list(info.features),
    }
