"""What Hydra calls before it makes a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, flag_override

from datalchemy.cli.hydra import settings as hydra_settings
from datalchemy.cli.hydra import sweep
from datalchemy.cli.hydra.clear_secrets import hide_plain_secrets
from datalchemy.cli.hydra.errors import translate
from datalchemy.cli.process import Stop, fault_of_ours
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.run import foresee
from datalchemy.registry.files import folder_mode
from datalchemy.registry.layout import new_id, run_id_in
from datalchemy.secrets.process import process_vault


class SettingsGate(Callback):
    """Lets a run begin only with valid settings.

    Hydra turns a callback's Exception into a warning, so Stop is a BaseException.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Refuse wrong settings before a folder is made.

        Raises:
            Stop: with the error to show.
        """
        with _stopping():
            _keep_quiet(config)
            _refuse_other_folders(config)
            settings = hydra_settings.read(config, config.hydra.runtime.choices)
            run_id = run_id_in(Path(config.hydra.run.dir).name) or new_id()
            plan = foresee(settings, vault=process_vault(), environ=os.environ, run_id=run_id)
            sweep.CURRENT.accepted = settings, plan
            _narrow(settings.output.mode)
            sweep.CURRENT.folders_begun = True

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Make the sweep's folder, and keep multirun.yaml, which Hydra writes next, free of secrets.

        Raises:
            Stop: with the error to show.
        """
        with _stopping():
            _keep_quiet(config)
            if not any(str(word).lstrip("+").startswith("db") for word in config.hydra.overrides.task):
                raise hydra_settings.no_database()
            _refuse_other_folders(config)
            _keep_folders_ours(config)
            hide_plain_secrets(config)
            _narrow(config.output.get("mode"))
            sweep.CURRENT.begin_sweep(Path(config.hydra.sweep.dir))
            sweep.CURRENT.folders_begun = True


_FOLDERS = {
    "run.dir": "${run_dir:${output.runs_dir}}",
    "sweep.dir": "${sweep_dir:${output.runs_dir}}",
    "sweep.subdir": "${run_dir:${output.runs_dir}}",
}
"""Where Hydra makes its folders: as in conf/hydra/output/registry.yaml, and nowhere else."""


def _refuse_other_folders(config: DictConfig) -> None:
    found = OmegaConf.to_container(config.hydra, resolve=False)
    for key, ours in _FOLDERS.items():
        section, name = key.split(".")
        if isinstance(found, dict) and found[section][name] != ours:
            raise ConfigurationError(
                f"a configuration file sets hydra.{key}: runs lie in the registry",
                remedy="take it out (conf/hydra/output/registry.yaml?) and set output.runs_dir",
            )


def _keep_folders_ours(config: DictConfig) -> None:
    """Set our folders for each job of a sweep: a file that only the job composes may set others."""
    with flag_override(config, ["struct", "readonly"], [False, False]):
        config.hydra.overrides.hydra.extend([f"hydra.{key}='{ours}'" for key, ours in _FOLDERS.items()])


def _narrow(mode: object) -> None:
    """Give Hydra's files the mode of the settings, too; each job refuses a wrong mode."""
    with suppress(ValueError):
        if isinstance(mode, str):
            os.umask(os.umask(0o077) | 0o777 & ~folder_mode(int(mode, 8)))


@contextmanager
def _stopping() -> Iterator[None]:
    try:
        yield
    except Exception as fault:
        error = translate(fault, folders_begun=False)
        raise Stop(error or fault_of_ours(fault)) from fault


def _keep_quiet(config: DictConfig) -> None:
    """Reset what a user's file may have set: Hydra would resolve it and write it to multirun.yaml."""
    with flag_override(config, ["struct", "readonly"], [False, False]):
        config.hydra.job.env_set = {}
