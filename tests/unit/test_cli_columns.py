"""Tables and lists of facts that fit the terminal."""

import pytest

from datalchemy.cli.columns import facts, table

ROWS = (("run", "database", "place", "seconds"), ("a1", "warehouse_prod_1", "shop@db.example.org", "0.25"))


@pytest.fixture
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the terminal this wide."""
    monkeypatch.setenv("COLUMNS", str(request.param))


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (
            80,
            ["run  database          place                seconds", "a1   warehouse_prod_1  shop@db.example.org  0.25"],
        ),
        (45, ["run  database          place", "a1   warehouse_prod_1  shop@db.example.org"]),
        (36, ["run  database          place", "a1   warehouse_prod_1  shop@db.ex..."]),
        (30, ["run  database       place", "a1   warehouse_...  shop@db..."]),
        (10, ["run  database    place", "a1   warehou...  shop@db..."]),
    ],
    indirect=["columns"],
)
@pytest.mark.usefixtures("columns")
def test_what_goes_first(lines: list[str]) -> None:
    """Optional columns are left out first, then cells are cut, one column after the other, to ten characters."""
    assert list(table(ROWS, optional=(3,), flexible=(2, 1))) == lines


def test_without_rows() -> None:
    """A table without rows is its head."""
    assert list(table(ROWS[:1])) == ["run  database  place  seconds"]


@pytest.mark.parametrize("columns", [40], indirect=True)
@pytest.mark.usefixtures("columns")
def test_long_values() -> None:
    """A long value goes on below itself between its words; a path is never cut."""
    path = "runs/2026-11-25T04-01-08Z__run_6673acbfe0ad"
    assert list(facts([("run", path), ("error", "cannot connect: the server refused the connection")])) == [
        f"run    {path}",
        "error  cannot connect: the server\n       refused the connection",
    ]


def test_nothing_that_a_terminal_obeys() -> None:
    """Control characters and line ends of a name are spelled out."""
    assert list(facts([("a", "x\x1b[31m\ny")])) == ["a  x\\x1b[31m y"]
    assert list(table([("a",), ("x\x1b[31m\ny",)])) == ["a", "x\\x1b[31m y"]
