"""Rows about functions."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.session import Oid


class FunctionRow(NamedTuple):
    """Row of functions.sql."""

    function_oid: Oid
    schema: str
    name: str
    kind: str
    arguments: str | None
    argument_schemas: list[str | None] | None
    argument_types: list[str | None] | None
    result: str | None
    language: str | None
    volatility: str
    parallel: str
    is_strict: bool
    security_definer: bool
    search_path_set: bool
    source_sha256: str
    source: str | None


class FunctionBodyRow(NamedTuple):
    """Row of function_bodies.sql."""

    function_oid: Oid
    body_sha256: str | None
    source: str | None
