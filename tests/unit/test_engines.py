"""The engines by name, by scheme and by the name in a file."""

from pathlib import Path

import pytest

from datalchemy.adapters import ENGINES, Engine, create_adapter, detect_engine, dialect_of, engine_title
from datalchemy.adapters.base import ConnectionTarget
from datalchemy.cli.commands import ddl
from datalchemy.errors import EngineNotSupportedError
from datalchemy.events import ignore_events
from datalchemy.secrets.vault import Vault
from tests.unit.builders import public, table
from tests.unit.connections import parsed


@pytest.mark.parametrize(
    ("engine", "url", "expected"),
    [
        ("postgres", None, "postgres"),
        ("POSTGRESQL", None, "postgres"),
        (None, "postgresql+psycopg://h/d", "postgres"),
        (None, "MariaDB://h/d", "mysql"),
        ("sqlite", "postgres://h/d", "sqlite"),
        (None, "host=h", "postgres"),
        (None, None, "postgres"),
    ],
)
def test_an_engine_is_found(engine: str | None, url: str | None, expected: str) -> None:
    """The name of an engine goes before the URL's scheme; PostgreSQL is meant where neither is given."""
    assert detect_engine(engine=engine, scheme=parsed(url).scheme if url else None).name == expected


def test_an_unknown_engine_is_refused() -> None:
    """An unknown name is an error that names the nearest known one."""
    with pytest.raises(EngineNotSupportedError, match="unknown URL scheme 'postgre'") as refused:
        detect_engine(engine=None, scheme="postgre")
    assert refused.value.remedy is not None
    assert refused.value.remedy.startswith("did you mean postgres?")


@pytest.mark.parametrize("planned", [one for one in ENGINES if one.adapter is None], ids=lambda one: one.name)
def test_a_planned_engine_says_so(planned: Engine) -> None:
    """Neither an adapter nor a dialect can be had of a planned engine; the error names those that can be read."""
    for ask in (
        lambda: create_adapter(planned, ConnectionTarget(), events=ignore_events, vault=Vault()),
        lambda: dialect_of(planned),
    ):
        with pytest.raises(EngineNotSupportedError, match=f"{planned.title} is planned") as refused:
            ask()
        assert refused.value.remedy == "today only PostgreSQL can be read"


def test_an_engine_has_a_name_for_people() -> None:
    """The summary shows the engine's title, and the name of an engine that is not known."""
    assert (engine_title("postgres"), engine_title("oracle")) == ("PostgreSQL", "oracle")


@pytest.mark.parametrize("engine", ["mysql", "oracle"])
def test_ddl_is_written_by_the_engine_of_the_file(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ddl` writes no PostgreSQL for a file of another engine: it refuses the engine by name."""
    file = tmp_path / "schema.json"
    file.write_bytes(public(table("t", ["a"])).model_copy(update={"engine": engine}).to_json())
    with pytest.raises(EngineNotSupportedError, match=f"(?i){engine}"):
        ddl.run([str(file)])
    assert capsys.readouterr().out == ""
