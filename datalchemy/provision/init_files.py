"""Where the SQL files of `db.init` lie."""

from pathlib import Path

from datalchemy.errors import ConfigurationError

SHIPPED = "shipped:"
_HERE = Path(__file__).resolve().parent
SHIPPED_PLACES = (_HERE / "init", _HERE.parent.parent / "docker" / "init")
"""In an installed wheel, and in a checkout."""


def resolve_init(entry: str) -> Path:
    """Return the file that one entry of `db.init` names.

    Args:
        entry: `shipped:NAME`, or a path; a relative one starts at the current directory.

    Raises:
        ConfigurationError: there is no such file.
    """
    if entry.startswith(SHIPPED):
        return _shipped(entry.removeprefix(SHIPPED))
    path = Path(entry).expanduser()
    if not path.is_file():
        raise ConfigurationError(
            f"db.init: no file {entry} (looked in {Path.cwd()})",
            remedy="give a path relative to the current directory, or shipped:NAME",
        )
    return path


def _shipped(name: str) -> Path:
    for place in SHIPPED_PLACES:
        # A bare file name: `shipped:../x` must not leave the folder.
        if name == Path(name).name and (place / name).is_file():
            return place / name
    known = sorted({file.name for place in SHIPPED_PLACES if place.is_dir() for file in place.glob("*.sql")})
    raise ConfigurationError(
        f"db.init: no SQL file {name!r} is shipped", remedy=f"shipped are: {', '.join(known) or 'none'}"
    )
