"""`datalchemy init`: a first file for a database, from what the environment says. It asks nothing."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.parser import Parser
from datalchemy.cli.terminal import note, printable
from datalchemy.errors import ConfigurationError, ExitCode
from datalchemy.secrets.intake import learn_words
from datalchemy.secrets.process import process_vault

_FALLBACK = "mydb"
_IGNORED = ("runs/", ".env")
_ABOUT = """\
Host, port, dbname and user come from DATABASE_URL, or PGHOST and its like; what they do not say is an example, and
marked. The password stays where it is: the file names the variable that holds it. A file that exists is never changed,
but for .gitignore, which gets the lines `runs/` and `.env` in a git repository."""


def run(words: Sequence[str]) -> int:
    """Write the file and print what was written, and what to do next.

    Raises:
        ConfigurationError: the name cannot be one, the file exists, or it cannot be written.
    """
    from datalchemy.adapters import harmless_parameters
    from datalchemy.cli.found_database import file_text, find_database

    learn_words(words, process_vault(), harmless_parameters())
    asked = make_parser().parse_args(words).name
    config_folders.check_current_folder()
    config_folders.check_variable(os.environ)
    found = find_database(os.environ, process_vault())
    name = _default(found.parts.get("dbname")) if asked is None else asked.removesuffix(".yaml")
    _check(name)
    text, variable = file_text(name, found)
    file = _write(name, text)
    _say(f"wrote {file}")
    if ignored := _ignore(Path.cwd()):
        _say(f"wrote .gitignore: {', '.join(ignored)}")
    _say("next:")
    if "an example" in text:
        _say(f"  write your own values into {file}")
    if variable and not os.environ.get(variable):
        _say(f"  set the environment variable {variable} to the password")
    for command in (("datalchemy", "check", name), ("datalchemy", f"+db={name}")):
        _say(f"  {shlex.join(command)}")
    return ExitCode.OK


def make_parser() -> Parser:
    """Return the parser of this command's words."""
    parser = Parser(
        prog="datalchemy init",
        description="Write conf/db/NAME.yaml for a database of yours.",
        epilog=_ABOUT,
        allow_abbrev=False,
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="what the database is called here, such as prod or eu/prod; the default is its dbname",
    )
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{printable(line)}\n")


def _default(dbname: str | None) -> str:
    return _FALLBACK if dbname is None or _fault(dbname) else dbname


def _check(name: str) -> None:
    if fault := _fault(name):
        raise ConfigurationError(f"init: the name {fault}", remedy="datalchemy init NAME, such as prod or eu/prod")


def _fault(name: str) -> str | None:
    """Return why a name cannot be that of a database, or None. The name is not shown: it may hold a password."""
    if "://" in name or process_vault().scrub(name) != name:
        return "is a connection text, and a name is expected"
    if not name.isprintable() or name != name.strip() or not name or "\\" in name:
        return "is empty, or holds a character that no file should have in its name"
    if name.startswith(("-", "+", "~")):
        return "begins like an option"
    if any(part[:1] in ("", "_", ".") for part in name.split("/")):
        return "has an empty part, or one that begins with a dot or an underscore: such files are no databases"
    return None


def _write(name: str, text: str) -> Path:
    folder = next(iter(config_folders.users(os.environ)), Path("conf"))
    file = folder / "db" / f"{name}.yaml"
    existing = next(iter(config_folders.files("db", name, [folder])), None)
    if existing is not None or os.path.lexists(file):
        raise ConfigurationError(
            f"{existing or file} exists, and stays as it is",
            remedy="edit it, or choose another name: datalchemy init NAME",
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigurationError(f"{file} cannot be written: {why}", remedy="choose another name or folder") from None
    return file


def _ignore(folder: Path) -> list[str]:
    """Add to .gitignore what a git repository should not keep, and return the lines that were added."""
    ignores = [above / ".gitignore" for above in _in_repository(folder)]
    if not ignores:
        return []
    try:
        known = {line.strip().strip("/") for file in ignores if file.is_file() for line in _lines(file)}
        missing = [line for line in _IGNORED if line.strip("/") not in known]
        before = ignores[0].read_text(encoding="utf-8") if missing and ignores[0].exists() else ""
        if missing:
            with ignores[0].open("a", encoding="utf-8") as stream:
                stream.write(
                    ("\n" if before and not before.endswith("\n") else "") + "".join(f"{e}\n" for e in missing)
                )
    except (OSError, ValueError):
        note(f".gitignore cannot be changed: add {' and '.join(_IGNORED)} to it")
        return []
    return missing


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _in_repository(folder: Path) -> Iterator[Path]:
    """Yield the folder and those above it up to the root of its git repository; nothing outside of one."""
    chain = [folder, *folder.parents]
    root = next((number for number, each in enumerate(chain) if (each / ".git").exists()), None)
    if root is not None:
        yield from chain[: root + 1]
