"""`datalchemy dbs`: which databases can be read, and from where. Nothing is contacted."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.parser import Parser
from datalchemy.cli.terminal import print_json
from datalchemy.errors import ConfigurationError, DatalchemyError, ExitCode

if TYPE_CHECKING:
    from datalchemy.cli.databases import Database

_COLUMNS = ("database", "engine", "where", "file")


def run(words: Sequence[str]) -> int:
    """Print the databases that can be chosen with `+db=NAME`.

    Raises:
        ConfigurationError: a folder does not exist, or there is no database at all.
    """
    options = make_parser().parse_args(words)
    config_folders.check_current_folder()
    config_folders.check_variable(os.environ)
    for folder in reversed(options.config_dir):
        config_folders.add_user_folder(folder)
    own = config_folders.users_options("db", os.environ)
    names = [*own, *(name for name in config_folders.options("db", os.environ) if name not in own)]
    if not names:
        raise ConfigurationError("there is no database", remedy="datalchemy init NAME writes a first file")
    from datalchemy.cli.columns import facts, table
    from datalchemy.cli.databases import compose_databases

    rows = [_row(database) for database in compose_databases(names)]
    if options.json:
        print_json(rows)
        return ExitCode.OK
    lines = [*table([_COLUMNS, *map(_cells, rows)], flexible=(2, 3, 0))]
    problems = [(row["database"], row["error"]["message"]) for row in rows if _is_problem(row)]
    if problems:
        lines += ["", "problems:", *facts(problems)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return ExitCode.OK


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(
        prog="datalchemy dbs",
        description="List the databases that +db=NAME reads, and where they are. Nothing is contacted.",
        epilog="`datalchemy check NAME` connects to them.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="one JSON value instead of text")
    parser.add_argument(
        "--config-dir", metavar="DIR", action="append", default=[], help="search DIR first; repeatable; else ./conf"
    )
    return parser


def _row(database: "Database") -> dict[str, Any]:
    from datalchemy.cli.databases import error_value

    engine, place, error = _where(database)
    port = place.get("port")
    return {
        "database": database.name,
        "engine": engine,
        "host": place.get("host"),
        "port": int(port) if port and port.isdecimal() else port,
        "dbname": place.get("dbname"),
        "user": place.get("user"),
        "provision": place.get("provision"),
        "file": None if database.file is None else str(database.file),
        "shipped": database.is_shipped,
        "error": error_value(error),
    }


def _where(database: "Database") -> tuple[str | None, dict[str, str], DatalchemyError | None]:
    """Return the engine, the place as far as it is known, and what is wrong."""
    from datalchemy.adapters import detect_engine
    from datalchemy.introspector.connection import plan_connection
    from datalchemy.introspector.settings import Provision
    from datalchemy.secrets.process import process_vault

    settings = database.settings
    if isinstance(settings, DatalchemyError):
        return None, {}, settings
    db = settings.db
    provision = {} if db.provision is Provision.NONE else {"provision": db.provision.value}
    try:
        plan = plan_connection(settings, vault=process_vault(), environ=os.environ)
    except DatalchemyError as error:
        known = db.url.values() if db.url else {}
        known |= {key: text.shown() for key in ("host", "dbname", "user") if (text := getattr(db, key))}
        known |= {"port": str(db.port)} if db.port else {}
        try:
            engine: str | None = detect_engine(engine=db.engine, scheme=db.url.scheme if db.url else None).name
        except DatalchemyError:
            engine = db.engine
        shown = {key: known[key] for key in ("host", "port", "dbname", "user") if key in known}
        return engine, shown | provision, error
    return plan.engine.name, dict(plan.place) | provision, None


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from datalchemy.cli.summary import relative

    file = "shipped example" if row["shipped"] else relative(Path(row["file"]))
    return row["database"], row["engine"] or "-", _place(row), file


def _place(row: dict[str, Any]) -> str:
    error = row["error"]
    if row["provision"]:
        return f"throwaway server ({row['provision']})"
    if not row["host"] and not row["dbname"]:
        return f"error: {error['message']}" if error else "what PGHOST, PGDATABASE ... say"
    host = f"[{row['host']}]" if ":" in (row["host"] or "") else row["host"] or "local"
    port = f":{row['port']}" if row["port"] else ""
    place = f"{host}{port}/{row['dbname'] or ''}"
    return f"{place} (problem)" if _is_problem(row) else place


def _is_problem(row: dict[str, Any]) -> bool:
    """Return whether something is wrong that concerns the user: an example lacks its password by nature."""
    return row["error"] is not None and not row["shipped"]
