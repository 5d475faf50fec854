"""Where the registry is, as the configuration says, for verbs that read it."""

from collections.abc import Mapping
from pathlib import Path

from datalchemy.cli.hydra import config_folders
from datalchemy.errors import ConfigurationError

_SHIPPED = Path("runs")


def configured_runs_dir(environ: Mapping[str, str]) -> Path:
    """Return `output.runs_dir` of the configuration.

    It is composed only where a file of the user's can set it: datalchemy.yaml, or one in output/. What a database's
    file or a command line sets for one run is not known here.

    Raises:
        ConfigurationError: the configuration is wrong.
    """
    if not any(_may_set_it(folder) for folder in config_folders.users(environ)):
        return _SHIPPED
    from omegaconf import OmegaConf

    from datalchemy.cli.hydra.compose import Composer
    from datalchemy.cli.hydra.errors import translate
    from datalchemy.cli.hydra.resolvers import looked_up
    from datalchemy.introspector.settings import load_settings

    try:
        with Composer.started() as composer:
            composed = composer.compose(())
            with composed.resolving():
                key, default = "output.runs_dir", str(_SHIPPED)
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
    return load_settings({"output": {"runs_dir": value}}).output.runs_dir


def _may_set_it(folder: Path) -> bool:
    return (folder / "output").is_dir() or (folder / f"{config_folders.PRIMARY}.yaml").is_file()
