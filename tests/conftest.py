"""One server for the whole session: the controller starts it, the xdist workers share it, nothing is skipped."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import servers, tallies
from tests.memory import lay_temporary_files_in_memory
from tests.scale import scale_hypothesis
from tests.servers import Server, Tools

pytest_plugins = ["tests.contracts"]
_RUNNING = pytest.StashKey[dict[str, Server]]()
_UNIT = Path(__file__).parent / "unit"


def pytest_configure(config: pytest.Config) -> None:
    """Name the matrix's marker, scale what is drawn, and drop libpq's variables that are meant for other servers."""
    lay_temporary_files_in_memory()
    scale_hypothesis()
    config.addinivalue_line("markers", "matrix: runs on every server of the matrix (given to users of matrix_server)")
    if not os.environ.get(servers.DSN_VARIABLE):
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers before the header is printed and before xdist makes its workers."""
    config = session.config
    if not hasattr(config, "workerinput"):
        stack = ExitStack()
        stack.enter_context(tallies.collected())
        config.add_cleanup(stack.close)
    if not hasattr(config, "workerinput") and not config.option.collectonly and not _only_unit_tests(config):
        _running(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which servers run."""
    running = node.config.stash.get(_RUNNING, {})
    node.workerinput["servers"] = [dataclasses.asdict(server) for server in running.values()]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which servers the tests use."""
    return _described(config)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how much was tried, and once more which servers were used where a quiet run has no header."""
    for line in tallies.lines():
        terminalreporter.write_line(f"tried: {line}")
    if terminalreporter.no_header or terminalreporter.verbosity < 0:
        for line in _described(terminalreporter.config):
            terminalreporter.write_line(line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `matrix_server` on each server of the matrix, or on the default one when there is none."""
    if "matrix_server" in metafunc.fixturenames:
        labels = list(servers.matrix()) or [servers.DEFAULT]
        metafunc.parametrize("matrix_server", labels, indirect=True, ids=[f"pg-{label}" for label in labels])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on the matrix."""
    for item in items:
        if "matrix_server" in getattr(item, "fixturenames", ()):
            item.add_marker("matrix")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """The default server."""
    return _running(request.config)[servers.DEFAULT]


@pytest.fixture(scope="session")
def matrix_server(request: pytest.FixtureRequest) -> Server:
    """Each server of DATALCHEMY_TEST_MATRIX in turn; without that variable, the default server."""
    return _running(request.config)[request.param]


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The URL of an empty database on the default server, dropped afterwards."""
    url = server.new_database()
    yield url
    server.drop_database(url)


@pytest.fixture
def matrix_database(matrix_server: Server) -> Iterator[str]:
    """The URL of an empty database on a server of the matrix, dropped afterwards."""
    url = matrix_server.new_database()
    yield url
    matrix_server.drop_database(url)


@pytest.fixture(scope="session")
def load_sql() -> Callable[[str, Path | str], None]:
    """`load_sql(url, Path(...))` or `load_sql(url, "create table ...")`: psql, stopping at the first error."""
    return servers.load_sql


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Where psql and pg_dump are."""
    return servers.tools()


def _running(config: pytest.Config) -> dict[str, Server]:
    """Return the servers by label: the controller's, or our own when a unit-only session turns out to need one."""
    if _RUNNING not in config.stash:
        told = getattr(config, "workerinput", {}).get("servers")
        config.stash[_RUNNING] = {facts["label"]: Server(**facts) for facts in told} if told else _start(config)
    return config.stash[_RUNNING]


def _start(config: pytest.Config) -> dict[str, Server]:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        running = [stack.enter_context(servers.default_server())]
        running += [
            stack.enter_context(servers.packaged_server(label, path)) for label, path in servers.matrix().items()
        ]
    except Exception as error:
        raise pytest.UsageError(f"no PostgreSQL server to test on: {error}") from error
    return {server.label: server for server in running}


def _only_unit_tests(config: pytest.Config) -> bool:
    paths = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    return bool(paths) and all(path.is_relative_to(_UNIT) for path in paths)


def _described(config: pytest.Config) -> list[str]:
    running = config.stash.get(_RUNNING, {})
    if not running:
        return ["postgresql: no server started (unit tests only)"]
    return [f"postgresql: {server.label}: {server.kind}, version {server.version}" for server in running.values()]
