from collections.abc import Iterator

import pytest

from tests.acceptance.forking import Program, forked_program


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program, quick to run."""
    with forked_program(tmp_path_factory.mktemp("program")) as forked:
        yield forked
