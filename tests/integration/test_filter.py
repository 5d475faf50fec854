"""Schemas whose names look like globs, on a real server."""

from tests.integration.capturing import capture
from tests.servers import load_sql


def test_a_schema_whose_name_is_a_glob_can_be_named(database: str) -> None:
    """`[x]` reads the schema of that name where there is one, not `x`; an FK from there to `x` leads outside."""
    load_sql(
        database,
        """create schema x; create schema "[x]"; create table x.t (id int primary key);
        create table "[x]".u (id int references x.t); create schema "a*"; create schema ab;""",
    )
    for pattern in ("[x]", "[[]x]"):
        found = capture(database, pattern)
        assert [one.name for one in found.schema.schemas] == ["[x]"]
        assert [one.code for one in found.warnings] == ["schemas_left_out", "outside_filter"]
    assert [one.name for one in capture(database, "a*").schema.schemas] == ["a*"]
    assert [one.name for one in capture(database, "[xy]").schema.schemas] == ["x"]
