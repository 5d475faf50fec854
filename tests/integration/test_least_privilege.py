"""What a run may do to a server, and what it reads there: what SECURITY.md promises, asked of the server itself."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from datalchemy.adapters.postgres.catalog import read_sql
from datalchemy.adapters.postgres.rows import QUERIES
from datalchemy.provision.base import until
from tests.integration.capturing import capture
from tests.integration.proxies import proxy_before
from tests.integration.roles import allow_only_connect, run, temporary_role, url_as
from tests.servers import Server

_PAGE = Path(__file__).parents[2] / "SECURITY.md"
_OURS = sorted(path.stem for path in (Path(__file__).parents[2] / "datalchemy/adapters/postgres/sql").glob("*.sql"))
_SETTINGS = ("pin_session", "pin_timeouts")

# Whoever evaluates any of this, or prefers public to pg_catalog, is told so.
_TRAPS = """
create function public.trap(text) returns text language plpgsql immutable as $$
begin raise exception 'called by %', $1; end $$;
create function public.trap(int) returns int language plpgsql immutable as $$
begin raise exception 'called by %', $1; end $$;
create function public.trap() returns boolean language plpgsql immutable as $$
begin raise exception 'called'; end $$;
create function public.set_config(text, text, boolean) returns text language sql as $$ select public.trap($1) $$;
create function public.format_type(oid, int) returns text language sql as $$ select public.trap('format_type') $$;
create function public.pg_get_expr(pg_node_tree, oid) returns text language sql as $$ select public.trap('expr') $$;
create function public.pg_get_viewdef(oid) returns text language sql as $$ select public.trap('viewdef') $$;
create function public.pg_get_constraintdef(oid) returns text language sql as $$ select public.trap('condef') $$;
create function public.same(name, name) returns boolean language sql as $$ select public.trap() $$;
create operator public.= (leftarg = name, rightarg = name, function = public.same);
create view public.pg_class as select public.trap('pg_class') as relname;
create view public.pg_namespace as select public.trap('pg_namespace') as nspname;
create domain trapped as text check (trap(value) <> '');
create table t (
    id int primary key default trap(1),
    note text default trap('default'),
    made text generated always as (trap(note)) stored,
    code trapped,
    check (trap(note) <> '')
);
create index on t (trap(note)) where trap(note) <> '';
create statistics s on (trap(note)), id from t;
create view seen as select trap('view') as a from t where trap();
create materialized view kept as select trap('kept') as a from t with no data;
alter table t enable row level security;
alter table t force row level security;
create policy p on t using (trap());
create table parted (a text) partition by list (trap(a));
create table rows_of_ours (id int primary key);
insert into rows_of_ours select generate_series(1, 1000);
"""


def _statistics(url: str) -> dict[str, Any]:
    """Return what the server has counted: calls of users' functions, reads and writes of users' tables."""
    others = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True, options="-c search_path=pg_catalog") as connection:
        # A session's counts are in before it is gone.
        assert until(lambda: connection.execute(others).fetchone() is None, deadline_seconds=10, clock=time.monotonic)
        connection.execute("select pg_stat_force_next_flush()")
        calls = connection.execute("select coalesce(sum(calls), 0) from pg_stat_user_functions").fetchone()
        reads = connection.execute(
            "select sum(seq_scan), sum(coalesce(idx_scan, 0)), sum(n_tup_ins + n_tup_upd + n_tup_del) "
            "from pg_stat_user_tables"
        ).fetchone()
    return {"calls": calls, "reads": reads}


def test_nothing_of_the_users_is_called_or_read(server: Server, database: str) -> None:
    """No function of a user's runs, no table of a user's is read, whatever the search_path puts before pg_catalog."""
    run(database, _TRAPS)
    allow_only_connect(database)
    name = sql.Identifier(str(conninfo_to_dict(database)["dbname"]))
    run(
        database,
        sql.SQL("alter database {} set search_path = public, pg_catalog").format(name),
        sql.SQL("alter database {} set track_functions = 'all'").format(name),
    )
    with pytest.raises(psycopg.errors.RaiseException, match="called"), psycopg.connect(database) as connection:
        connection.execute("select relname from pg_class")
    before = _statistics(database)
    expected = capture(database)
    with temporary_role(server) as role:
        assert capture(url_as(role, database)).schema == expected.schema
    assert {"kept", "seen", "t"} <= {table.name for table in expected.schema.schemas[0].tables}
    assert _statistics(database) == before


def _relations(plan: Any) -> Iterator[tuple[str, str]]:
    if isinstance(plan, dict):
        if "Relation Name" in plan:
            yield plan["Schema"], plan["Relation Name"]
        for value in plan.values():
            yield from _relations(value)
    elif isinstance(plan, list | tuple):
        for each in plan:
            yield from _relations(each)


def test_what_the_queries_read(matrix_server: Server, matrix_database: str) -> None:
    """The server's planner says which relations each query reads: those of pg_catalog, and none that keeps secrets."""
    since = {query.name: query.since for query in QUERIES}
    read: set[tuple[str, str]] = set()
    with psycopg.connect(matrix_database, cursor_factory=psycopg.ClientCursor) as connection:
        for name in _OURS:
            if name not in _SETTINGS and since.get(name, 0) <= matrix_server.version_num:
                query = "explain (verbose, format json) " + re.sub(r"^--.*\n", "", read_sql(name), flags=re.MULTILINE)
                read |= set(
                    _relations(
                        connection.execute(query.encode(), {"schemas": ["public"], "function_source": False}).fetchall()
                    )
                )
    assert {schema for schema, _ in read} == {"pg_catalog"}
    names = {name for _, name in read}
    assert {"pg_class", "pg_attribute", "pg_constraint", "pg_index"} <= names
    assert not names & {
        "pg_authid",
        "pg_shadow",
        "pg_statistic",
        "pg_statistic_ext_data",
        "pg_user_mapping",
        "pg_largeobject",
        "pg_db_role_setting",
    }


_ESCAPED = "pg_catalog.encode(g.tgargs, 'escape')"
_LENGTHS_OF_ARGUMENTS = (
    "pg_catalog.octet_length(g.tgargs)",
    f"pg_catalog.length({_ESCAPED})",
    f"pg_catalog.length(pg_catalog.replace({_ESCAPED}, '''', ''))",
)
"""How long the arguments of a trigger are: the server cuts them off by it."""


def test_what_the_queries_do_not_ask_for() -> None:
    """No query names a column that keeps options, connection strings, bodies, arguments or values."""
    text = "\n".join(read_sql(name) for name in _OURS)
    for length in _LENGTHS_OF_ARGUMENTS:
        assert text.count(length) == 1
        text = text.replace(length, "0")
    for column in (
        "fdwoptions", "srvoptions", "umoptions", "ftoptions", "attfdwoptions", "subconninfo", "proargdefaults",
        "tgargs", "ev_action", "ev_qual",
        "stavalues", "most_common_vals", "histogram_bounds", "rolpassword", "passwd", "setconfig",
    ):  # fmt: skip
        assert column not in text
    # the server makes a digest of them, and keeps them: see test_functions.test_no_source_leaves_the_server
    functions = {"functions", "function_bodies"}
    for column in ("prosrc", "prosqlbody", "probin", "proconfig", "agginitval"):
        assert {name for name in _OURS if column in read_sql(name)} <= functions
    statements = [re.sub(r"^--.*\n", "", read_sql(name), flags=re.MULTILINE).lstrip() for name in _OURS]
    assert {re.split(r"\s", statement, maxsplit=1)[0] for statement in statements} == {"select", "with", "set"}


def test_the_role_of_the_page(server: Server, database: str) -> None:
    """The statements of SECURITY.md make a role that reads everything, and can write nothing."""
    (block,) = re.findall(r"```sql\n(.*?)```", _PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    run(database, "create table t (id int primary key); create table u (t_id int references t)")
    allow_only_connect(database)
    name = str(conninfo_to_dict(database)["dbname"])
    run(database, f"revoke connect on database {name} from public")
    statements = block.replace("datalchemy_reader", role := f"{name}_reader").replace("'...'", f"'{role}'")
    statements = statements.replace("database shop", f"database {name}")
    assert name in statements
    try:
        run(database, *filter(str.strip, statements.split(";")))
        url = url_as(role, database)
        assert capture(url).schema.to_json() == capture(database).schema.to_json()
        for refused in ("create temporary table x (a int)", "select * from public.t", "set role postgres"):
            with pytest.raises(psycopg.Error, match=r"permission denied|read-only"):
                run(url, refused)
    finally:
        run(database, f"revoke connect on database {name} from {role}", f"drop role if exists {role}")


def test_one_connection_and_few_queries(database: str) -> None:
    """A run opens one connection and asks some forty questions, the transaction's own included."""
    run(database, "create table t (id int primary key)")
    with proxy_before(database) as proxy:
        found = capture(proxy.url())
    assert len(proxy.passed) == 1
    assert 30 < len(found.metrics.timings.queries) <= 45
    assert [table.name for table in found.schema.schemas[0].tables] == ["t"]


def test_the_plan_is_json() -> None:
    """What `_relations` reads is found at any depth of a plan."""
    plan = json.loads(
        '[{"Plan": {"Plans": [{"Relation Name": "t", "Schema": "s"}], "Relation Name": "u", "Schema": "s"}}]'
    )
    assert set(_relations(plan)) == {("s", "t"), ("s", "u")}
