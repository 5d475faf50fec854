"""The folders of configuration files, without Hydra: the shipped one and the user's own."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from datalchemy.errors import ConfigurationError

PRIMARY = "datalchemy"
PATH_VARIABLE = "DATALCHEMY_CONFIG_PATH"


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
    named = environ.get(PATH_VARIABLE)
    folders = [Path(part) for part in named.split(os.pathsep) if part] if named else [Path("conf")]
    return [folder for folder in folders if folder.is_dir() and folder.resolve() != shipped()]


def add_user_folder(folder: str) -> None:
    """Make this process and its children search `folder` before all others.

    Raises:
        ConfigurationError: the folder does not exist.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise ConfigurationError(f"--config-dir: there is no folder {folder!r}")
    rest = os.environ.get(PATH_VARIABLE) or "conf"
    os.environ[PATH_VARIABLE] = os.pathsep.join([str(path.resolve()), rest])


def options(group: str, environ: Mapping[str, str]) -> list[str]:
    """Return the names that `group` offers (`db`, `filter` ...), sorted."""
    return _names(group, [*users(environ), shipped()])


def users_options(group: str, environ: Mapping[str, str]) -> list[str]:
    """Return the names that the user's own folders offer, sorted."""
    return _names(group, users(environ))


def _names(group: str, folders: Sequence[Path]) -> list[str]:
    return sorted({file.stem for folder in folders for file in (folder / group).glob("*.yaml") if file.is_file()})


def source(group: str, option: str, environ: Mapping[str, str]) -> Path | None:
    """Return the file that `group=option` reads, or None."""
    files = (folder / group / f"{option}.yaml" for folder in [*users(environ), shipped()])
    return next((file for file in files if file.is_file()), None)


def is_group(group: str, environ: Mapping[str, str]) -> bool:
    """Return whether some folder has a group of this name."""
    return any((folder / group).is_dir() for folder in [*users(environ), shipped()])
