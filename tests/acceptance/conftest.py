import pytest

from tests.acceptance.forking import Program, shared_program


@pytest.fixture(scope="session")
def program() -> Program:
    """The program, quick to run."""
    return shared_program()
