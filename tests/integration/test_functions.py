"""Functions: their identity, the digest of their sources, and where the sources stay."""

import hashlib
from pathlib import Path
from typing import Any

import psycopg
import pytest

import datalchemy
from datalchemy import WarningCode
from datalchemy.adapters.postgres.catalog import read_sql
from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.adapters.postgres.rows import QUERIES
from datalchemy.errors import ExitCode
from datalchemy.model.functions import Function
from tests.integration.capturing import capture
from tests.integration.roles import run
from tests.integration.watching import watch
from tests.servers import Server, load_sql

CANARY = "s3cr3t-hunter2"
_HIDDEN = f"""
create function body() returns int language sql as $$select 1 where '{CANARY}' <> ''$$;
create function configured() returns int language sql set app.secret = '{CANARY}' as 'select 1';
create function defaulted(a text default '{CANARY}') returns int language sql as 'select 1';
create aggregate joined(text) (sfunc = textcat, stype = text, initcond = '{CANARY}');
"""
_ATOMIC = f"create function atomic() returns text language sql return '{CANARY}';"


def _functions(url: str, *, source: bool = False) -> dict[str, Function]:
    found = datalchemy.introspect(url, include_schemas=("*",), function_source=source)
    return {one.name: one for schema in found.schema.schemas for one in schema.functions}


@pytest.mark.parametrize(("encoding", "as_bytes"), [("UTF8", "utf-8"), ("LATIN1", "utf-8"), ("SQL_ASCII", "latin-1")])
def test_the_digest_is_that_of_the_source(encoding: str, as_bytes: str, server: Server) -> None:
    """Anyone can compute it from the text in UTF-8, whatever the database's encoding; in SQL_ASCII, from its bytes."""
    source = "select 'é\\\n' -- it's"
    url = server.new_database(encoding=encoding)
    try:
        statement = f"create function f() returns text language sql as $x${source}$x$"
        run(url, "set client_encoding = 'SQL_ASCII'", statement.encode("latin-1")) if encoding == "SQL_ASCII" else run(
            url, statement
        )
        found = _functions(url)["f"]
    finally:
        server.drop_database(url)
    assert found.source_sha256 == hashlib.sha256(source.encode(as_bytes)).hexdigest()


def test_no_source_leaves_the_server(matrix_server: Server, matrix_database: str) -> None:
    """No answer of the server holds a body, a setting, a default or an initial value of a function."""
    load_sql(matrix_database, _HIDDEN)
    if matrix_server.major >= 14:
        load_sql(matrix_database, _ATOMIC)
    with psycopg.connect(matrix_database) as connection:
        for query in QUERIES:
            if query.since <= matrix_server.version_num:
                parameters = {"schemas": ["public"], "function_source": False}
                answer = connection.execute(read_sql(query.name).encode(), parameters).fetchall()
                assert CANARY not in repr(answer), query.name


def test_a_source_is_captured_on_demand(matrix_server: Server, matrix_database: str) -> None:
    """With the option `source` is there, but for aggregates; the fingerprint is the same, and so are the digests."""
    load_sql(matrix_database, _HIDDEN)
    if matrix_server.major >= 14:
        load_sql(matrix_database, _ATOMIC)
    bare = capture(matrix_database)
    found = datalchemy.introspect(matrix_database, include_schemas=("*",), function_source=True)
    assert found.schema.fingerprint == bare.schema.fingerprint
    sources = {one.name: one.source for one in found.schema.schemas[0].functions}
    expected = {"body": f"select 1 where '{CANARY}' <> ''", "configured": "select 1", "defaulted": "select 1"}
    expected |= {"atomic": f"RETURN '{CANARY}'::text"} if matrix_server.major >= 14 else {}
    assert {name: source for name, source in sources.items() if source is not None} == expected
    without = [one.model_copy(update={"source": None}) for one in found.schema.schemas[0].functions]
    assert tuple(without) == bare.schema.schemas[0].functions
    assert not any(each.code is WarningCode.NOT_MODELLED for each in found.warnings)
    assert '-- not rendered: aggregate "public"."joined"(text)' in script(found.schema).text()


def test_a_credential_in_a_source(database: str, tmp_path: Path) -> None:
    """It is warned about; masked with the option, where the digest of the source goes, too."""
    load_sql(
        database,
        f"""create function f() returns void language plpgsql as $$
        declare api_key text := '{CANARY}';
        begin -- don't: the password is {CANARY}
            perform 'token={CANARY}';
        end$$;
        create function innocent() returns int language sql as 'select 1'""",
    )
    asked: dict[str, Any] = {"capture": {"function_source": True}}
    plain = watch(database, tmp_path / "plain", **asked).outcome
    assert [each.message for each in plain.warnings if each.code is WarningCode.CREDENTIAL_IN_SCHEMA] == [
        'the source of function "public"."f" looks like it holds a credential:'
        " the name that is declared says so, the key before it says so"
    ]
    masked = watch(database, tmp_path / "masked", **asked, redact={"schema_text": True})
    assert CANARY.encode() not in masked.schema_json
    assert masked.outcome.schema is not None
    one, innocent = masked.outcome.schema.schemas[0].functions
    assert one.source is not None
    assert one.source.count("***") == 3
    assert (one.source_sha256, innocent.source_sha256 is None) == (None, False)


_DAMAGES = {
    "a language": ("delete from pg_language where lanname = 'plpgsql'", "lost", "its language"),
    "a language's number": ("update pg_proc set prolang = 1 where proname = 'lost'", "lost", "its language"),
    "a type": ("delete from pg_type where typname = 'gone'", "lost", "the type of an argument"),
    "a result": ("update pg_proc set prorettype = 1 where proname = 'lost'", "lost", "of its result"),
    "a kind": ("update pg_proc set prokind = 'z' where proname = 'lost'", "lost", "the function kind 'z'"),
    "a volatility": ("update pg_proc set provolatile = 'z' where proname = 'lost'", "lost", "the volatility 'z'"),
}


@pytest.mark.parametrize("what", _DAMAGES)
def test_what_cannot_be_captured(what: str, database: str, tmp_path: Path) -> None:
    """A function that the catalog has lost a part of is left out with a warning that names it; strict exits 4."""
    damage, name, said = _DAMAGES[what]
    run(
        database,
        "create type gone as enum ('x')",
        "create function lost(gone) returns int language plpgsql as 'begin end'",
        "create function kept() returns int language sql as 'select 1'",
        f"set allow_system_table_mods = on; {damage}",
    )
    lenient = watch(database, tmp_path / "lenient").outcome
    assert lenient.exit_code is ExitCode.OK, lenient.error
    (lost,) = [each for each in lenient.warnings if each.code is WarningCode.INCOMPLETE_CAPTURE]
    assert (lost.where.schema_name, lost.where.name) == ("public", name)
    assert said in lost.message
    assert lenient.schema is not None
    assert [one.name for one in lenient.schema.schemas[0].functions] == ["kept"]
    strict = watch(database, tmp_path / "strict", top={"strict": True}).outcome
    assert strict.exit_code is ExitCode.STRICT
