"""What a RUN argument means. Every verb asks here.

In this order: a folder, `latest`, an id or a folder's name, a database's name, the beginning of an id.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from datalchemy.errors import ConfigurationError
from datalchemy.registry.layout import SCHEMA, sweep_id_in
from datalchemy.registry.listing import RunSummary, runs, summarise
from datalchemy.registry.log import utc_now
from datalchemy.registry.manifest import RunStatus
from datalchemy.registry.sweep_listing import SweepFound, find_sweep_in, sweeps

LATEST = "latest"
_MOST_SHOWN = 5
_SWEEP_DEPTH = 2


def find(argument: str, runs_dir: Path) -> RunSummary | SweepFound:
    """Return the one run or sweep that a RUN argument means.

    Args:
        argument: the folder of a run or a sweep, in any registry; `latest`, the newest run; an id, or the name of a
            folder of the registry; a database's name, for the newest run of it that succeeded; the beginning of an id
            that no other has. A run without a name of the user's counts by the database's name on the server.
        runs_dir: the registry.

    Raises:
        ConfigurationError: there is no registry, none is meant, or several are; the error names these.
        RegistryError: the registry cannot be read.
    """
    found = _at(Path(argument))
    if found is not None:
        return found
    known = known_runs(runs_dir)
    if argument == LATEST:
        if not known:
            raise ConfigurationError(f"there is no run in {runs_dir}", remedy="name another registry with --run-dir")
        return known[-1]
    everything: list[RunSummary | SweepFound] = [*known, *sweeps(runs_dir)]
    name = Path(argument).name
    exact = [each for each in everything if name == each.path.name or argument == _id(each)]
    if exact:
        return _only(exact, argument, runs_dir)
    of_database = [each for each in known if each.database.called == argument]
    if of_database:
        return _newest_good(of_database, argument, runs_dir)
    return _only([each for each in everything if argument and _id(each).startswith(argument)], argument, runs_dir)


def find_run(argument: str, runs_dir: Path) -> RunSummary:
    """Return the one run that a RUN argument means; see `find`.

    Raises:
        ConfigurationError: as `find`, or it is a sweep.
        RegistryError: the registry cannot be read.
    """
    found = find(argument, runs_dir)
    if isinstance(found, SweepFound):
        raise ConfigurationError(
            f"{argument!r} is a sweep, and a run is expected",
            remedy=f"datalchemy runs show {found.sweep_id} lists them",
        )
    return found


def find_sweep(argument: str | None, runs_dir: Path) -> SweepFound:
    """Return the one sweep that an argument means; None means the newest.

    Raises:
        ConfigurationError: as `find`, or it is a run.
        RegistryError: the registry cannot be read.
    """
    if argument is None:
        known = known_sweeps(runs_dir)
        if not known:
            raise ConfigurationError(f"there is no sweep in {runs_dir}", remedy="datalchemy -m +db=A,B makes one")
        return known[-1]
    found = find(argument, runs_dir)
    if isinstance(found, RunSummary):
        raise ConfigurationError(
            f"{argument!r} is a run, and a sweep is expected", remedy="datalchemy runs list --sweeps shows their ids"
        )
    return found


def find_schema(argument: str, registry: Callable[[], Path]) -> Path:
    """Return the path of the schema.json that an argument means: that file, a folder with one, or a run's.

    Args:
        argument: the path, or a RUN argument; see `find`.
        registry: returns the registry; called only where the argument is no path.

    Raises:
        ConfigurationError: as `find_run`, or the run has none.
        RegistryError: the registry cannot be read.
    """
    path = Path(argument)
    if path.suffix == ".json" or (os.path.exists(path) and not path.is_dir()):  # noqa: PTH110  # as in `_at`
        return path
    if os.path.isfile(path / SCHEMA):  # noqa: PTH113
        return path / SCHEMA
    found = find_run(argument, registry())
    if not (found.path / SCHEMA).is_file():
        raise ConfigurationError(
            f"run {found.run_id} has no {SCHEMA}: its status is {found.status}",
            remedy="name another run; datalchemy runs list --status succeeded shows those that have one",
        )
    return found.path / SCHEMA


def known_runs(runs_dir: Path) -> list[RunSummary]:
    """Return the runs of a registry, oldest first.

    Raises:
        ConfigurationError: there is no such folder.
        RegistryError: it cannot be read.
    """
    _check_registry(runs_dir)
    return list(runs(runs_dir))


def known_sweeps(runs_dir: Path) -> tuple[SweepFound, ...]:
    """Return the sweeps of a registry, oldest first.

    Raises:
        ConfigurationError: there is no such folder.
        RegistryError: it cannot be read.
    """
    _check_registry(runs_dir)
    return sweeps(runs_dir)


def _check_registry(runs_dir: Path) -> None:
    if not runs_dir.is_dir():
        raise ConfigurationError(
            f"there is no registry at {runs_dir}", remedy="name the folder that holds the runs with --run-dir"
        )


def _at(path: Path) -> RunSummary | SweepFound | None:
    if not os.path.isdir(path):  # noqa: PTH112  # False for a name that no folder can have
        return None
    folder = path if path.name not in ("", "..") else path.resolve()
    if not sweep_id_in(folder.name):
        return summarise(folder, now=utc_now())
    # Its runs are two folders up: a path that does not name these is completed.
    if len(folder.parts) <= _SWEEP_DEPTH or ".." in folder.parts:
        folder = Path(os.path.abspath(folder))  # noqa: PTH100  # no link is resolved
    return find_sweep_in(folder)


def _id(each: RunSummary | SweepFound) -> str:
    return each.sweep_id if isinstance(each, SweepFound) else each.run_id


def _candidate(each: RunSummary | SweepFound) -> str:
    database = None if isinstance(each, SweepFound) else each.database.called
    return f"{each.path.name} ({database})" if database else each.path.name


def _newest_good(known: Sequence[RunSummary], name: str, runs_dir: Path) -> RunSummary:
    good = [each for each in known if each.status is RunStatus.SUCCEEDED]
    if not good:
        raise ConfigurationError(
            f"database {name!r} has no run in {runs_dir} that succeeded; the newest is {known[-1].status}",
            remedy=f"datalchemy runs show {known[-1].run_id} says why",
        )
    return good[-1]


def _only(found: Sequence[RunSummary | SweepFound], argument: str, runs_dir: Path) -> RunSummary | SweepFound:
    if not found:
        raise ConfigurationError(
            f"no run in {runs_dir} called {argument!r}",
            remedy="datalchemy runs list shows ids and databases; runs list --sweeps shows sweeps",
        )
    if len(found) > 1:
        shown = [_candidate(each) for each in found[-_MOST_SHOWN:]]
        more = f" and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
        raise ConfigurationError(
            f"{argument!r} means {len(found)} of {runs_dir}: {', '.join(shown)}{more}",
            remedy="give more of the id, or the folder's name",
        )
    return found[0]
