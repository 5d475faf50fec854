"""Secrets inside a schema: those in places meant for them are never read, those left in a text are told and masked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from datalchemy.adapters import fingerprint_of
from datalchemy.adapters.postgres.catalog import read_sql
from datalchemy.events import Events
from datalchemy.introspector.library import read_schema
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import DatabaseSettings, OutputSettings, RedactSettings, Settings
from datalchemy.model.diagnostics import WarningCode
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.vault import Vault
from tests.servers import Server

LoadSql = Callable[[str, Path | str], None]
CANARY = "s3cr3t-hunter2"

NEVER_READ = f"""
create foreign data wrapper w options (passphrase '{CANARY}');
create server remote foreign data wrapper w options (password '{CANARY}', host 'h');
create user mapping for current_user server remote options (user 'u', password '{CANARY}');
create user mapping for public server remote options (user 'u', password '{CANARY}');
create foreign table far (a int options (token '{CANARY}')) server remote options (api_key '{CANARY}');
create table t (a int primary key, b text);
insert into t values (1, '{CANARY}');
create function notify() returns trigger language plpgsql as $$begin perform '{CANARY}'; return null; end$$;
create function configured() returns int language sql set app.secret = '{CANARY}' as 'select 1';
create function defaulted(password text default '{CANARY}') returns int language sql as 'select 1';
create procedure act() language sql as $$select '{CANARY}'$$;
create aggregate joined(text) (sfunc = textcat, stype = text, initcond = '{CANARY}');
create trigger hook after insert on t for each row execute function notify('{{"Authorization": "Bearer {CANARY}"}}');
create trigger odd before update on t for each row when (new.b <> 'é''\\')
    execute function notify('it''s', '{CANARY}\\', '', 'EXECUTE FUNCTION ção', E'WHEN (''\\n');
create text search dictionary words (template = synonym, synonyms = 'synonym_sample');
create subscription s connection 'host=h dbname=d password={CANARY}' publication p
    with (connect = false, enabled = false, create_slot = false, slot_name = none);
comment on subscription s is 'password={CANARY}';
comment on server remote is 'password={CANARY}';
alter database :"DBNAME" set app.secret = '{CANARY}';
comment on database :"DBNAME" is 'password={CANARY}';
analyze t;
"""  # noqa: S608  # a script for a throwaway database
ROW_FILTER = f"create publication filtered for table t where (b = '{CANARY}');"

LEFT_IN_TEXTS = f"""
create type label as enum ('a', 'password={CANARY}');
create domain api_key as text default '{CANARY}' check (value <> 'token={CANARY}');
create type pair as (a int);
comment on column pair.a is 'https://u:{CANARY}@h/';
create table t (
    id int primary key,
    api_key text default '{CANARY}',
    url text default 'postgres://u:{CANARY}@h/d',
    made text generated always as ('password={CANARY}' || id::text) stored,
    constraint c check (url <> 'api_key={CANARY}'),
    constraint e exclude using btree (url with =) where (url <> 'token={CANARY}')
);
create index i on t ((url || 'token={CANARY}')) where url = 'secret={CANARY}';
create table parted (k text) partition by list ((k || 'token={CANARY}'));
create table part partition of parted for values in ('password={CANARY}');
create view v as select 'password={CANARY}'::text as text;
create view aliased as select '{CANARY}'::text as password;
create materialized view m as select 1 as one where 'Bearer {CANARY}' <> '';
create view compared as select id from t where api_key = '{CANARY}';
create view excluded as select id from t where api_key <> '{CANARY}';
create view listed as select id from t where api_key in ('{CANARY}', 'none') and '{CANARY}' is distinct from api_key;
create view pattern as select id from t where api_key not like '{CANARY}%';
create table login (id int, password varchar(20) default 'changeme');
comment on table login is 'admin / {CANARY}';
comment on column login.id is 'pwd is {CANARY}';
comment on column login.password is 'a senha do admin é {CANARY}';
create statistics x on id, url from t;
create function f() returns trigger language plpgsql as $$begin return null; end$$;
create trigger tr after insert on t for each row execute function f();
create trigger "when" before update on t for each row when (new.api_key = '{CANARY}') execute function f();
create policy p on t using (api_key = '{CANARY}') with check (url <> 'token={CANARY}');
create rule r as on delete to login where old.password = '{CANARY}' do instead nothing;
create sequence s;
comment on schema public is 'curl -H "Authorization: Bearer {CANARY}"';
comment on table t is 'password={CANARY}';
comment on column t.id is '{{"password": "{CANARY}"}}';
comment on constraint c on t is 'password={CANARY}';
comment on index i is 'password={CANARY}';
comment on statistics x is 'password={CANARY}';
comment on trigger tr on t is 'password={CANARY}';
comment on policy p on t is 'password={CANARY}';
comment on function f() is 'password={CANARY}';
comment on sequence s is 'password={CANARY}';
comment on type label is 'password={CANARY}';
comment on domain api_key is 'password={CANARY}';
"""  # noqa: S608
EXPRESSIONS = f"create statistics xe on (url || 'token={CANARY}'), (id + 1) from t;"


def _read(url: str, runs_dir: Path, *, schema_text: bool = False) -> tuple[RunOutcome, str]:
    """Run on the database, and return the outcome and all that an observer was told."""
    told: list[str] = []

    def note(event: str, *, level: str = "info", **fields: Any) -> None:
        told.append(f"{event} {level} {fields}")

    observer: Events = note
    settings = Settings(
        db=DatabaseSettings.model_validate({"url": url}),
        filter=ObjectFilter(include_schemas=("*",)),
        output=OutputSettings(runs_dir=runs_dir, out=runs_dir / "copy.json"),
        redact=RedactSettings(schema_text=schema_text),
    )
    runs_dir.mkdir(exist_ok=True)
    outcome = run(settings, vault=Vault(), environ={}, observer=observer)
    assert outcome.error is None, outcome.error
    return outcome, "\n".join(told)


def _holding(folder: Path) -> set[str]:
    """Return the names of the files that hold the canary, however it is spelt."""
    needles = (CANARY.encode(), json.dumps(CANARY)[1:-1].encode(), CANARY.encode().hex().encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) >= 6
    return {path.name for path in files if any(needle in path.read_bytes() for needle in needles)}


def test_what_is_kept_in_places_meant_for_secrets_is_never_read(
    matrix_server: Server, matrix_database: str, load_sql: LoadSql, tmp_path: Path
) -> None:
    """Options of FDWs, servers, mappings and foreign tables, conninfo, arguments, bodies and rows leave no trace."""
    load_sql(matrix_database, NEVER_READ)
    if matrix_server.major >= 15:
        load_sql(matrix_database, ROW_FILTER)
    outcome, told = _read(matrix_database, tmp_path)
    assert _holding(tmp_path) == set()
    assert CANARY not in told
    assert outcome.metrics is not None
    assert outcome.metrics.counts.tables_by_kind.foreign_table == 1
    assert outcome.metrics.counts.triggers == 2
    assert WarningCode.CREDENTIAL_IN_SCHEMA not in {warning.code for warning in outcome.warnings}


def test_arguments_of_triggers_stay_on_the_server(matrix_database: str, load_sql: LoadSql) -> None:
    """The server cuts them off before it answers, whatever quotes and line ends they hold; the WHEN comes whole."""
    load_sql(matrix_database, NEVER_READ)
    with psycopg.connect(matrix_database) as connection:
        connection.execute("set search_path = ''")
        sql = read_sql("triggers").encode()
        rows = connection.execute(sql, {"schemas": ["public"]}).fetchall()
    assert CANARY not in str(rows)
    ends = [row[11].partition(" FOR EACH ROW ")[2] for row in rows if row[11] is not None]
    assert ends == ["WHEN ((new.b <> 'é''\\'::text)) EXECUTE FUNCTION public.notify"]


def test_what_is_left_in_a_text_is_told_without_its_value(
    matrix_server: Server, matrix_database: str, load_sql: LoadSql, tmp_path: Path
) -> None:
    """Each kind of text with a credential in it has its warning, and the value is in schema.json alone."""
    load_sql(matrix_database, LEFT_IN_TEXTS)
    if matrix_server.major >= 14:
        load_sql(matrix_database, EXPRESSIONS)
    outcome, told = _read(matrix_database, tmp_path)
    assert _holding(tmp_path) == {"schema.json", "copy.json"}
    assert CANARY not in told
    said = {
        warning.message.partition(" looks like it holds a credential: ")[0]
        for warning in outcome.warnings
        if warning.code is WarningCode.CREDENTIAL_IN_SCHEMA
    }
    expected = {
        'the comment of schema "public"',
        'the labels of enum "public"."label"',
        'the comment of enum "public"."label"',
        'the default of domain "public"."api_key"',
        'the comment of domain "public"."api_key"',
        'the definition of constraint "api_key_check" of domain "public"."api_key"',
        'the comment of attribute "a" of composite type "public"."pair"',
        'the comment of table "public"."t"',
        'the default of column "api_key" of table "public"."t"',
        'the default of column "url" of table "public"."t"',
        'the generation expression of column "made" of table "public"."t"',
        'the comment of column "id" of table "public"."t"',
        'the definition of constraint "c" of table "public"."t"',
        'the comment of constraint "c" of table "public"."t"',
        'the definition of constraint "e" of table "public"."t"',
        'the definition of index "e" of table "public"."t"',
        'the definition of index "i" of table "public"."t"',
        'the comment of index "i" of table "public"."t"',
        'the comment of statistics object "x" of table "public"."t"',
        'the comment of trigger "tr" of table "public"."t"',
        'the WHEN condition of trigger "when" of table "public"."t"',
        'the comment of policy "p" of table "public"."t"',
        'the USING expression of policy "p" of table "public"."t"',
        'the WITH CHECK expression of policy "p" of table "public"."t"',
        'the definition of rule "r" of table "public"."login"',
        'the comment of sequence "public"."s"',
        'the comment of function "public"."f"',
        'the partition key of partitioned table "public"."parted"',
        'the partition bound of table "public"."part"',
        'the definition of view "public"."v"',
        'the definition of view "public"."aliased"',
        'the definition of view "public"."compared"',
        'the definition of view "public"."excluded"',
        'the definition of view "public"."listed"',
        'the definition of view "public"."pattern"',
        'the default of column "password" of table "public"."login"',
        'the comment of table "public"."login"',
        'the comment of column "id" of table "public"."login"',
        'the comment of column "password" of table "public"."login"',
        'the definition of materialized view "public"."m"',
    }
    if matrix_server.major >= 14:
        expected.add('the definition of statistics object "xe" of table "public"."t"')
    assert said == expected


def test_schema_text_masks_what_was_told(
    matrix_server: Server, matrix_database: str, load_sql: LoadSql, tmp_path: Path
) -> None:
    """With redact.schema_text no artefact holds the value; the fingerprint is that of the masked structure."""
    load_sql(matrix_database, LEFT_IN_TEXTS)
    if matrix_server.major >= 14:
        load_sql(matrix_database, EXPRESSIONS)
    plain, _ = _read(matrix_database, tmp_path / "plain")
    masked, told = _read(matrix_database, tmp_path / "masked", schema_text=True)
    assert _holding(tmp_path / "masked") == set()
    assert CANARY not in told
    assert masked.warnings == plain.warnings
    assert masked.run_dir is not None
    assert plain.schema is not None
    schema = read_schema(masked.run_dir)
    assert schema == masked.schema
    assert schema.fingerprint == fingerprint_of(schema) != plain.schema.fingerprint
    written = plain.schema.to_json().decode().replace(plain.schema.fingerprint, schema.fingerprint)
    written = written.replace("'changeme'", "'***'").replace(f"{CANARY}%", CANARY)
    assert written.replace(CANARY, "***") == schema.to_json().decode()
    config = json.loads((masked.run_dir / "config.json").read_text())
    assert config["settings"]["redact"] == {"enabled": True, "schema_text": True}


@pytest.mark.parametrize("schema_text", [False, True])
def test_a_schema_without_credentials_is_the_same_either_way(
    database: str, load_sql: LoadSql, tmp_path: Path, schema_text: bool
) -> None:
    """Words about credentials change nothing, whatever the setting."""
    load_sql(
        database,
        "create table login (password text default '', token text default md5(random()::text));"
        "comment on column login.password is 'The password, hashed with argon2id; never in clear.'",
    )
    outcome, _ = _read(database, tmp_path, schema_text=schema_text)
    assert outcome.schema is not None
    assert outcome.schema.fingerprint == fingerprint_of(outcome.schema)
    assert b"***" not in outcome.schema.to_json()
    assert outcome.warnings == ()


def test_a_warning_that_quotes_a_text_masks_it(server: Server, load_sql: LoadSql, tmp_path: Path) -> None:
    """What is not UTF-8 is quoted in a warning: without the credential in it."""
    url = server.new_database(encoding="SQL_ASCII")
    try:
        load_sql(url, f"create table t (a int); comment on table t is E'\\xe9 password={CANARY}'")
        outcome, _ = _read(url, tmp_path, schema_text=True)
        assert _holding(tmp_path) == set()
        assert {WarningCode.NOT_UTF8, WarningCode.CREDENTIAL_IN_SCHEMA} == {each.code for each in outcome.warnings}
    finally:
        server.drop_database(url)
