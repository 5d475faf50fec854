"""Statements that a schema is rendered as, for tests."""

from typing import Any

from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.model.table import (
    Table,
    TableReference,
)
from tests.unit.builders import (
    public,
)

COUNTED = "START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1 NO CYCLE"


CREATED = 'CREATE SCHEMA IF NOT EXISTS "public"'


PARENT = (TableReference(schema_name="public", table="parent"),)


def made(*tables: Table, **facts: Any) -> list[str]:
    """Return the statements for a schema `public`, each on one line, without that which makes the schema."""
    written = [" ".join(statement.split()) for statement in script(public(*tables, **facts)).statements]
    assert written[0] == CREATED
    return written[1:]
