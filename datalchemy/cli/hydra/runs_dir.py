"""Where the registry is, as the configuration says, for verbs that read it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datalchemy.cli.hydra import config_folders
from datalchemy.errors import ConfigurationError

_SHIPPED = "runs"


def configured_runs_dir(environ: Mapping[str, str]) -> Path:
    """Return `output.runs_dir` of the configuration.

    It is composed, with Hydra, only where one plain file does not say it. What a database's file or a command line sets
    for one run is not known here.

    Raises:
        ConfigurationError: the configuration is wrong.
    """
    value = _read_quickly(environ)
    if value == _SHIPPED:
        return Path(value)
    return _composed() if value is None else _typed(value)


def _composed() -> Path:
    from omegaconf import OmegaConf

    from datalchemy.cli.hydra.compose import Composer
    from datalchemy.cli.hydra.errors import translate
    from datalchemy.cli.hydra.resolvers import looked_up

    try:
        with Composer.started() as composer:
            composed = composer.compose(())
            with composed.resolving():
                key, default = "output.runs_dir", _SHIPPED
                value = OmegaConf.select(composed.config, key, default=default, throw_on_missing=True)
                if isinstance(value, str):
                    value = looked_up(value, composed.references, key)
    except Exception as fault:
        if error := translate(fault):
            raise ConfigurationError(
                f"output.runs_dir is not known: {error.message}",
                remedy="correct it, or name the registry with --run-dir",
            ) from None
        raise
    return _typed(value)


def _typed(value: Any) -> Path:
    from datalchemy.introspector.settings import load_settings

    return load_settings({"output": {"runs_dir": value}}).output.runs_dir


def _read_quickly(environ: Mapping[str, str]) -> str | None:
    """Return the value where no configuration of the user's but output/default.yaml can set it, and that is plain.

    None: it has to be composed.
    """
    users = config_folders.users(environ)
    if any((folder / f"{config_folders.PRIMARY}.yaml").is_file() for folder in users):
        return None
    candidates = (folder / "output" / "default.yaml" for folder in users)
    file = next((each for each in candidates if each.is_file()), None)
    if file is None:
        return _SHIPPED
    import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

    try:
        text = file.read_text(encoding="utf-8")
        values = yaml.safe_load(text) or {}
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if not isinstance(values, dict) or "defaults" in values or "@package" in text:
        return None
    value = values.get("runs_dir", _SHIPPED)
    return value if isinstance(value, str) and not {"$", "<"} & set(value) else None
