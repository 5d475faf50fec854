"""A database's file may state the filter of its own database."""

from typing import Any

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.introspector.own_filter import with_own_filter
from datalchemy.introspector.settings import load_settings

_COMMON = {"include_schemas": ["public"], "exclude_tables": ["tmp_*"]}


def _filtered(own: Any, *given: str) -> dict[str, Any]:
    values = {"strict": True, "db": {"host": "h", "filter": own}, "filter": _COMMON}
    moved = with_own_filter(values, given=given)
    assert moved["db"] == {"host": "h"}
    assert moved["strict"] is True
    assert values["db"] == {"host": "h", "filter": own}
    found: dict[str, Any] = moved["filter"]
    assert load_settings(moved).filter.include_schemas == tuple(found["include_schemas"])
    return found


def test_the_databases_own_keys_win() -> None:
    """A key of `db.filter` takes the place of the common one; the others stay."""
    assert _filtered({"include_schemas": ["sales"]}) == {"include_schemas": ["sales"], "exclude_tables": ["tmp_*"]}
    assert _filtered({"exclude_schemas": ["old"]}) == {**_COMMON, "exclude_schemas": ["old"]}


def test_the_command_line_wins_over_it() -> None:
    """What the command line sets stays, key by key; `filter=NAME` on it is a choice of the whole filter."""
    own = {"include_schemas": ["sales"], "exclude_tables": []}
    assert _filtered(own, "filter.include_schemas", "db") == {"include_schemas": ["public"], "exclude_tables": []}
    assert _filtered(own, "filter") == _COMMON


@pytest.mark.parametrize("own", [None, {}])
def test_an_empty_one_changes_nothing(own: Any) -> None:
    """`filter:` without a key leaves the common filter."""
    assert _filtered(own) == _COMMON


@pytest.mark.parametrize("values", [{}, {"db": None}, {"db": {"host": "h"}, "filter": _COMMON}])
def test_without_one_the_settings_are_the_same(values: dict[str, Any]) -> None:
    """Settings whose database has no filter of its own stay as they are."""
    assert with_own_filter(values) == values


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("all", "db.filter: a mapping is expected"),
        (["a"], "db.filter: a mapping is expected"),
        ({"include_schema": ["a"]}, "db.filter.include_schema: unknown key; did you mean 'include_schemas'?"),
        ({1: 2}, "db.filter.1: unknown key"),
    ],
)
def test_what_is_no_filter_is_refused(own: Any, said: str) -> None:
    """The error names the key as the file does, and says what is meant."""
    with pytest.raises(ConfigurationError) as caught:
        with_own_filter({"db": {"filter": own}})
    assert caught.value.message == said


def test_the_error_names_the_file() -> None:
    """Where a file sets the key, the error says the file and the line."""
    with pytest.raises(ConfigurationError, match=r"^db\.filter\.a \(conf/db/x\.yaml, line 2\): unknown key"):
        with_own_filter({"db": {"filter": {"a": 1}}}, where={"db.filter.a": "conf/db/x.yaml, line 2"}.get)
