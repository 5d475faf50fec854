"""Which schemas and tables a filter keeps."""

import pytest

from datalchemy.model.filter import ObjectFilter


@pytest.mark.parametrize(
    ("pattern", "names", "kept"),
    [
        ("[x]", ["[x]", "x", "y"], ["[x]"]),
        ("[x]", ["x", "y"], ["x"]),
        ("[[]x]", ["[x]", "x"], ["[x]"]),
        ("[[]x]*", ["[x]", "[x]2", "x"], ["[x]", "[x]2"]),
        ("a*", ["a*", "ab", "a"], ["a*"]),
        ("a*", ["ab", "a"], ["ab", "a"]),
        ("a?", ["a?", "ab"], ["a?"]),
        ("a[b", ["a[b", "ab"], ["a[b"]),
        ("*", ["*", "ab"], ["*"]),
    ],
)
def test_a_pattern_that_is_a_schemas_name_means_that_schema(pattern: str, names: list[str], kept: list[str]) -> None:
    """The exact name wins over the glob, where there is such a schema, in what is included and in what is excluded."""
    included = ObjectFilter(include_schemas=(pattern,)).naming_schemas(names)
    assert [name for name in names if included.keeps_schema(name)] == kept
    excluded = ObjectFilter(include_schemas=("?*",), exclude_schemas=(pattern,)).naming_schemas(names)
    assert [name for name in names if not excluded.keeps_schema(name)] == kept


def test_a_table_can_be_named() -> None:
    """A table whose name is a glob is matched by its name, alone and behind its schema's."""
    for pattern in ("[x]", "s.[x]", "[[]x]", "s.[[]x]"):
        assert ObjectFilter(include_tables=(pattern,)).keeps_table("s", "[x]")
