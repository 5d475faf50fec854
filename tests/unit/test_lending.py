"""Settings that go to worker processes."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest

from datalchemy.introspector.settings import Settings, load_settings
from datalchemy.secrets.lending import pickled
from tests.unit.connections import filled, parsed

CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    "db",
    [
        {"url": f"postgresql://u:{CANARY}@h/d"},
        {"url": f"postgresql://u:{CANARY}@h/d?application_name=a@b"},
        {"url": parsed(f"host=h password='{CANARY}' dbname='postgres://u:{CANARY}@h/d'").given()},
        {"url": f"{CANARY}"},
        {"password": CANARY, "host": "h"},
        {"password": f"<env:PW>{CANARY}"},
        {"options": {"sslpassword": CANARY, "gucs": CANARY, "sslmode": "require"}},
    ],
)
def test_no_secret_is_pickled(db: dict[str, object]) -> None:
    """Settings survive being pickled, and the bytes hold no secret, be it from a file or from the command line."""
    settings = load_settings({"db": db})
    data = pickled(settings)
    assert CANARY.encode() not in data
    restored = pickle.loads(data)  # noqa: S301  # our own bytes
    assert restored == settings
    if settings.db.url:
        assert filled(restored.db.url, {}) == filled(settings.db.url, {})


def test_a_child_process_finds_what_was_lent() -> None:
    """A process that is started afterwards restores the settings from the bytes."""
    data = pickled(load_settings({"db": {"password": CANARY}}))
    script = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()).db.password.text)"
    child = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert child.stdout.decode().strip() == CANARY


def test_the_same_secret_is_lent_once() -> None:
    """Many settings with one secret need one variable."""
    settings = [load_settings({"db": {"password": CANARY}}) for _ in range(3)]
    assert isinstance(pickle.loads(pickled(settings))[0], Settings)  # noqa: S301  # our own bytes
    assert [name for name in os.environ if name.startswith("DATALCHEMY_SECRET_")] == ["DATALCHEMY_SECRET_1"]
