"""The structure is built anew from schema.json alone; the oracle is pg_dump, of the original and of the copy."""

from typing import NamedTuple

import psycopg

from datalchemy import DatabaseSchema
from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.analysis.fingerprint import fingerprint
from tests.integration.capturing import capture
from tests.integration.dump import Entry, entries, rendered
from tests.integration.structures import Structure
from tests.servers import load_sql


class _Facts(NamedTuple):
    """What is compared: the statements of the dump's rendered entries by (type, schema, name), and the fingerprint."""

    entries: dict[tuple[str, str, str], list[str]]
    fingerprint: str


def differences_of_rebuilt(structure: Structure) -> list[str]:
    """Build the database anew from its schema.json, and return where it is not like the original.

    Where the server writes an expression otherwise once it has read its own text, a dump does not survive restoring
    either: the copy may then be like the restored dump.
    """
    schema = DatabaseSchema.model_validate_json(structure.captured.schema.to_json())
    original = _facts(structure.entries, schema)
    copy_url = structure.server.new_database()
    try:
        _build(copy_url, [entry for entry in structure.entries if entry.is_needed], schema)
        found = _facts(entries(copy_url), capture(copy_url).schema)
    finally:
        structure.server.drop_database(copy_url)
    if found == original:
        return []
    restored = _facts(structure.restored.entries, structure.restored.captured.schema)
    names = sorted({name for facts in (original, found, restored) for name in facts.entries})
    different = [
        f"{name}: {found.entries.get(name)} instead of {original.entries.get(name)}"
        for name in names
        if found.entries.get(name) not in (original.entries.get(name), restored.entries.get(name))
    ]
    if found.fingerprint not in (original.fingerprint, restored.fingerprint):
        different.append("the fingerprints differ")
    return different


def _facts(dumped: list[Entry], schema: DatabaseSchema) -> _Facts:
    names: dict[tuple[str, str, str], list[str]] = {}
    for entry in rendered(dumped):
        names.setdefault((entry.type, entry.schema, entry.name), []).append(entry.sql)
    return _Facts(names, _bare_fingerprint(schema))


def _bare_fingerprint(schema: DatabaseSchema) -> str:
    """Return the fingerprint of what is rendered: triggers are not, since the file lacks their arguments."""
    unsaid = {"triggers": ()}
    schemas = [
        one.model_copy(update={"tables": tuple(table.model_copy(update=unsaid) for table in one.tables)})
        for one in schema.schemas
    ]
    return fingerprint(schemas, PostgresNames())


def _build(url: str, needed: list[Entry], schema: DatabaseSchema) -> None:
    """Load the script in one pass; with what it leans on, which needs it in turn, run each statement when it runs."""
    if not needed:
        load_sql(url, script(schema).text())
        return
    ours = script(schema).statements
    schemas = [one for one in ours if one.startswith("CREATE SCHEMA")]
    waiting = [*schemas, *(entry.sql for entry in needed), *ours[len(schemas) :]]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_catalog.set_config('search_path', '', false)")
        connection.execute("set check_function_bodies = off")
        while waiting:
            failed = [statement for statement in waiting if not _runs(connection, statement)]
            if len(failed) == len(waiting):
                break
            waiting = failed


def _runs(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> bool:
    try:
        connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True
