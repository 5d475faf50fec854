"""SQL that a server gave: what passes into a script, how it is rewritten, and what is refused."""

import pytest

from datalchemy.adapters.postgres.ddl.given import REFUSED, given, is_one_statement
from datalchemy.adapters.postgres.ddl.script import script
from datalchemy.model.table import Trigger
from tests.unit.builders import INT4_OPS, check, column, index, public, table
from tests.unit.ddl_written import CREATED, made

HOSTILE = {
    "a backslash command": "1\n\\! touch x\n",
    "one on the same line": "1 \\g |sh",
    "a statement of its own": "1; drop table t",
    "one in brackets": "(1; select 2)",
    "a bracket too many": "1); drop table t; --",
    "a bracket that stays open": "((1)",
    "brackets crosswise": "([1)]",
    "a string that stays open": "'a",
    "an escape string that stays open": "E'a\\'",
    "a quoted name that stays open": '"a',
    "an empty quoted name": '""',
    "a comment": "1 -- ",
    "a comment in brackets": "1 /* a */",
    "a comment that stays open": "1 /*",
    "a comment behind an operator": "1 +-- ",
    "a dollar quote": "$$a$$",
    "a dollar quote behind a number": "1$a$ \\! $a$",
    "a parameter": "$1",
    "a name with a dollar sign": "a$b$c",
    "a number with a letter": "1E'\\'",
    "strings that continue": "E'a' \n 'b\\'' \\! x'",
    "bits that continue": "B'1' \n 'b\\'' \\! x'",
    "a Unicode string": "U&'a\\'",
    "a Unicode name": 'u&"a"',
    "a national string": "N'a\\'",
    "a string clung to a word": "foo'a'",
    "a NUL": "1\0",
    "a NUL in a string": "'a\0'",
    "a NUL in a name": '"a\0"',
    "an assignment": "a := 1",
    "letters that no server leaves unquoted": "é",
    "a no-break space": "1\u00a0+ 1",
    "a second part": "1, ADD COLUMN b integer",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_refused(text: str) -> None:
    """A text that could leave its place in psql or in a server's parser is refused."""
    assert given(text) == REFUSED
    assert not is_one_statement(f"ALTER TABLE t ADD CHECK ({given(text)})")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "'-1'::integer",
        "(1.5e-07 + .5)",
        "'1e+20'::numeric",
        "'it''s; \n -- (no) /* comment'::text",
        'public."My ""Type"""[]',
        "numeric(10,-2)",
        "character varying(20)[]",
        "timestamp(3) without time zone",
        "nextval('public.s'::regclass)",
        "(E'a\\\\b\\'c' || '$$')",
        "(b'101' & X'0f')",
        "ARRAY[1, 2] && ARRAY[a[1]]",
        "(d #>> '{a,b}'::text[]) ?| ARRAY['x'::text]",
        '(a OPERATOR(pg_catalog.<->) b) COLLATE "C"',
        "FOR VALUES FROM ('a', MINVALUE) TO (DEFAULT, MAXVALUE)",
        "CHECK (((VALUE)::text ~ '^[a-z]+$'::text)) NOT VALID",
        "JSON_OBJECT('a' : 1 RETURNING json)",
        "f(a => 1, VARIADIC b => t.*)",
    ],
)
def test_kept(text: str) -> None:
    """What a server renders passes, byte for byte."""
    assert given(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r"'a\b'::text", r"E'a\\b'::text"),
        (r"'a\'", r"E'a\\'"),
        (r"'it''s \''", REFUSED),
        ("a[1:2]", "a[1: 2]"),
        ("a[:n]", "a[: n]"),
        ('a[1:"N"]', 'a[1: "N"]'),
        ("a[1:'2'::integer]", "a[1: '2'::integer]"),
        ("a[1:(-1)]", "a[1: (-1)]"),
        ("a::text", "a::text"),
    ],
)
def test_rewritten(text: str, written: str) -> None:
    """A string with a backslash is read the same way everywhere, and psql sees no variable in a slice."""
    assert given(text) == written


def test_a_query_has_commas() -> None:
    """Only a view's query may hold commas outside brackets."""
    assert given("SELECT 1, 2", is_list=True) == "SELECT 1, 2"
    assert given("SELECT 1, 2") == REFUSED


def test_a_refused_statement_is_named_and_the_others_stay() -> None:
    """The statement is left out, a comment says which one and where, and the rest of the script is there."""
    t = table("t", ["a", column("b", default="1\n\\! touch x")], indexes=(index("i", "a"),))
    found = script(public(t, table("u", ["a"])))
    assert [" ".join(one.split()) for one in found.statements] == [
        CREATED,
        'CREATE TABLE "public"."u" ( "a" integer )',
        "CREATE INDEX i ON public.t USING btree (a)",
    ]
    assert found.text().splitlines()[-1] == (
        '-- not rendered: CREATE TABLE "public"."t" ( ... "b" integer DEFAULT..., whose text could end its statement'
    )


@pytest.mark.parametrize(
    "definition", ["DROP TABLE t", "CREATE INDEX j ON public.t USING btree (a)", "COPY public.t FROM STDIN"]
)
def test_an_indexs_definition_makes_that_index(definition: str) -> None:
    """The definition is a whole statement: it is refused unless it makes the index that it stands at."""
    found = script(public(table("t", ["a"], indexes=(index("i", "a", definition=definition),))))
    assert found.refused == ('CREATE INDEX "i" ON "public"."t"..., whose text could end its statement',)


def test_a_name_ends_no_comment() -> None:
    """Line ends, NULs and escapes in a name stay inside the comment that tells what is not rendered."""
    name = "a\n\\! x\r\u2028\0\x1b[2J"
    trigger = Trigger(name=name, timing="before", events=("insert",), row=True, function=INT4_OPS, enabled="origin")
    last = script(public(table("t", triggers=(trigger,)))).text().split("\n")[-2]
    assert last == '-- not rendered: trigger "a \\! x \\x00\\x1b[2J" on "public"."t"'


def test_a_name_with_a_nul_is_refused() -> None:
    """No statement holds a NUL: psql cuts a line there, and with it the quote that ends a name."""
    assert made(table("t", ["a\0b"])) == []
    assert made(table("t", comment="a\0b")) == ['CREATE TABLE "public"."t" ()']


def test_a_restricted_script_begins_and_ends_with_its_key() -> None:
    """Between the two lines psql runs no backslash command; without a key there are no such lines."""
    found = script(public(table("t", ["a"], [check("c")])))
    lines = found.text(restrict_key="K").splitlines()
    assert (lines[0], lines[-1]) == ("\\restrict K", "\\unrestrict K")
    assert found.text(restrict_key="K") == f"\\restrict K\n\n{found.text()}\n\\unrestrict K\n"


def test_only_a_rule_has_semicolons_in_brackets() -> None:
    """Between the actions of a rule a semicolon ends nothing; any other statement with one is refused."""
    actions = "(DELETE FROM a; DELETE FROM b)"
    assert given(f"ON UPDATE TO t DO {actions}", is_rule=True) != REFUSED
    assert given("ON UPDATE TO t DO NOTHING; DELETE FROM a", is_rule=True) == REFUSED
    assert given(actions) == REFUSED
    assert is_one_statement(f"CREATE RULE r AS ON UPDATE TO t DO {actions}")
    assert not is_one_statement(f"CREATE VIEW r AS {actions}")
