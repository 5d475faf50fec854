"""The content of config.json: a view of the settings that can hold no secret.

The type of a setting says whether its value may be shown. Two modes decide about connection parameters that are not
known: enabled, all of them are masked; disabled, those that look secret.
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from datalchemy.adapters import harmless_parameters
from datalchemy.introspector.settings import Settings, known_keys, takes_references
from datalchemy.model.schema import SCHEMA_VERSION
from datalchemy.secrets.connection import ConnectionText, parse_connection
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.references import MASK, Template
from datalchemy.secrets.vault import Json, scrub_tree

_CONNECTION_KEYS = ("engine", "url", "host", "port", "dbname", "user", "sslmode", "password")
_OPTIONS = "db.options."
_GROUPS = frozenset({"db", "filter", "retry", "output", "redact", "hydra/launcher", "hydra/sweeper"})
_SHOWN_LATE = frozenset({"db.host", "db.dbname", "db.user"})
_OVERRIDE = re.compile(r"(?P<sign>\+\+|\+|~|)(?P<key>[^=]*)(?:=(?P<value>.*))?", re.DOTALL)
_GROUP_CHOICE = re.compile(r"[\w.\-/*?, \[\]()=!]*")
_QUOTED = re.compile(r"\s*(?P<quote>['\"])(?P<inner>.*)(?P=quote)\s*", re.DOTALL)


def shown_config(
    settings: Settings | None,
    *,
    engine: str | None,
    place: Mapping[str, str],
    overrides: Sequence[str],
    provenance: Mapping[str, object],
) -> dict[str, Json]:
    """Return the content of config.json, to which the registry adds the run's id and its start.

    Args:
        settings: the settings; None where they were refused.
        engine: the engine's name, or None when it is not known.
        place: host, port, dbname and user that the run connects to, as far as they are known.
        overrides: what was given on the command line.
        provenance: see `registry.provenance`.
    """
    enabled = settings is None or settings.redact.enabled
    shown = {} if settings is None else {name: shown_setting(value, name, enabled) for name, value in settings}
    database = shown.get("db")
    known: dict[str, Json] = {
        key: int(text) if key == "port" and text.isdecimal() else mask_patterns(text) for key, text in place.items()
    }
    connection = {**(database if isinstance(database, dict) else {}), **known}
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": engine,
        "connection": {key: connection.get(key) for key in _CONNECTION_KEYS}
        | {"engine": engine or connection.get("engine")},
        "settings": shown,
        "flags": {"strict": settings is not None and settings.strict, "redact": enabled},
        "overrides": [shown_override(override, enabled=enabled) for override in overrides],
        **{key: scrub_tree(value, mask_patterns) for key, value in provenance.items()},
    }


def shown_setting(value: object, key: str, enabled: bool) -> Json:
    """Return a setting, or a section of settings, as it may be shown; `key` is its dotted key."""
    if isinstance(value, BaseModel):
        return {name: shown_setting(entry, f"{key}.{name}", enabled) for name, entry in value}
    if isinstance(value, dict):
        return {name: shown_setting(entry, f"{key}.{name}", enabled) for name, entry in value.items()}
    if isinstance(value, ConnectionText):
        return value.shown()
    if isinstance(value, Template):
        is_shown = not key.startswith(_OPTIONS) or _is_shown_option(key.removeprefix(_OPTIONS), enabled)
        return mask_patterns(Template.shown(value)) if is_shown and key != "db.password" else value.masked()
    return scrub_tree(value, mask_patterns)


def _is_shown_option(name: str, enabled: bool) -> bool:
    return name.lower() in harmless_parameters() or not (enabled or looks_secret_key(name))


def shown_override(override: str, *, enabled: bool) -> str:
    """Return a command line override (`db.port=5433`, `+db=prod`, `~x`) as it may be shown."""
    parts = _OVERRIDE.fullmatch(override)
    if parts is None or not re.fullmatch(r"[\w./@:\-]+", parts["key"]):
        return MASK
    if parts["value"] is None:
        return override if parts["sign"] == "~" else MASK
    key = parts["key"].partition("@")[0]
    return f"{parts['sign']}{parts['key']}={_shown_value(key, parts['value'], enabled)}"


def _shown_value(key: str, value: str, enabled: bool) -> str:
    quoted = _QUOTED.fullmatch(value)
    inner = quoted["inner"] if quoted else value.strip()
    if inner in {"", "null"}:
        return value
    try:
        template = Template.parse(inner, interpolations=True)
    except ValueError:
        return MASK
    if template.is_reference:
        return template.masked()
    if key == "db.url":
        return parse_connection(template, harmless_parameters()).shown()
    if looks_secret_key(key) or key.startswith("hydra.job.env_") or "{" in inner:
        return MASK  # a mapping may hold any key
    if key in _GROUPS and _GROUP_CHOICE.fullmatch(value):
        return value
    return mask_patterns(value) if not enabled or _is_harmless(key) else MASK


def _is_harmless(key: str) -> bool:
    if key.startswith(_OPTIONS):
        return key.removeprefix(_OPTIONS) in harmless_parameters()
    return key in known_keys() and (not takes_references(key) or key in _SHOWN_LATE)
