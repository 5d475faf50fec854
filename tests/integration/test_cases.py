"""One folder for each idea: its DDL, and the schema.json that it must give."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from datalchemy.model.json_schema import shipped_text
from tests.integration.capturing import capture, portable, renamed
from tests.servers import Server, load_sql

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/ddl.sql"))
DEMO = Path(__file__).parents[2] / "docker" / "init" / "schema.sql"
DEMO_GOLDEN = Path(__file__).parent / "cases" / "demo.schema.json"
UPDATE = "DATALCHEMY_UPDATE_GOLDEN"


def _oldest(ddl: str) -> int:
    first = ddl.splitlines()[0]
    return int(first.removeprefix("-- requires PostgreSQL ")) if first.startswith("-- requires PostgreSQL ") else 13


def _check(found: bytes, golden: Path, server: Server) -> None:
    if os.environ.get(UPDATE):
        assert server.major == 18, "goldens are written on PostgreSQL 18"
        golden.write_bytes(found)
    expected = golden.read_bytes()
    if server.major == 18:
        assert found == expected
    else:
        assert portable(found) == portable(expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, matrix_server: Server, matrix_database: str) -> None:
    """The DDL gives the committed schema.json: byte for byte on 18, but for what older majors cannot tell there."""
    ddl = (case / "ddl.sql").read_text(encoding="utf-8")
    if matrix_server.major < _oldest(ddl):
        pytest.skip(f"needs PostgreSQL {_oldest(ddl)}")
    load_sql(matrix_database, case / "ddl.sql")
    found = renamed(capture(matrix_database).schema, case.name)
    _check(found, case / "schema.json", matrix_server)


def test_demo(matrix_server: Server, matrix_database: str) -> None:
    """The demo's schema gives the committed golden, twice the same bytes, and is valid by the published JSON Schema."""
    load_sql(matrix_database, DEMO)
    found = capture(matrix_database, "public").schema
    again = capture(matrix_database, "public").schema
    assert found.to_json() == again.to_json()
    jsonschema.Draft202012Validator(json.loads(shipped_text("schema"))).validate(
        found.model_dump(mode="json", exclude_none=True)
    )
    _check(renamed(found, "demo"), DEMO_GOLDEN, matrix_server)
