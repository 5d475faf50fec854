"""`datalchemy help`, `--help` anywhere, and the output of a bare `datalchemy`. Without Hydra, so that it is quick."""

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.terminal import complain, did_you_mean, printable
from datalchemy.errors import ConfigurationError, ExitCode

_HELP = """\
Datalchemy: know the structure of every PostgreSQL database you own.

usage:
  datalchemy +db=NAME [key=value ...]        read what conf/db/NAME.yaml names
  datalchemy -m +db=A,B [key=value ...]      read several, one run each
  datalchemy introspect URL [key=value ...]  read the database of a URL
  datalchemy COMMAND --help

commands:
{commands}

{folders}
{databases}

settings, by group (group=OPTION, or one key as group.key=VALUE):
{groups}

  strict=true             fail the run when something promised was not captured,
                          or foreign keys form a cycle
  db.KEY=VALUE            url, host, port, dbname, user, sslmode, ... :
                          every key is explained in
                          {primary}
  sweep.workers=16        so many runs of a sweep side by side

options (those of introspect, too, say what a setting says):
  --schema NAME, --out PATH, --force, --run-dir DIR, --strict, --[no-]redact,
  --conn URL, --db NAME   filter.include_schemas, output.out, output.force,
                          output.runs_dir, strict, redact.enabled, db.url, +db;
                          --out - is stdout
  -m, --multirun          sweep: +db=a,b or '+db=glob(prod_*)'
  --config-dir DIR        search DIR first for db/NAME.yaml and the other
                          groups; else ./conf
  --cfg job [--resolve]   show the settings instead of running; secrets stay
                          references
  --info searchpath       show where configuration is looked for
  --json                  print the result as one JSON document; all else goes
                          to stderr
  -v, --verbose           every event of the run on stderr
  -q, --quiet             no summary, only errors

exit codes:
  0 done, 1 a fault of ours, 2 usage or configuration, 3 no connection,
  4 strict failed, 5 the catalog could not be read, 6 the registry could not be
  written, 130 interrupted, 143 terminated; a sweep: the worst of its runs
"""


def run(words: Sequence[str]) -> int:
    """Print the help, or that of the command named first."""
    from datalchemy.cli.commands.table import VERBS

    if words and words[0] in VERBS and words[0] != "help":
        return int(import_module(VERBS[words[0]].module).run(["--help"]))
    if words and not words[0].startswith("-") and "=" not in words[0]:
        raise ConfigurationError(f"there is no command {words[0]!r}{did_you_mean(words[0], list(VERBS))}")
    show()
    return ExitCode.OK


def show() -> None:
    """Print the help."""
    from datalchemy.cli.commands.table import VERBS

    folders = [*config_folders.users(os.environ), config_folders.shipped()]
    sys.stdout.write(
        _HELP.format(
            commands=_table({name: verb.summary for name, verb in VERBS.items()}),
            databases=databases(),
            groups=_table({f"{group}={'|'.join(_names(group))}": "" for group in ("filter", "retry", "output")}),
            folders=_fitted(f"databases (+db=NAME), from {' and '.join(map(_place, folders))}:"),
            primary=_place(config_folders.shipped() / f"{config_folders.PRIMARY}.yaml"),
        )
    )


def bare() -> int:
    """Print that no database is chosen, and the databases that can be chosen."""
    complain("no database is chosen", remedy="datalchemy +db=NAME, or introspect URL; more: datalchemy --help")
    sys.stderr.write(f"\ndatabases:\n{databases()}\n")
    return ExitCode.USAGE


def databases() -> str:
    """Return a line for each database that can be chosen: its name, and its file's path or description."""
    return _table({name: _about(name) for name in _names("db")})


def _names(group: str) -> list[str]:
    return config_folders.options(group, os.environ)


def _about(name: str) -> str:
    file = config_folders.source("db", name, os.environ)
    if file is None:
        return ""
    if config_folders.shipped() not in file.resolve().parents:
        return _place(file)
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip()


def _place(path: Path) -> str:
    try:
        return printable(str(path.resolve().relative_to(Path.cwd())))
    except (ValueError, OSError):  # it is elsewhere, or the current directory was deleted
        return printable(str(path))


def _table(rows: dict[str, str]) -> str:
    width = max((len(name) for name in rows), default=0)
    return "\n".join(_fitted(about, f"  {printable(name):{width}}  ") for name, about in rows.items())


def _fitted(text: str, head: str = "") -> str:
    """Return `text` after `head`, in lines that fit the terminal; no path is cut."""
    lines = textwrap.wrap(
        text,
        width=shutil.get_terminal_size().columns,
        initial_indent=head,
        subsequent_indent=" " * (len(head) or 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) or head.rstrip()
