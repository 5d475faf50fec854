"""Constants in the server's texts: what a default gives, and the bounds of a partition as values."""

import pytest

from datalchemy.adapters.postgres.constants import default_facts, partition_bound
from datalchemy.model.table import BoundValue, PartitionBound
from datalchemy.model.types import DefaultKind


@pytest.mark.parametrize(
    ("text", "value", "of_type"),
    [
        ("0", "0", "integer"),
        ("'-1'::integer", "-1", "integer"),
        ("(-1)", "-1", "integer"),
        ("'9223372036854775807'::bigint", "9223372036854775807", "bigint"),
        ("1.50", "1.50", "numeric"),
        ("(0)::numeric", "0", "numeric"),
        ("true", "true", "boolean"),
        ("NULL::character varying", None, "character varying"),
        ("''::text", "", "text"),
        ("'it''s \"x\"; -- y'::text", 'it\'s "x"; -- y', "text"),
        (r"'a\b'::text", r"a\b", "text"),
        ("'abc'::character varying(3)", "abc", "character varying(3)"),
        ("'2020-01-01 00:00:00+00'::timestamp with time zone", "2020-01-01 00:00:00+00", "timestamp with time zone"),
        ("'12:00:00'::time(3) without time zone", "12:00:00", "time(3) without time zone"),
        ("'1 day'::interval day", "1 day", "interval day"),
        ("'{}'::integer[]", "{}", "integer[]"),
        ("'low'::app.mood", "low", "app.mood"),
        ('\'a\'::"My Schema"."it\'s"""[]', "a", '"My Schema"."it\'s"""[]'),
        ("('a'::text)::app.label", "a", "app.label"),
        ("B'101'::\"bit\"", "101", '"bit"'),
        ("'[1,5)'::int4range", "[1,5)", "int4range"),
        ("ARRAY[]::text[]", "{}", "text[]"),
        ("ARRAY['a'::text, 'b,\"c'::text, NULL::text]", '{"a","b,\\"c",NULL}', "text[]"),
        ("ARRAY[1, 2]", "{1,2}", "integer[]"),
        ("ARRAY['x'::character varying]::text[]", '{"x"}', "text[]"),
    ],
)
def test_a_constant(text: str, value: str | None, of_type: str) -> None:
    """A constant has its value as the type's own input takes it, and the type as the server spells it."""
    found = default_facts(text)
    assert (found.kind, found.value, found.type) == (DefaultKind.CONSTANT, value, of_type)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nextval('public.t_id_seq'::regclass)", "sequence"),
        ("(nextval('s'::regclass))::text", "sequence"),
        ("('A'::text || nextval('s'::regclass))", "expression"),
        ("now()", "current_time"),
        ("(now())::date", "current_time"),
        ("CURRENT_TIMESTAMP", "current_time"),
        ("CURRENT_TIMESTAMP(3)", "current_time"),
        ("CURRENT_DATE", "current_time"),
        ("LOCALTIME", "current_time"),
        ("clock_timestamp()", "current_time"),
        ("(now() AT TIME ZONE 'utc'::text)", "current_time"),
        ("timezone('utc'::text, now())", "current_time"),
        ("('now'::text)::date", "current_time"),
        ("(now() + '1 day'::interval)", "expression"),
        ("gen_random_uuid()", "uuid"),
        ("(gen_random_uuid())::text", "uuid"),
        ("public.uuid_generate_v4()", "uuid"),
        ('"My ext".uuid_generate_v1mc()', "uuid"),
        ("uuidv7()", "uuid"),
        ("public.next_code('x'::text)", "function"),
        ("md5((random())::text)", "function"),
        ("CURRENT_USER", "function"),
        ("SESSION_USER", "function"),
        ("f(g(1), ')'::text) + 1", "expression"),
        ("((1 + 2) * 3)", "expression"),
        ("ARRAY[now()]", "expression"),
        ("('a'::text || 'b'::text)", "expression"),
        ("f(1) || g(2)", "expression"),
        ("ROW(1, 2)", "expression"),
        ("CASE WHEN true THEN 1 ELSE 2 END", "expression"),
        ("COALESCE(1, 2)", "expression"),
        ("'open", "expression"),
        ("", "expression"),
    ],
)
def test_another_kind(text: str, kind: str) -> None:
    """What is no constant has no value; a cast around it, and the schema of a function, change nothing."""
    found = default_facts(text)
    assert (found.kind.value, found.value, found.type) == (kind, None, None)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("DEFAULT", PartitionBound(is_default=True)),
        ("FOR VALUES WITH (modulus 4, remainder 0)", PartitionBound(modulus=4, remainder=0)),
        (
            "FOR VALUES IN ('a', 'it''s, )', NULL, 5, true)",
            PartitionBound(
                values=(
                    BoundValue(text="a"),
                    BoundValue(text="it's, )"),
                    BoundValue(limit="null"),
                    BoundValue(text="5"),
                    BoundValue(text="true"),
                )
            ),
        ),
        (
            "FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2025 TO (', MAXVALUE)",
            PartitionBound(
                from_values=(BoundValue(text="2024-01-01"), BoundValue(limit="minvalue")),
                to_values=(BoundValue(text="2025 TO ("), BoundValue(limit="maxvalue")),
            ),
        ),
        (
            "FOR VALUES FROM ('-1') TO (10)",
            PartitionBound(from_values=(BoundValue(text="-1"),), to_values=(BoundValue(text="10"),)),
        ),
        ("FOR VALUES SOMEHOW (1)", None),
    ],
)
def test_a_partition_bound(text: str, bound: PartitionBound | None) -> None:
    """Each form of a bound becomes values; a form that is not known becomes none, and its text stays."""
    assert partition_bound(text) == bound
