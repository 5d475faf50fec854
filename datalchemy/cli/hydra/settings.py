"""Makes settings from a composed configuration: the only place where YAML becomes values."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.resolvers import looked_up
from datalchemy.cli.hydra.sources import Sources
from datalchemy.cli.hydra.sweep_settings import SweepSettings, load_sweep_settings
from datalchemy.cli.redaction import check_redaction
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.own_filter import with_own_filter
from datalchemy.introspector.settings import Settings, load_settings, takes_references
from datalchemy.secrets.references import MARKS, Reference, Template

if TYPE_CHECKING:
    from datalchemy.cli.hydra.compose import Composed


def read(config: DictConfig, composed: "Composed") -> Settings:
    """Return the settings that `config` holds.

    Args:
        config: the settings as nested mappings, before interpolations are resolved.
        composed: where they come from.

    Raises:
        ConfigurationError: names every wrong key, and the file that may set it.
    """
    from datalchemy.cli.hydra.errors import setting_error

    try:
        with composed.resolving():
            values = {str(key): _plain(config, str(key)) for key in config if key != "sweep"}
    except OmegaConfBaseException as fault:
        raise setting_error(fault) from None
    sources = Sources(composed.choices, [str(override) for override in composed.overrides])
    database = values.get("db")
    if isinstance(database, dict):
        if composed.choices.get("db") is None and not _names_a_server(database):
            raise no_database()
        sources.check_database(database, names_a_server=_names_a_server(database))
    values = with_own_filter(values, given=[override.key for override in composed.overrides], where=sources.where)
    try:
        settings = load_settings(_typed(values, "", composed.references, sources), sources.where)
    except ConfigurationError as error:
        raise _about_commas(error, composed) from None
    check_redaction(enabled=settings.redact.enabled, environ=os.environ)
    return settings


def _typed(value: Any, key: str, references: list[Reference], sources: Sources) -> Any:
    """Return a value with references where the setting takes them, and with what they name elsewhere."""
    if isinstance(value, dict):
        return {
            name: _typed(each, f"{key}.{name}" if key else name, references, sources) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_typed(each, key, references, sources) for each in value]
    if not isinstance(value, str) or not (takes_references(key) or MARKS.search(value)):
        return value
    try:
        if not takes_references(key):
            return looked_up(value, references, key)
        template = Template.parse(value, references)
    except ValueError as fault:
        raise ConfigurationError(f"{key}: {fault}") from None
    return replace(template, references=tuple(map(sources.absolute, template.references)))


def _about_commas(error: ConfigurationError, composed: "Composed") -> ConfigurationError:
    """Return the error, with a remedy if the value of a key that it names has a comma."""
    for override in composed.overrides:
        if isinstance(override.value, str) and "," in override.value and f"{override.key}: " in error.message:
            return ConfigurationError(
                error.message, remedy=f"{override.key} takes one value: add -m to sweep over several"
            )
    return error


def read_sweep(config: DictConfig) -> SweepSettings:
    """Return the settings of the sweep that `config` holds.

    Raises:
        ConfigurationError: a key does not exist, or is no number from 1.
    """
    return load_sweep_settings(OmegaConf.to_container(config.get("sweep") or OmegaConf.create({}), resolve=True))


def _names_a_server(database: Mapping[str, Any]) -> bool:
    return database.get("provision") not in (None, "none") or any(
        database.get(key) for key in ("url", "host", "dbname", "options")
    )


def _plain(config: DictConfig, key: str) -> Any:
    value = config[key]
    return OmegaConf.to_container(value, resolve=True, throw_on_missing=True) if OmegaConf.is_config(value) else value


def no_database() -> ConfigurationError:
    """Return the error that explains how to choose a database, and lists the known ones."""
    names = config_folders.options("db", os.environ)
    return ConfigurationError(
        f"no database is chosen; there are: {', '.join(names)}",
        remedy="datalchemy +db=NAME, after adding conf/db/NAME.yaml for one of your own",
    )
