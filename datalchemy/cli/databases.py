"""The databases of a configuration, for verbs that look at many of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalchemy.cli.hydra import config_folders
from datalchemy.errors import DatalchemyError
from datalchemy.introspector.settings import Settings


@dataclass(frozen=True)
class Database:
    """A database that a file describes.

    Attributes:
        name: what `+db=NAME` takes.
        settings: the settings of a run of it, or the error of its configuration.
    """

    name: str
    settings: Settings | DatalchemyError

    @property
    def file(self) -> Path | None:
        """The file that describes it."""
        return config_folders.source("db", self.name, os.environ)

    @property
    def is_shipped(self) -> bool:
        """Whether it is an example that comes with the program."""
        return self.file is not None and config_folders.shipped() in self.file.resolve().parents


def compose_databases(names: Sequence[str]) -> list[Database]:
    """Return the databases of these names, in their order; a wrong file is the error of its database alone.

    Raises:
        DatalchemyError: the common part of the configuration is wrong.
    """
    from datalchemy.cli.hydra.compose import Composer
    from datalchemy.cli.hydra.expand import Override
    from datalchemy.cli.hydra.plan import plan_job

    with Composer.started() as composer:
        return [
            Database(name, plan_job(composer, (Override("+", "db", name, chooses=True),), number).settings)
            for number, name in enumerate(names)
        ]


def error_value(error: DatalchemyError | None) -> dict[str, Any] | None:
    """Return an error as a value for programs."""
    return None if error is None else {"code": error.code, "message": error.message, "remedy": error.remedy}
