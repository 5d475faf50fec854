"""Hydra's launchers (joblib, submitit, ray): they only distribute numbers of chunks of jobs to other processes."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra._internal.callbacks import Callbacks
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig

from datalchemy.cli.hydra.compose import quoted
from datalchemy.cli.hydra.errors import translate
from datalchemy.cli.process import Terminated, prepare_process
from datalchemy.errors import ExitCode

_NO_RECORD = (
    "hydra.sweep.subdir=.",
    "hydra.output_subdir=null",
    "hydra.job.chdir=false",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)


@dataclass(frozen=True)
class _Task:
    """What a launcher calls in another process, for each number."""

    work: Callable[[int], None]

    def __call__(self, config: DictConfig) -> None:
        """Do the work of this process's number. The process ends where it is stopped: it gets no further number."""
        prepare_process()
        try:
            self.work(int(HydraConfig.get().job.num))
        except KeyboardInterrupt as stopped:
            os._exit(ExitCode.TERMINATED if isinstance(stopped, Terminated) else ExitCode.INTERRUPTED)


def check(words: Sequence[str]) -> None:
    """Raise ConfigurationError if the launcher is not installed, or does not have such a setting."""
    _configuration(words, Path("unused"))


def launch(words: Sequence[str], work: Callable[[int], None], *, numbers: int, folder: Path) -> None:
    """Let the launcher that `words` choose call `work` with each number from 0, and wait until all are done.

    Args:
        words: `hydra/launcher=NAME` and `hydra.launcher.KEY=VALUE`.
        work: is pickled, also to disk, so it holds no secret.
        numbers: how many there are.
        folder: where the launcher may keep files of its own.
    """
    config = _configuration(words, folder)
    HydraConfig.instance().set_config(config)
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=HydraContext(config_loader=_loader(), callbacks=Callbacks()),
        task_function=_Task(work),
        config=config,
    )
    launcher.launch([[] for _ in range(numbers)], 0)


def _configuration(words: Sequence[str], folder: Path) -> DictConfig:
    overrides = [*words, f"hydra.sweep.dir={quoted(str(folder))}", *_NO_RECORD]
    try:
        return _loader().load_configuration(None, overrides, run_mode=RunMode.MULTIRUN)
    except Exception as fault:
        if error := translate(fault):
            raise error from fault
        raise


def _loader() -> ConfigLoader:
    hydra = GlobalHydra.instance().hydra
    if hydra is None:
        raise AssertionError("a composer is started")
    return hydra.config_loader
