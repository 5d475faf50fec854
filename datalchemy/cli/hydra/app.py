"""The declarative command line: `+db=NAME key=value ...` is one run, `-m` a sweep."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datalchemy.adapters import harmless_parameters
from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.arguments import Arguments, parse
from datalchemy.cli.hydra.flags import MULTIRUN
from datalchemy.cli.process import reporting
from datalchemy.cli.terminal import VISIBLE_TO_OTHERS, note, set_verbosity
from datalchemy.errors import ConfigurationError, ExitCode
from datalchemy.secrets.intake import learn_words
from datalchemy.secrets.process import process_vault

if TYPE_CHECKING:
    from datalchemy.cli.hydra.expand import Override


def run(words: Sequence[str]) -> int:
    """Run a command line without a verb and return the exit code.

    Raises:
        DatalchemyError: the user's input is wrong, or a file cannot be written.
    """
    gives_secret = learn_words(words, process_vault(), harmless_parameters())
    names = [word.removeprefix("+db=") for word in words if word.startswith("+db=")]
    name = names[0] if len(names) == 1 and not MULTIRUN & set(words) else None
    with reporting(words, name):
        return _run(parse(words), gives_secret=gives_secret)


def _run(arguments: Arguments, *, gives_secret: bool) -> int:
    if "--help" in arguments.flags:
        from datalchemy.cli.commands.help import show as show_help

        show_help()
        return ExitCode.OK
    set_verbosity(verbose="--verbose" in arguments.flags, quiet="--quiet" in arguments.flags)
    config_folders.check_variable(os.environ)
    for folder in reversed(arguments.folders):
        config_folders.add_user_folder(folder)
    if "--shell-completion" in arguments.flags:
        from datalchemy.cli.commands.completion import run_older_form

        return run_older_form(arguments.words)
    config_folders.check_current_folder()
    if not arguments.words and not arguments.shows:
        from datalchemy.cli.commands.help import bare

        if arguments.as_json:
            raise ConfigurationError("no database is chosen", remedy="datalchemy --json +db=NAME")
        return bare()
    if gives_secret:
        note(VISIBLE_TO_OTHERS)
    return _composed(arguments)


def _composed(arguments: Arguments) -> int:
    from datalchemy.cli.hydra import expand
    from datalchemy.cli.hydra.settings import no_database

    jobs = expand.jobs(arguments.words, multirun=arguments.multirun)
    if arguments.multirun and not any(each.key.partition(".")[0] == "db" for each in jobs[0]):
        raise no_database()

    return _compose_and_act(arguments, jobs)


def _compose_and_act(arguments: Arguments, jobs: "Sequence[tuple[Override, ...]]") -> int:
    from datalchemy.cli.hydra import cluster, expand, show, sweep
    from datalchemy.cli.hydra import settings as hydra_settings
    from datalchemy.cli.hydra.compose import Composer
    from datalchemy.cli.hydra.plan import compose, plan, sweep_settings
    from datalchemy.cli.one_run import run_one

    with Composer.started() as composer:
        if arguments.shows:
            show.show(arguments, compose(composer, jobs[0]))
            return ExitCode.OK
        settings = sweep_settings(composer, jobs)
        if arguments.multirun:
            if launcher := expand.launcher_words(arguments.words):
                cluster.check(launcher)
            return sweep.run_sweep(plan(composer, jobs), jobs, settings, launcher, as_json=arguments.as_json)
        composed = compose(composer, jobs[0])
        settings_of_run = hydra_settings.read(composed.config, composed)
        return run_one(
            settings_of_run,
            as_json=arguments.as_json,
            overrides=tuple(map(str, composed.overrides)),
            run_dir=composed.run_dir,
        )
