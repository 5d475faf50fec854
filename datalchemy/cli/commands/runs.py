"""`datalchemy runs`: list, show, verify, retry and prune the runs and sweeps of a registry."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from datalchemy.adapters import fingerprint_of
from datalchemy.cli.commands.runs_parser import make_parser
from datalchemy.cli.hydra.runs_dir import configured_runs_dir
from datalchemy.cli.run_texts import (
    run_facts,
    run_lines,
    run_value,
    sweep_facts,
    sweep_line_value,
    sweep_lines,
    sweep_value,
)
from datalchemy.cli.terminal import print_json, printable, set_verbosity, tell, verbosity
from datalchemy.errors import ConfigurationError, ExitCode, RegistryError
from datalchemy.registry.listing import RunSummary, summarise
from datalchemy.registry.lookup import find, find_sweep, known_runs, known_sweeps
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.prune import (
    Removal,
    left_alone,
    remove,
    remove_sweep,
    remove_without_a_name,
    superfluous,
    superfluous_sweeps,
    without_a_name,
)
from datalchemy.registry.sweep_listing import SweepFound, jobs_to_repeat
from datalchemy.registry.verification import Finding, verify, verify_sweep


def run(words: Sequence[str]) -> int:
    """Run the action that `words` name, and return the exit code."""
    options = make_parser().parse_args(words)
    act = {"list": _list, "show": _show, "verify": _verify, "retry": _retry, "prune": _prune}[options.action]
    return int(act(options, options.run_dir or configured_runs_dir(os.environ)))


def _list(options: argparse.Namespace, runs_dir: Path) -> int:
    if options.sweeps:
        found = [each for each in known_sweeps(runs_dir) if _is_asked(options, each, _databases(each))]
        newest_first = found[::-1][: options.limit]
        _print(options, [*map(sweep_line_value, newest_first)], sweep_lines(newest_first))
    else:
        runs = [each for each in known_runs(runs_dir) if _is_asked(options, each, [each.database.called])]
        newest_runs = runs[::-1][: options.limit]
        _print(options, [*map(run_value, newest_runs)], run_lines(newest_runs))
    return ExitCode.OK


def _databases(sweep: SweepFound) -> list[str | None]:
    return [job.database or job.dbname for job in sweep.jobs]


def _is_asked(options: argparse.Namespace, each: RunSummary | SweepFound, databases: Iterable[str | None]) -> bool:
    if options.status and each.status.value not in options.status:
        return False
    if options.since and (each.started_at is None or each.started_at < options.since):
        return False
    return options.db is None or any(
        name is not None and (name == options.db or fnmatchcase(name, options.db)) for name in databases
    )


def _show(options: argparse.Namespace, runs_dir: Path) -> int:
    found = find(options.run, runs_dir)
    if isinstance(found, SweepFound):
        _print(options, sweep_value(found), sweep_facts(found))
    else:
        _print(options, run_value(found), run_facts(found))
    return ExitCode.OK


def _verify(options: argparse.Namespace, runs_dir: Path) -> int:
    if options.run is None:
        chosen: list[RunSummary | SweepFound] = [*known_runs(runs_dir), *known_sweeps(runs_dir)]
    else:
        found = find(options.run, runs_dir)
        chosen = [found, *(_runs_of(found) if isinstance(found, SweepFound) else ())]
    findings = [(each, finding) for each in chosen for finding in _findings(each)]
    changed = {each.path for each, _ in findings}
    if options.json:
        print_json([{**_named(each), "path": str(each.path), **finding} for each, finding in findings])
    else:
        for each, finding in findings:
            _say(f"{each.path.name}: {finding['name']}: {finding['message']}")
        _say(f"{_counted(chosen)} verified, {len(changed)} with findings")
    return ExitCode.REGISTRY if findings else ExitCode.OK


def _runs_of(sweep: SweepFound) -> list[RunSummary]:
    folders = [sweep.path.parent.parent / job.run_dir for job in sweep.jobs if job.run_dir is not None]
    found = (summarise(folder, now=datetime.now(UTC)) for folder in folders)
    return [each for each in found if each is not None]


def _named(each: RunSummary | SweepFound) -> dict[str, str]:
    return {"sweep_id": each.sweep_id} if isinstance(each, SweepFound) else {"run_id": each.run_id}


def _counted(found: Sequence[RunSummary | SweepFound]) -> str:
    number = sum(isinstance(each, SweepFound) for each in found)
    return f"{len(found) - number} run(s)" + (f" and {number} sweep(s)" if number else "")


def _findings(each: RunSummary | SweepFound) -> Iterable[dict[str, str]]:
    """Return the findings of a folder; none for what still runs."""
    if each.status is RunStatus.RUNNING:
        return []
    try:
        found = verify_sweep(each) if isinstance(each, SweepFound) else verify(each.path, fingerprint_of)
    except RegistryError as error:
        return [{"code": "unreadable", "name": each.path.name, "message": each.problem or error.message}]
    return [_finding(finding) for finding in found]


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code.value, "name": finding.name, "message": finding.message}


def _retry(options: argparse.Namespace, runs_dir: Path) -> int:
    found = find_sweep(options.sweep, runs_dir)
    jobs = jobs_to_repeat(found)
    if options.dry_run:
        commands = [shlex.join(["datalchemy", *job.overrides]) for job in jobs]
        _print(options, [{"job": job.job, "overrides": job.overrides} for job in jobs], map(printable, commands))
        return ExitCode.OK
    set_verbosity(verbose=options.verbose, quiet=options.quiet)
    if not jobs:
        if options.json or verbosity() >= 0:
            said = f"nothing to repeat: all {len(found.jobs)} job(s) of sweep {found.sweep_id} succeeded"
            _print(options, sweep_value(found), [said])
        return ExitCode.OK
    from datalchemy.cli.hydra.retry import retry

    return retry(found, jobs, as_json=options.json)


def _prune(options: argparse.Namespace, runs_dir: Path) -> int:
    if options.keep is None and options.older_than is None:
        raise ConfigurationError("runs prune: no limit is given", remedy="give --keep N, --older-than AGE, or both")
    limits: dict[str, Any] = {"keep": options.keep, "older_than": options.older_than, "now": datetime.now(UTC)}
    runs, found = known_runs(runs_dir), known_sweeps(runs_dir)
    unreadable = [each for each in found if each.status is RunStatus.UNREADABLE]
    notes = [f"left alone: {each.path}: {each.problem}" for each in left_alone(runs)]
    notes += [f"left alone: {each.path}: {each.problem}" for each in unreadable]
    failures: list[RegistryError] = []

    def is_removed(attempt: Callable[..., Removal], folder: Path, **more: Any) -> bool:
        try:
            removal = attempt(folder, really=options.yes, **more)
        except RegistryError as error:
            failures.append(error)
            return False
        notes.extend([removal.note] if removal.note else [])
        return removal.deleted

    going = [each.path for each in superfluous(runs, **limits)]
    gone = [folder for folder in going if is_removed(remove, folder, now=limits["now"])]
    unnamed = without_a_name(runs_dir, now=limits["now"])
    gone += [folder for folder in unnamed if is_removed(remove_without_a_name, folder, now=limits["now"])]
    going_sweeps = [each.path for each in superfluous_sweeps(found, set(gone), **limits)]
    gone_sweeps = [folder for folder in going_sweeps if is_removed(remove_sweep, folder)]
    folders = {"runs": [str(folder) for folder in gone], "sweeps": [str(folder) for folder in gone_sweeps]}
    if options.json:
        print_json({"deleted": options.yes, **folders, "left_alone": notes})
    else:
        done = "deleted" if options.yes else "would delete"
        for line in (*(f"{done} {folder}" for folder in folders["runs"] + folders["sweeps"]), *notes):
            _say(line)
        if not options.yes and (gone or gone_sweeps):
            sweeps = f" and {len(gone_sweeps)} sweep(s)" if gone_sweeps else ""
            _say(f"{len(gone)} run(s){sweeps} would be deleted; give --yes to do it")
        elif not going and not going_sweeps and not unnamed:
            _say("nothing to delete")
    for failure in failures:
        tell(failure)
    return ExitCode.REGISTRY if failures else ExitCode.OK


def _print(options: argparse.Namespace, value: Any, lines: Iterable[str]) -> None:
    if options.json:
        print_json(value)
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _say(text: str) -> None:
    sys.stdout.write(printable(text) + "\n")
