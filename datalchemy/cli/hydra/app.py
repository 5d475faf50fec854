"""The declarative command line: Hydra composes settings, sweeps over databases and makes folders; we do the rest."""

import argparse
import io
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stderr, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig

from datalchemy.cli import summary
from datalchemy.cli.hydra import config_folders, resolvers, sweep
from datalchemy.cli.hydra import settings as hydra_settings
from datalchemy.cli.hydra.arguments import HydraArguments
from datalchemy.cli.hydra.clear_secrets import learn_plain_secrets
from datalchemy.cli.hydra.errors import translate
from datalchemy.cli.hydra.sweep import JobRecord
from datalchemy.cli.process import Stop, Terminated, fault_of_ours, prepare_process, trace
from datalchemy.cli.progress import observer
from datalchemy.errors import ConfigurationError, DatalchemyError, ExitCode
from datalchemy.events import Events
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import reject, run
from datalchemy.secrets.process import process_vault
from datalchemy.text import shown


class UserFolders(SearchPathPlugin):
    """Lets the user's configuration folders be searched before the shipped one."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Insert each folder directly before `main`, which keeps their order."""
        for folder in config_folders.users(os.environ):
            search_path.prepend("user", f"file://{folder.resolve()}", "main")


def task(config: DictConfig) -> None:
    """Do one run: Hydra calls this, for a sweep perhaps in another process. No Exception leaves it."""
    prepare_process()
    told = HydraConfig.get()
    choices, overrides = told.runtime.choices, [str(one) for one in told.overrides.task]
    sweep_dir = Path(told.sweep.dir) if told.mode == RunMode.MULTIRUN else None
    folder = Path(told.runtime.output_dir)
    database = _database(config, choices)
    alone = sweep_dir is None or told.launcher.get("_target_", "").endswith("BasicLauncher")
    record = JobRecord(sweep_dir, int(told.job.num), database, overrides) if sweep_dir else None
    try:
        with observer(database, spins=alone) as events:
            outcome = _run(config, choices, folder=folder, overrides=overrides, events=events)
    except KeyboardInterrupt as stopped:
        if record:
            code = ExitCode.TERMINATED if isinstance(stopped, Terminated) else ExitCode.INTERRUPTED
            record.interrupted(folder, code)
            if sweep.CURRENT.sweep_dir is None:
                os._exit(code)  # a worker process: its launcher would hand it the next job
        raise
    if record:
        record.ended(outcome)
        summary.tell_job(outcome, database)
    else:
        sweep.CURRENT.outcome, sweep.CURRENT.database = outcome, database


def _run(
    config: DictConfig, choices: Mapping[str, Any], *, folder: Path, overrides: list[str], events: Events
) -> RunOutcome:
    known: dict[str, Any] = {
        "vault": process_vault(),
        "environ": os.environ,
        "overrides": overrides,
        "run_dir": folder,
        "observer": events,
    }
    try:
        if sweep.CURRENT.accepted is not None:
            settings, plan = sweep.CURRENT.accepted
            return run(settings, plan=plan, **known)
        return run(hydra_settings.read(config, choices), **known)
    except DatalchemyError as error:
        return reject(error, name=_database(config, choices), **known)
    except Exception as fault:  # noqa: BLE001  # Hydra would end the whole sweep on it
        ours = fault_of_ours(fault)
        trace(fault)
        return replace(
            reject(ours, name=_database(config, choices), **known), error=ours, exit_code=ours.exit_code, run_dir=folder
        )


def _database(config: DictConfig, choices: Mapping[str, Any]) -> str | None:
    choice = choices.get("db")
    name = config.get("db", {}).get("name") if isinstance(config.get("db"), DictConfig) else None
    return name or (choice if isinstance(choice, str) else None)


def command(arguments: HydraArguments) -> int:
    """Run a command line without a verb and return the exit code.

    Raises:
        DatalchemyError: the user's input is wrong, or a file cannot be written.
    """
    resolvers.register()
    Plugins.instance().register(UserFolders)
    if arguments.runs:
        sys.argv = ["datalchemy", *arguments.words, *_NO_RECORD]
    else:
        sys.argv = ["datalchemy", *arguments.words]
        _learn_secrets(arguments)
    os.environ["HYDRA_FULL_ERROR"] = "1"  # let its errors come to us, instead of being printed
    ended_by = ExitCode.INTERNAL
    try:
        _enter(arguments)
        ended_by = ExitCode.OK
    except Terminated:
        ended_by = ExitCode.TERMINATED
        raise
    except KeyboardInterrupt:
        ended_by = ExitCode.INTERRUPTED
        raise
    except (Stop, DatalchemyError) as raised:
        ended_by = (raised.error if isinstance(raised, Stop) else raised).exit_code
        raise
    finally:
        code = _conclude(arguments, ended_by)
    return code


_NO_RECORD = ("hydra.output_subdir=null", "hydra.job.env_copy=[]")
"""Set on the command line, so that it overrides any file, also in each job of a sweep."""


def _learn_secrets(arguments: HydraArguments) -> None:
    """Compose once before Hydra shows its configuration, so that the secrets in it are known and masked."""
    # Hydra reports later what it cannot compose.
    with suppress(Exception), hydra.initialize_config_dir(str(config_folders.shipped()), version_base="1.3"):
        learn_plain_secrets(hydra.compose(config_folders.PRIMARY, list(arguments.overrides)))


def _enter(arguments: HydraArguments) -> None:
    said = io.StringIO()
    try:
        with nullcontext() if arguments.runs else redirect_stderr(said):
            _hydra_main()
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            cause = (
                shown(said.getvalue(), process_vault().scrub).strip().partition("\n")[0]
                or "the command line was refused"
            )
            raise ConfigurationError(cause, remedy="see datalchemy --help") from None
    except Exception as fault:
        if error := translate(fault, folders_begun=sweep.CURRENT.folders_begun):
            raise error from fault
        raise


def _hydra_main() -> None:
    if hasattr(argparse.ArgumentParser, "_check_help"):  # Python 3.14 checks help texts that Hydra 1.3 makes lazily
        argparse.ArgumentParser._check_help = lambda self, action: None
    main = hydra.main(config_path=str(config_folders.shipped()), config_name=config_folders.PRIMARY, version_base="1.3")
    main(task)()


def _conclude(arguments: HydraArguments, ended_by: ExitCode) -> int:
    if not arguments.runs:
        return ended_by
    current = sweep.CURRENT
    if current.sweep_dir is not None:
        jobs = current.jobs()
        if not jobs and ended_by == ExitCode.OK:
            raise ConfigurationError("nothing to run: no configuration matches", remedy="look at the glob and excludes")
        code = sweep.finish_sweep(current.sweep_dir, jobs, ended_by=ended_by)
        summary.show_sweep(current.sweep_dir, jobs, complete=ended_by == ExitCode.OK)
        return code
    if current.outcome is None:
        return ended_by
    summary.show_run(current.outcome, current.database)
    return current.outcome.exit_code
