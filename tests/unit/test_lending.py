"""What goes to worker processes."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest

from datalchemy.secrets.lending import pickled
from datalchemy.secrets.process import process_vault
from tests.unit.connections import filled, given

CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{CANARY}@h/d",
        f"postgresql://u:{CANARY}@h/d?application_name=a@b",
        f"postgresql://u:{CANARY}?a=b@h/d",
        f"host=h password='{CANARY}' dbname='postgres://u:{CANARY}@h/d'",
        CANARY,
        f"host=h password=<env:PW>{CANARY} gucs={CANARY} sslmode=require",
    ],
)
def test_no_secret_is_pickled(url: str) -> None:
    """A value of the command line survives being pickled, and the bytes hold no secret."""
    found = given(url)
    data = pickled(found)
    assert CANARY.encode() not in data
    restored = pickle.loads(data)  # noqa: S301  # our own bytes
    assert restored.shown() == found.shown()
    assert filled(restored, {"PW": "x"}) == filled(found, {"PW": "x"})


def test_a_child_process_finds_what_was_lent() -> None:
    """A process that is started afterwards restores the value from the bytes."""
    data = pickled(process_vault().keep(CANARY))
    script = (
        "import pickle, sys; from datalchemy.secrets.process import process_vault;"
        "print(process_vault().open(pickle.loads(sys.stdin.buffer.read())), process_vault().known())"
    )
    child = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert child.stdout.decode().strip() == f"{CANARY} {(CANARY,)}"


def test_the_same_secret_is_lent_once() -> None:
    """Many values with one secret need one variable."""
    pickled([given(f"postgresql://u:{CANARY}@h/d") for _ in range(3)])
    assert [name for name in os.environ if name.startswith("DATALCHEMY_SECRET_")] == ["DATALCHEMY_SECRET_1"]
