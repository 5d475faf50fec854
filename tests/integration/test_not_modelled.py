"""What schema.json has no place for is counted and named."""

from datalchemy import WarningCode
from tests.integration.capturing import capture
from tests.integration.roles import run
from tests.servers import load_sql

_DDL = """
create type celsius;
create function celsius_in(cstring) returns celsius language internal immutable strict as 'float8in';
create function celsius_out(celsius) returns cstring language internal immutable strict as 'float8out';
create type celsius (input = celsius_in, output = celsius_out, like = float8);
create type shell;
create function same(int, int) returns boolean language sql as 'select $1 = $2';
create function opposite(int) returns int language sql as 'select -$1';
create operator === (leftarg = int, rightarg = int, function = same);
create operator === (rightarg = int, function = opposite);
create operator family family using btree;
create operator class class for type int using btree family family as operator 1 <, function 1 btint4cmp(int, int);
create collation sorted from "C";
create conversion turned for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search configuration words (copy = simple);
create text search dictionary dictionary (template = simple);
create text search template template (lexize = dsimple_lexize);
create text search parser parser (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create cast (celsius as float8) without function;
create function told() returns event_trigger language plpgsql as 'begin end';
create event trigger event on ddl_command_end when tag in ('CREATE SEQUENCE') execute function told();
create publication everything for all tables;
create foreign data wrapper wrapper;
create server "far ""or"" near" foreign data wrapper wrapper;
create access method own type index handler bthandler;
"""
_NAMED = {
    "base type": '"celsius"',
    "shell type": '"shell"',
    "operator": '"=== (-, integer)", "=== (integer, integer)"',
    "operator class": '"class (btree)"',
    "operator family": '"family (btree)"',
    "collation": '"sorted"',
    "conversion": '"turned"',
    "text search configuration": '"words"',
    "text search dictionary": '"dictionary"',
    "text search template": '"template"',
    "text search parser": '"parser"',
    "cast": '"public.celsius as double precision"',
    "event trigger": '"event"',
    "publication": '"everything"',
    "foreign-data wrapper": '"wrapper"',
    "foreign server": '"far ""or"" near"',
    "access method": '"own"',
}


def _told(url: str) -> dict[str, str]:
    return {
        str(each.where.name): each.message for each in capture(url).warnings if each.code is WarningCode.NOT_MODELLED
    }


def test_each_kind_is_named(matrix_database: str) -> None:
    """A warning for each kind says how many there are, where, and which."""
    load_sql(matrix_database, _DDL)
    told = _told(matrix_database)
    assert told.keys() == _NAMED.keys()
    for kind, names in _NAMED.items():
        number = names.count('", "') + 1
        assert told[kind].startswith(f"{number} of kind '{kind}' in the ")
        assert told[kind].endswith(f": {names}; schema.json has no place for them")


def test_only_twenty_are_named(database: str) -> None:
    """The first twenty by name are named, and the others counted; a name is on one line."""
    run(database, *(f'create collation "c{number:02}\n" from "C"' for number in range(23)))
    names = ", ".join(f'"c{number:02}\\n"' for number in range(20))
    assert _told(database)["collation"] == (
        f"23 of kind 'collation' in the schema public: {names} and 3 more; schema.json has no place for them"
    )
    run(database, 'drop collation "c00\n", "c01\n", "c02\n"')
    assert " more" not in _told(database)["collation"]
