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
    ],
)
def test_canonical(text: str, expected: str) -> None:
    """A cast of a whole array constructor becomes a cast of each element; everything else stays as it is."""
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
