"""Reading a database in a test, and what may differ between two servers that hold the same structure."""

import json
from typing import Any

import datalchemy
from datalchemy import DatabaseSchema, Introspection


def capture(url: str, *include_schemas: str) -> Introspection:
    """Read the database at `url`; every schema of it when none is named."""
    return datalchemy.introspect(url, include_schemas=include_schemas or ("*",))


def renamed(schema: DatabaseSchema, database: str = "case") -> bytes:
    """Return schema.json's bytes as if the database were called `database`."""
    return schema.model_copy(update={"database": database}).to_json()


def portable(schema_json: bytes) -> Any:
    """Return schema.json without what only some majors can tell: their number, names of NOT NULLs, multiranges."""
    content = json.loads(schema_json)
    del content["engine_version"], content["fingerprint"]
    for schema in content["schemas"]:
        for owner in (*schema["tables"], *schema["domains"]):
            owner["constraints"] = [each for each in owner["constraints"] if each["kind"] != "not_null"]
        for each in schema["ranges"]:
            each.pop("multirange", None)
    return content
