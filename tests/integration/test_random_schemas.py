"""Schemas that nobody thought of: what is drawn is made, read, and must be what was drawn."""

import os
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import sql

from tests.integration.capturing import capture
from tests.integration.drawing import DrawnSchema, Facts, databases
from tests.integration.drawn_ddl import statements
from tests.integration.drawn_facts import all_names, expected
from tests.servers import Server

EXAMPLES = int(os.environ.get("DATALCHEMY_EXAMPLES", "25"))


def _pick(facts: Facts, *keys: str) -> Facts:
    return {key: facts[key] for key in keys if key in facts}


_CONSTRAINT = {
    "primary_key": ("kind", "name", "columns", "include", "deferrable", "initially_deferred", "comment"),
    "unique": ("kind", "name", "columns", "include", "deferrable", "initially_deferred", "comment"),
    "check": ("kind", "name", "raw_sql", "expr", "columns", "no_inherit", "comment"),
    "foreign_key": (
        *("kind", "name", "columns", "ref_schema", "ref_table", "ref_columns", "on_delete", "on_update", "match"),
        *("deferrable", "initially_deferred", "validated", "comment"),
    ),
}


def _column(column: Facts) -> Facts:
    told = _pick(column, "name", "ordinal", "data_type", "nullable", "not_null", "default", "comment")
    told["type"] = _pick(column["type"], "kind", "length", "precision", "scale")
    if "identity" in column:
        told["identity"] = column["identity"]["generation"]
    return told


def _index(index: Facts) -> Facts:
    told = _pick(index, "name", "unique", "primary", "include", "predicate", "constraint", "comment")
    told["keys"] = [_pick(key, "column", "expression", "order", "nulls") for key in index["keys"]]
    return told


def _table(table: Facts) -> Facts:
    return {
        **_pick(table, "name", "kind", "comment"),
        "columns": [_column(column) for column in table["columns"]],
        # PostgreSQL 18 names every NOT NULL; `not_null` says the same of the column.
        "constraints": [_pick(c, *_CONSTRAINT[c["kind"]]) for c in table["constraints"] if c["kind"] != "not_null"],
        "indexes": [_index(index) for index in table["indexes"]],
    }


def _domain(domain: Facts) -> Facts:
    return {
        **_pick(domain, "name", "data_type", "nullable", "comment"),
        "type": _pick(domain["type"], "kind", "length", "precision", "scale"),
        "constraints": [_pick(c, "name", "raw_sql", "expr") for c in domain["constraints"] if c["kind"] == "check"],
    }


def _function(function: Facts) -> Facts:
    """Return the facts without the mode that PostgreSQL writes since 14 where a procedure takes an argument."""
    told = _pick(function, "name", "kind", "arguments", "result", "language", "source_sha256", "comment")
    mode = "IN " if function["kind"] == "procedure" else ""
    return told | {"arguments": told["arguments"].removeprefix(mode)}


def _told(url: str) -> list[Facts]:
    found: Any = capture(url).schema.model_dump(mode="json", exclude_none=True)
    return [
        {
            **_pick(schema, "name", "comment"),
            "tables": [_table(table) for table in schema["tables"]],
            "enums": [_pick(enum, "name", "labels", "comment") for enum in schema["enums"]],
            "domains": [_domain(domain) for domain in schema["domains"]],
            "functions": [_function(function) for function in schema["functions"]],
        }
        for schema in found["schemas"]
        if schema["name"] != "public"
    ]


def _make(connection: psycopg.Connection[Any], drawn: Sequence[DrawnSchema]) -> list[Facts]:
    """Make what was drawn, and return what must be told of it."""
    with connection.transaction():
        for statement in statements(drawn):
            connection.execute(statement)
    rows = connection.execute(
        "select name, quote_ident(name) from unnest(%s::text[]) as name", [sorted(all_names(drawn))]
    ).fetchall()
    return expected(drawn, dict(rows).__getitem__)


@pytest.mark.timeout(1200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=databases())
def test_drawn_schemas(matrix_server: Server, matrix_database: str, drawn: tuple[DrawnSchema, ...]) -> None:
    """Whatever names, columns, keys and references are drawn, schema.json tells exactly them."""
    with psycopg.connect(matrix_database, autocommit=True) as connection:
        try:
            must = _make(connection, drawn)
            assert _told(matrix_database) == must
        finally:
            for schema in drawn:
                connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema.name)))
