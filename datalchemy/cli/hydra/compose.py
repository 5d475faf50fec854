"""Composes the configuration of each job: the common part once by Hydra, then the database's file into a copy.

A file that says what only Hydra understands (`defaults`, `hydra`, `@package`) is composed by Hydra as a whole. Values
of the command line are set last; Hydra's grammar never reads them. Only the main thread composes and resolves.
"""

import copy
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, Node, OmegaConf
from omegaconf.errors import GrammarParseError

from datalchemy.cli.hydra import config_folders, resolvers
from datalchemy.cli.hydra.expand import Override
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import ConnectionText
from datalchemy.secrets.references import Reference, Template, Unresolved, mark

_FOLDERS = {
    "run.dir": "${run_dir:${output.runs_dir}}",
    "sweep.dir": "${sweep_dir:${output.runs_dir}}",
    "sweep.subdir": "${run_dir:${output.runs_dir}}",
}
"""Where runs lie, in Hydra's words: as in conf/datalchemy.yaml, and nowhere else."""


class _UserFolders(SearchPathPlugin):
    """Lets the user's configuration folders be searched before the shipped one."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Insert each folder directly before `main`, which keeps their order."""
        for folder in config_folders.users(os.environ):
            search_path.prepend("user", f"file://{folder.resolve()}", "main")


@dataclass
class Composed:
    """The configuration of one job, before its values are resolved.

    Attributes:
        config: the settings as nested mappings.
        hydra: Hydra's own section.
        choices: the chosen option of each group.
        overrides: what the command line says for this job.
        references: those of the configuration.
        number: the job's number, from 0.
        run_dir: the run's folder, once `${hydra:runtime.output_dir}` asked for it; else the registry names it.
    """

    config: DictConfig
    hydra: DictConfig
    choices: dict[str, Any]
    overrides: tuple[Override, ...]
    references: list[Reference]
    number: int = 0
    run_dir: Path | None = field(default=None, init=False)

    @property
    def database(self) -> str | None:
        """The chosen database."""
        choice = self.choices.get("db")
        return choice if isinstance(choice, str) else None

    @contextmanager
    def resolving(self) -> Iterator[None]:
        """Let interpolations find what belongs to this job."""
        resolvers.register(self.references, self._of_hydra)
        yield

    def whole(self) -> DictConfig:
        """Return the configuration with Hydra's section in it."""
        config = copy.copy(self.config)
        config.hydra = self.hydra
        config.hydra.overrides.task = [str(override) for override in self.overrides]
        config.hydra.runtime.choices = self.choices
        return config

    def _of_hydra(self, key: str) -> Any:
        if key in ("runtime.output_dir", "run.dir"):
            runs_dir = resolvers.looked_up(str(self.config.output.runs_dir), self.references, "output.runs_dir")
            self.run_dir = self.run_dir or Path(resolvers.run_dir(runs_dir))
            return str(self.run_dir)
        if key == "job.num":
            return self.number
        found = OmegaConf.select(self.whole(), f"hydra.{key}")
        if found is None:
            raise ValueError(f"${{hydra:{key}}} names a key that does not exist")
        return found


class Composer:
    """Composes jobs; what they have in common is composed once."""

    def __init__(self) -> None:
        self._bases: dict[tuple[str, ...], tuple[DictConfig, DictConfig]] = {}

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Composer"]:
        """Yield a composer that searches the user's folders and the shipped one."""
        GlobalHydra.instance().clear()  # in a launcher's process it is the launcher's
        Plugins.instance().register(_UserFolders)
        with initialize_config_dir(str(config_folders.shipped()), version_base="1.3"):
            resolvers.register([], _of_no_job)
            yield cls()

    def compose(self, overrides: tuple[Override, ...], number: int = 0) -> Composed:
        """Return the configuration of one job.

        Raises:
            ConfigurationError: the database has two files, or its file holds no mapping.
            Exception: of Hydra, OmegaConf or YAML; see `errors.translate`.
        """
        groups = [hydra_word(override) for override in overrides if override.chooses and override.key != "db"]
        choices = {override.key: override.value for override in overrides if override.chooses}
        name = choices.get("db")
        config, hydra = self._with_database(groups, name) if name is not None else self._copy(groups)
        references: list[Reference] = []
        for override in overrides:
            if not override.chooses:
                _set(config, override.key, override.mark, _text(override.value, references))
        if name is not None and isinstance(db := config.get("db"), DictConfig) and not _has_name(db):
            db.name = name
        choices = {**OmegaConf.to_container(hydra.runtime.choices), **choices}  # type: ignore[dict-item]  # a mapping
        return Composed(config, hydra, choices, overrides, references, number)

    def _with_database(self, groups: Sequence[str], name: str) -> tuple[DictConfig, DictConfig]:
        file = _file(name)
        node = OmegaConf.load(file)
        if not isinstance(node, DictConfig):
            raise ConfigurationError(f"{file} holds no settings", remedy="write them as `key: value`, one a line")
        if "defaults" in node or "hydra" in node or "@package" in file.read_text(encoding="utf-8"):
            if file.suffix != ".yaml":
                raise ConfigurationError(
                    f"{file}: `defaults`, `hydra` and `@package` need a file that ends in .yaml",
                    remedy=f"rename it to {file.with_suffix('.yaml').name}",
                )
            return self._by_hydra([*groups, f"+db={quoted(name)}"])
        config, hydra = self._copy(groups)
        config.db.merge_with(node)
        return config, hydra

    def _copy(self, groups: Sequence[str]) -> tuple[DictConfig, DictConfig]:
        key = tuple(groups)
        if key not in self._bases:
            self._bases[key] = self._by_hydra(groups)
        config, hydra = self._bases[key]
        return copy.deepcopy(config), hydra

    @staticmethod
    def _by_hydra(words: Sequence[str]) -> tuple[DictConfig, DictConfig]:
        config = hydra_compose(config_folders.PRIMARY, list(words), return_hydra_config=True)
        OmegaConf.set_struct(config, False)
        hydra = config.pop("hydra")
        OmegaConf.set_readonly(hydra, False)
        for key, ours in _FOLDERS.items():
            OmegaConf.update(hydra, key, ours)
        return config, hydra


def _of_no_job(key: str) -> Any:
    raise ValueError(f"${{hydra:{key}}} has a value in a job only")


def hydra_word(override: Override) -> str:
    """Return the choice of an option as Hydra's grammar reads it."""
    if override.mark == "~":
        return f"~{override.key}"
    value = override.value
    text = f"[{','.join(map(quoted, value))}]" if isinstance(value, tuple) else quoted(value)
    return f"{override.mark}{override.key}={text}"


def quoted(text: str) -> str:
    """Return `text` quoted for Hydra's grammar."""
    return "'" + re.sub(r"(\\*)(')", r"\1\1\\'", re.sub(r"(\\+)$", r"\1\1", text)) + "'"


def _file(name: str) -> Path:
    for folder in [*config_folders.users(os.environ), config_folders.shipped()]:
        found = config_folders.files("db", name, [folder])
        if len(found) > 1:
            raise ConfigurationError(f"{found[0]} and {found[1]} are two files of one name", remedy="rename one")
        if found:
            return found[0]
    raise ConfigurationError(f"there is no database {name!r}")


def _has_name(db: DictConfig) -> bool:
    node = db._get_node("name")
    return isinstance(node, Node) and bool(node._value())


def _text(value: Any, references: list[Reference]) -> Any:
    """Return a value for a configuration, with the characters of its references in its texts."""

    def marked(reference: Reference) -> str:
        return reference.text if isinstance(reference, Unresolved) else mark(reference, references)

    if isinstance(value, list):
        return [_text(each, references) for each in value]
    if isinstance(value, dict):
        return {name: _text(each, references) for name, each in value.items()}
    if isinstance(value, ConnectionText):
        return "".join(part.text.fill(marked) for part in value.parts)
    return value.fill(marked) if isinstance(value, Template) else value


def _set(config: DictConfig, key: str, mark: str, value: Any) -> None:
    """Set or remove the value of one key; `db.options.a.b` is the option `a.b`."""
    sections = key.split(".")
    if key.startswith("db.options."):
        sections = ["db", "options", key.removeprefix("db.options.")]
    parent = config
    for section in sections[:-1]:
        below = parent.get(section)
        if not isinstance(below, DictConfig):
            if mark == "~":
                return
            parent[section] = {}
            below = parent[section]
        parent = below
    if mark == "~":
        parent.pop(sections[-1], None)
    elif isinstance(value, dict) and isinstance(parent.get(sections[-1]), DictConfig):
        for name, each in value.items():
            _set(config, f"{key}.{name}", mark, each)
    else:
        _assign(parent, sections[-1], value)


def _assign(parent: DictConfig, key: str, value: Any) -> None:
    try:
        parent[key] = value
    except GrammarParseError:
        parent[key] = _literal(value)


def _literal(value: Any) -> Any:
    """Return a value whose `${` begins no interpolation."""
    if isinstance(value, str):
        return value.replace("${", "\\${")
    if isinstance(value, list):
        return [_literal(each) for each in value]
    return {name: _literal(each) for name, each in value.items()} if isinstance(value, dict) else value
