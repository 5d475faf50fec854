"""The filter that a database's own file states: `filter:` in conf/db/NAME.yaml."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from datalchemy.errors import ConfigurationError
from datalchemy.model.filter import ObjectFilter

_REMEDY = "write filter: {include_schemas: [public, 'sales_*']} in the database's file"


def with_own_filter(
    values: Mapping[str, Any],
    *,
    given: Collection[str] = (),
    where: Callable[[str], str | None] = lambda key: None,
) -> dict[str, Any]:
    """Return the settings of one run with `db.filter` moved over `filter`, key by key.

    Args:
        values: the settings as nested mappings.
        given: the keys that the command line sets, which have precedence: `filter.include_schemas`; `filter` alone
            (`filter=all`) is a choice of the whole filter.
        where: returns the file and line that set a dotted key; None if no file does.

    Raises:
        ConfigurationError: `db.filter` is no mapping, or holds a key that does not exist.
    """
    database = values.get("db")
    if not isinstance(database, Mapping) or "filter" not in database:
        return dict(values)
    own = database["filter"]
    _check(own, where)
    kept = {key: value for key, value in (own or {}).items() if not {"filter", f"filter.{key}"} & set(given)}
    common = values.get("filter")
    return {
        **values,
        "db": {key: value for key, value in database.items() if key != "filter"},
        "filter": {**common, **kept} if isinstance(common, Mapping) else common or kept,
    }


def _check(own: Any, where: Callable[[str], str | None]) -> None:
    if own is None:
        return
    if not isinstance(own, Mapping):
        raise ConfigurationError(f"{_placed('db.filter', where)}: a mapping is expected", remedy=_REMEDY)
    for key in map(str, own):
        if key not in ObjectFilter.model_fields:
            near = get_close_matches(key, ObjectFilter.model_fields, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ConfigurationError(f"{_placed(f'db.filter.{key}', where)}: unknown key{hint}", remedy=_REMEDY)


def _placed(key: str, where: Callable[[str], str | None]) -> str:
    source = where(key)
    return f"{key} ({source})" if source else key
