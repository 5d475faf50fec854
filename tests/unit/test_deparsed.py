"""Texts that the server rendered, taken apart and spelt in one way."""

import pytest

from datalchemy.adapters.postgres.canonical_sql import canonical, canonical_rows, split_expressions
from datalchemy.adapters.postgres.rows import CatalogRows
from datalchemy.adapters.postgres.rows.tables import StatisticsExpressionsRow
from datalchemy.adapters.postgres.rows.types import DomainRow


@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ("lower(a)", ("lower(a)",)),
        ("lower(a), (b + 1)", ("lower(a)", "(b + 1)")),
        ("f(a, b), g(c, h(d, e))", ("f(a, b)", "g(c, h(d, e))")),
        ("(a || ', '::text), b", ("(a || ', '::text)", "b")),
        ("(a || 'it''s, '::text), b", ("(a || 'it''s, '::text)", "b")),
        (r"(a || E'\\, \', '::text), b", (r"(a || E'\\, \', '::text)", "b")),
        ('"a,b", "c""d, e"', ('"a,b"', '"c""d, e"')),
        ("ARRAY[a, b], c", ("ARRAY[a, b]", "c")),
    ],
)
def test_split(text: str, expressions: tuple[str, ...]) -> None:
    """A list is split at its own commas, and at none inside brackets or quotes."""
    assert split_expressions(text) == expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
        ),
        ("(n = ANY ((ARRAY[1, 2])::numeric[]))", "(n = ANY (ARRAY[(1)::numeric, (2)::numeric]))"),
        (
            "(x = ANY ((ARRAY[('a'::text)::character varying, ']),'::character varying])::text[]))",
            "(x = ANY (ARRAY[(('a'::text)::character varying)::text, (']),'::character varying)::text]))",
        ),
        ("((ARRAY[ARRAY['a'::a], ARRAY['b'::a]])::b[])", "(ARRAY[ARRAY[('a'::a)::b], ARRAY[('b'::a)::b]])"),
        ('(ARRAY[x])::"my Schema"."T)""t"[]', 'ARRAY[(x)::"my Schema"."T)""t"]'),
        ("(ARRAY[x])::character varying(3)[]", "ARRAY[(x)::character varying(3)]"),
        ("(c = ANY (ARRAY['a'::bpchar, 'b'::bpchar]))", "(c = ANY (ARRAY['a'::bpchar, 'b'::bpchar]))"),
        ("(a = '(ARRAY[1])::text[]'::text)", "(a = '(ARRAY[1])::text[]'::text)"),
        ("(ARRAY[x])::my_domain", "(ARRAY[x])::my_domain"),
        ("(ARRAY[a, b] <@ c)", "(ARRAY[a, b] <@ c)"),
        ("(a > (- 1))", "(a > '-1'::integer)"),
        ("((- 1.5))::real", "('-1.5'::numeric)::real"),
        ("(a = '(- 1)'::text)", "(a = '(- 1)'::text)"),
        ("FROM (VALUES (1,'(VALUES (x'::text)) v", "FROM ( VALUES (1,'(VALUES (x'::text)) v"),
        ('SELECT 1 AS "(VALUES (x", "SELECT ".b', 'SELECT 1 AS "(VALUES (x", "SELECT ".b'),
        ("( SELECT 'x'::text)", "( SELECT 'x'::text AS text)"),
        ("( SELECT DISTINCT NULL::text[]\n  FROM t)", "( SELECT DISTINCT NULL::text[] AS text\n  FROM t)"),
        ("( SELECT a,\n    '-1'::integer)", "( SELECT a,\n    '-1'::integer AS int4)"),
        ("( SELECT (- 2))", "( SELECT '-2'::integer AS int4)"),
        ("( SELECT ('x'::text COLLATE \"C\"))", "( SELECT ('x'::text COLLATE \"C\") AS text)"),
        ("( SELECT E'\\\\'::s.\"My Type\")", '( SELECT E\'\\\\\'::s."My Type" AS "My Type")'),
        ("( SELECT '1'::timestamp(2) with time zone)", "( SELECT '1'::timestamp(2) with time zone AS timestamptz)"),
        ("( SELECT '1'::interval day to second(2))", "( SELECT '1'::interval day to second(2) AS \"interval\")"),
        ("( SELECT ('x'::text || a), 'y'::text = b)", "( SELECT ('x'::text || a), 'y'::text = b)"),
        ("( SELECT ' SELECT ''x''::text')", "( SELECT ' SELECT ''x''::text')"),
        ("CYCLE a SET b TO 'y'::text DEFAULT ''::text USING c", "CYCLE a SET b TO 'y' DEFAULT '' USING c"),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    """What a restore spells otherwise is spelt as a restore does; everything else stays as it is."""
    assert canonical(text) == expected
    assert canonical(expected) == expected


def test_rows_are_spelt_by_their_class() -> None:
    """A row's SQL, alone or in a list, gets the canonical spelling; its other texts stay as they are."""
    cast, spelt = "(ARRAY[x])::t[]", "ARRAY[(x)::t]"
    rows = CatalogRows(*((),) * len(CatalogRows._fields))._replace(
        domains=(DomainRow(1, "s", cast, 2, -1, 0, False, cast, None),),
        statistics_expressions=(StatisticsExpressionsRow(1, [cast, "a"]), StatisticsExpressionsRow(2, None)),
    )
    changed = canonical_rows(rows)
    assert [(row.name, row.default_expression) for row in changed.domains] == [(cast, spelt)]
    assert [row.expressions for row in changed.statistics_expressions] == [[spelt, "a"], None]
