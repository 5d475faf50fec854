"""Shows a configuration instead of running it: `--cfg`, `--info`, `--hydra-help`. Secrets are masked."""

import logging
import sys
from types import SimpleNamespace
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from datalchemy.adapters import harmless_parameters
from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.arguments import Arguments
from datalchemy.cli.hydra.compose import Composed, hydra_word
from datalchemy.cli.hydra.errors import setting_error
from datalchemy.cli.hydra.values import is_harmless, known_keys
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.connection import parse_connection
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Reference, Template

_INFO = {
    "all": ("plugins", "searchpath", "defaults-tree", "defaults"),
    "config": ("searchpath", "defaults-tree", "defaults"),
}


def show(arguments: Arguments, composed: Composed) -> None:
    """Print on stdout what is asked for, of this job.

    Raises:
        ConfigurationError: an interpolation cannot be resolved, or the package does not exist.
    """
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
    _learn(OmegaConf.to_container(composed.config), "", composed.references)
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
    plain = OmegaConf.to_container(shown) if isinstance(shown, Container) else shown
    try:
        plain = _masked(plain, "" if shown is config else str(package), composed.references)
    except ValueError as fault:
        raise ConfigurationError(str(fault)) from None
    text = OmegaConf.to_yaml(OmegaConf.create(plain)) if isinstance(shown, Container) else f"{plain}\n"
    is_section = isinstance(shown, Container) and shown is not config
    sys.stdout.write(f"# @package {package}\n{text}" if is_section else text)


def _below(config: DictConfig, package: str | None) -> Any:
    found = OmegaConf.select(config, str(package))
    if found is None:
        raise ConfigurationError(f"--package: there is no {package!r} in the configuration, or it is null")
    return found


def _learn(value: Any, key: str, references: list[Reference]) -> None:
    """Register with the process what is given in clear where it may be a secret: errors may quote it."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else ((None, each) for each in value)
        for name, each in entries:
            _learn(each, f"{key}.{name}" if key and name else str(name or key), references)
    elif isinstance(value, str) and not _is_shown(key):
        template = Template.parse(value, references, interpolations=True)
        is_connection = key == "db.url"
        secrets = parse_connection(template, harmless_parameters()).secrets() if is_connection else template.clear()
        process_vault().remember(*secrets, *(each.removeprefix("${").removesuffix("}") for each in secrets))


def _is_shown(key: str) -> bool:
    return is_harmless(key) and (key in known_keys() or key.startswith("db.options."))


def _masked(value: Any, key: str, references: list[Reference]) -> Any:
    """Return a setting, or a section of them, without a secret; what is not known to be harmless is masked."""
    if isinstance(value, dict):
        return {name: _masked(each, f"{key}.{name}" if key else str(name), references) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, key, references) for each in value]
    if not isinstance(value, str):
        return value
    if key.startswith("hydra.") or _is_shown(key):
        return Template.parse(value, references).shown()
    template = Template.parse(value, references, interpolations=True)
    return parse_connection(template, harmless_parameters()).shown() if key == "db.url" else template.masked()
