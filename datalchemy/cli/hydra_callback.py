"""What Hydra calls before it makes a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, flag_override

from datalchemy.cli import ledger, settings_gate
from datalchemy.cli.gate import Stop, fault_of_ours
from datalchemy.cli.hydra_errors import translate
from datalchemy.cli.plain_secrets import hide_plain_secrets
from datalchemy.cli.secrecy import process_vault
from datalchemy.introspector.target import make_plan


class SettingsGate(Callback):
    """Lets a run begin only with settings that are right.

    Hydra turns a callback's Exception into a warning; Stop is none.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Refuse wrong settings while no folder has been made.

        Raises:
            Stop: with the error to tell.
        """
        with _stopping():
            _keep_quiet(config)
            settings = settings_gate.read(config, config.hydra.runtime.choices)
            make_plan(settings, vault=process_vault(), environ=os.environ)
            ledger.CURRENT.folders_begun = True

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Note where the sweep lies, and keep multirun.yaml, which Hydra writes next, free of secrets.

        Raises:
            Stop: with the error to tell.
        """
        with _stopping():
            _keep_quiet(config)
            if not any(str(word).lstrip("+").startswith("db") for word in config.hydra.overrides.task):
                raise settings_gate.no_database()
            hide_plain_secrets(config)
            ledger.CURRENT.begin_sweep(Path(config.hydra.sweep.dir))
            ledger.CURRENT.folders_begun = True


@contextmanager
def _stopping() -> Iterator[None]:
    try:
        yield
    except Exception as fault:
        error = translate(fault, folders_begun=False)
        raise Stop(error or fault_of_ours(fault)) from fault


def _keep_quiet(config: DictConfig) -> None:
    """Take back what a user's file may have set: it would be resolved, and written to multirun.yaml."""
    with flag_override(config, ["struct", "readonly"], [False, False]):
        config.hydra.job.env_set = {}
