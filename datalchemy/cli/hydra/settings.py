"""Makes settings from a composed configuration: the only place where YAML becomes values."""

import os
from collections.abc import Mapping
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.errors import setting_error
from datalchemy.cli.hydra.sources import Sources
from datalchemy.cli.redaction import check_redaction
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import Settings, load_settings


def read(config: DictConfig, choices: Mapping[str, Any]) -> Settings:
    """Return the settings that `config` holds.

    Args:
        config: the composed configuration; its `hydra` section is ignored.
        choices: the chosen option of each group; that of `db` names a database without a name of its own.

    Raises:
        ConfigurationError: names every wrong key, and the file that may set it.
    """
    try:
        values = {str(key): _plain(config, str(key)) for key in config if key != "hydra"}
    except OmegaConfBaseException as fault:
        raise setting_error(fault) from None
    sources = Sources(choices, _overrides(config))
    database = values.get("db")
    choice = choices.get("db")
    if isinstance(database, dict):
        if not database.get("name") and isinstance(choice, str):
            database["name"] = choice
        if choice is None and not _names_a_server(database):
            raise no_database()
        sources.check_database(database, names_a_server=_names_a_server(database))
        values["db"] = sources.with_absolute_files(database)
    settings = load_settings(values, sources.where)
    check_redaction(enabled=settings.redact.enabled, environ=os.environ)
    return settings


def _overrides(config: DictConfig) -> list[str]:
    """Return the overrides of the command line; a job gets its configuration without Hydra's own section."""
    if "hydra" in config:
        return list(config.hydra.overrides.task)
    return list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else []


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
