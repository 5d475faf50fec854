"""Shows a configuration instead of running it: `--cfg`, `--info`, `--hydra-help`. Secrets are masked."""

import logging
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.arguments import Arguments
from datalchemy.cli.hydra.compose import Composed, hydra_word
from datalchemy.cli.hydra.errors import setting_error
from datalchemy.cli.hydra.values import is_harmless, known_keys
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import secrets_in_connection
from datalchemy.secrets.intake import is_url
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import is_reference

_INFO = {
    "all": ("plugins", "searchpath", "defaults-tree", "defaults"),
    "config": ("searchpath", "defaults-tree", "defaults"),
}


def show(arguments: Arguments, composed: Composed) -> None:
    """Print on stdout what is asked for, of this job.

    Raises:
        ConfigurationError: an interpolation cannot be resolved, or the package does not exist.
    """
    _learn(OmegaConf.to_container(composed.config), "")
    if arguments.cfg is not None:
        _show_configuration(composed, arguments.cfg, arguments.package, resolve="--resolve" in arguments.flags)
        return
    hydra = GlobalHydra.instance().hydra
    if hydra is None:
        raise AssertionError("a composer is started")
    if arguments.info is None:
        hydra.hydra_help(None, get_args_parser(), SimpleNamespace(overrides=[]))
        return
    words = [hydra_word(override) for override in composed.overrides if override.chooses]
    for info in _INFO.get(arguments.info, (arguments.info,)):
        logging.getLogger().handlers.clear()  # each call adds one
        hydra.show_info(info, config_name=config_folders.PRIMARY, overrides=words)
    if arguments.info in _INFO:
        _show_configuration(composed, "job", None, resolve=False)


def _show_configuration(composed: Composed, which: str, package: str | None, *, resolve: bool) -> None:
    config = composed.config if which == "job" else composed.whole()
    if which == "hydra":
        package = "hydra" if package is None else package
    try:
        with composed.resolving():
            shown: Any = config if package in (None, "_global_") else _below(config, package)
            if resolve and isinstance(shown, Container):
                OmegaConf.resolve(shown)
    except OmegaConfBaseException as fault:
        raise setting_error(fault) from None
    if isinstance(shown, Container):
        text = OmegaConf.to_yaml(shown)
        sys.stdout.write(text if shown is config else f"# @package {package}\n{text}")
    else:
        sys.stdout.write(f"{shown}\n")


def _below(config: DictConfig, package: str | None) -> Any:
    found = OmegaConf.select(config, str(package))
    if found is None:
        raise ConfigurationError(f"--package: there is no {package!r} in the configuration, or it is null")
    return found


def _learn(value: Any, key: str) -> None:
    """Register with the process every text that is not known to be harmless, so that it is masked on the screen."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            _learn(below, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for below in value:
            _learn(below, key)
    elif isinstance(value, str) and not ((key in known_keys() or key.startswith("db.options.")) and is_harmless(key)):
        for secret in secrets_in_connection(value) if is_url(value) else (value,):
            if not is_reference(secret):
                process_vault().remember(secret)
