"""How the time of the pure parts grows: four times the input may take little more than four times as long."""

import random
import time
from collections.abc import Callable

import pytest

from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.analysis.credentials.search import find_credentials
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.analysis.graph import build_graph
from datalchemy.model.schema import DatabaseSchema
from datalchemy.secrets.vault import Vault
from tests.unit.builders import column, database, foreign_key, public, schema, table

LINEAR_RATIO = 4.0
ALLOWED_RATIO = 2.2 * LINEAR_RATIO
"""Quadratic growth would give 16; n log n gives 4.6 at these sizes; the rest is room for a noisy machine."""


def _seconds(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def _ratio(make: Callable[[int], Callable[[], object]], size: int) -> float:
    """Return how much longer 4 * size takes than size: the least of three, taken in turn."""
    small, large = make(size), make(4 * size)
    small(), large()
    pairs = [(_seconds(small), _seconds(large)) for _ in range(3)]
    ratio = min(each for _, each in pairs) / min(each for each, _ in pairs)
    print(f"size {size} and {4 * size}: ratio {ratio:.2f} (linear is {LINEAR_RATIO:.0f})")  # noqa: T201
    return ratio


def _knot(size: int) -> DatabaseSchema:
    rng = random.Random(5)  # noqa: S311 - a test's own choice, no secret
    tables = []
    for number in range(size):
        references = [(f"x{key}", rng.randrange(size)) for key in range(2)]
        columns = [column("id", nullable=False)]
        columns += [column(name, nullable=rng.random() < 0.9) for name, _ in references]
        tables.append(table(f"t{number}", columns, [foreign_key(name, f"t{other}") for name, other in references]))
    return database(schema("public", *tables))


def test_graph() -> None:
    """A graph of tables with two random FKs each, most of them in one knot, grows near-linearly."""

    def make(size: int) -> Callable[[], object]:
        knot = _knot(size)
        return lambda: build_graph(knot)

    assert _ratio(make, 1500) < ALLOWED_RATIO


def test_fingerprint() -> None:
    """The fingerprint grows with the number of columns."""

    def make(size: int) -> Callable[[], object]:
        columns = [column(f"c{number}", default="0", comment="one of many") for number in range(20)]
        many = [schema("public", *(table(f"t{number}", columns) for number in range(size)))]
        return lambda: fingerprint(many, PostgresNames())

    assert _ratio(make, 400) < ALLOWED_RATIO


@pytest.mark.parametrize(
    "piece", ["://a:", "password", "password=", "password='", '"token": "', "://[::", "\\\\", "plain text, "]
)
def test_scrub(piece: str) -> None:
    """Scrubbing grows with the text, also where it repeats the beginning of a pattern."""
    vault = Vault()
    for secret in ("s3cr3t-hunter2", 'a"b\\c%d', "p@ss/w#rd:%"):
        vault.remember(secret)

    def make(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: vault.scrub(text)

    assert _ratio(make, 400_000) < ALLOWED_RATIO


@pytest.mark.parametrize(
    "piece",
    [
        "password", "password=", "password='", '"token": "', "password=hunter2x9 ", "://a:", "://a:b/", "key", "eyJ",
        "eyJaaaaaaaaa.", "bearer ", "authorization: ", "-----BEGIN PRIVATE KEY-----", "''", "'", '"', "'a'::text AS ",
        "xoxb-", "SG.", "api_key = ('x'::text), ", "İ", "plain text, ", "pw:", "password of the ", "admin / ", "'a', ",
    ],
)  # fmt: skip
def test_credentials(piece: str) -> None:
    """The search for credentials grows with the text, plain or SQL, also where it repeats how a pattern begins."""

    def make(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        held = public(table("t", comment=text, definition=f"'{text}'"))
        return lambda: find_credentials(held)

    assert _ratio(make, 200_000) < ALLOWED_RATIO


def test_credentials_of_columns() -> None:
    """The search for credentials grows with the number of columns, of which each has one."""

    def make(size: int) -> Callable[[], object]:
        columns = [column(f"password_{number}", default=f"'hunter{number}x9'::text") for number in range(20)]
        held = public(*(table(f"t{number}", columns) for number in range(size)))
        return lambda: find_credentials(held)

    assert _ratio(make, 400) < ALLOWED_RATIO
