"""The folders of configuration files, without Hydra: the shipped one and the user's own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from datalchemy.errors import ConfigurationError

PRIMARY = "datalchemy"
PATH_VARIABLE = "DATALCHEMY_CONFIG_PATH"
SUFFIXES = (".yaml", ".yml")


@cache
def shipped() -> Path:
    """Return the shipped folder: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "conf", package.parent / "conf"):
        if (folder / f"{PRIMARY}.yaml").is_file():
            return folder
    raise ConfigurationError(
        "the shipped configuration is missing from this installation", remedy="install datalchemy again"
    )


def users(environ: Mapping[str, str]) -> list[Path]:
    """Return the user's existing folders in search order: DATALCHEMY_CONFIG_PATH, or else ./conf."""
    return [folder for folder in _named(environ) or [Path("conf")] if folder.is_dir() and folder.resolve() != shipped()]


def check_variable(environ: Mapping[str, str]) -> None:
    """Raise ConfigurationError if DATALCHEMY_CONFIG_PATH names a folder that does not exist."""
    for folder in _named(environ):
        if not folder.is_dir():
            raise ConfigurationError(
                f"{PATH_VARIABLE} names {str(folder)!r}, and there is no such folder",
                remedy=f"correct it, or unset it to use ./conf; several folders are joined with {os.pathsep!r}",
            )


def _named(environ: Mapping[str, str]) -> list[Path]:
    return [Path(part) for part in environ.get(PATH_VARIABLE, "").split(os.pathsep) if part]


def add_user_folder(folder: str) -> None:
    """Make this process and its children search `folder` before all others.

    Raises:
        ConfigurationError: the folder does not exist.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise ConfigurationError(f"--config-dir: there is no folder {folder!r}")
    rest = _named(os.environ) or ([Path("conf")] if Path("conf").is_dir() else [])
    os.environ[PATH_VARIABLE] = os.pathsep.join(map(str, [path.resolve(), *rest]))


def options(group: str, environ: Mapping[str, str]) -> list[str]:
    """Return the names that `group` offers (`db`, `filter` ...), sorted: `prod`, `eu/prod`, but no `_fragment`."""
    return _names(group, [*users(environ), shipped()])


def users_options(group: str, environ: Mapping[str, str]) -> list[str]:
    """Return the names that the user's own folders offer, sorted."""
    return _names(group, users(environ))


def _names(group: str, folders: Sequence[Path]) -> list[str]:
    return sorted({name for folder in folders for name in _names_below(folder / group)})


def _names_below(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        place = file.relative_to(folder)
        if file.suffix in SUFFIXES and not any(part[0] in "_." for part in place.parts) and file.is_file():
            yield place.with_suffix("").as_posix()


def source(group: str, option: str, environ: Mapping[str, str]) -> Path | None:
    """Return the file that `group=option` reads, or None."""
    return next(iter(files(group, option, [*users(environ), shipped()])), None)


def option_of(group: str, path: str, environ: Mapping[str, str]) -> str | None:
    """Return the option whose file a path names, with or without its suffix; None where it names no such file."""
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    parts = Path(path).parts
    for name in ("/".join(parts[start:]) for start in range(1, len(parts))):
        found = source(group, name, environ)
        if found and found.with_suffix("").absolute() == Path(path).absolute():
            return name
    return None


def check_current_folder() -> None:
    """Raise ConfigurationError if the current directory was deleted: nothing can be found from it."""
    try:
        Path.cwd()
    except OSError:
        raise ConfigurationError(
            "the current directory does not exist any more", remedy="change to one that does"
        ) from None


def files(group: str, option: str, folders: Sequence[Path]) -> list[Path]:
    """Return the files that have the name of this option, in search order."""
    candidates = (f"{folder / group}/{option}{suffix}" for folder in folders for suffix in SUFFIXES)
    # os.path.isfile returns False for a name that no file can have.
    return [Path(file) for file in candidates if os.path.isfile(file)]  # noqa: PTH113


def is_group(group: str, environ: Mapping[str, str]) -> bool:
    """Return whether some folder has a group of this name."""
    return any((folder / group).is_dir() for folder in [*users(environ), shipped()])
