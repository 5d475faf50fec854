"""A partition whose DETACH CONCURRENTLY was interrupted."""

import psycopg
import pytest

from datalchemy.adapters.postgres.ddl.script import script
from tests.integration.capturing import capture
from tests.integration.corpus import load_what_loads
from tests.servers import Server, load_sql, pg_dump


def test_an_interrupted_detach_is_said(matrix_server: Server, matrix_database: str) -> None:
    """The partition says so, with a warning; the fingerprint stays, because a restored structure lacks the fact."""
    if matrix_server.version_num < 140000:
        pytest.skip("PostgreSQL 14 is the first with DETACH CONCURRENTLY")
    load_sql(
        matrix_database,
        "create table p (k int) partition by list (k); create table p1 partition of p for values in (1);",
    )
    with (
        psycopg.connect(matrix_database) as reader,
        psycopg.connect(matrix_database, autocommit=True) as writer,
    ):
        reader.execute("select from p")
        writer.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            writer.execute("alter table p detach partition p1 concurrently")
    found = capture(matrix_database)
    pending = {one.name: one.partition_of for one in found.schema.schemas[0].tables}["p1"]
    assert pending is not None
    assert pending.detach_pending
    assert [one.code for one in found.warnings] == ["detach_pending"]
    restored = matrix_server.new_database()
    load_what_loads(restored, pg_dump(matrix_database, "--schema-only"))
    assert capture(restored).schema.fingerprint == found.schema.fingerprint
    matrix_server.drop_database(restored)
    assert 'the interrupted detach of partition "public"."p1"' in script(found.schema).text()
