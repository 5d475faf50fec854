"""The content of config.json: views of the settings that can hold no secret.

Two modes. Enabled, the values of keys known to be harmless are shown and all others masked. Disabled, the values of
keys that look secret are masked and all others shown. Passwords, connection URLs and texts that hold either are
masked in both. References (`<env:NAME>`) say where a secret comes from: they are shown.
"""

import re
from collections.abc import Mapping, Sequence

from datalchemy.secrets.connection import redact_url
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.policy import HARMLESS_PARAMETERS, looks_secret_key
from datalchemy.secrets.references import MASK, is_reference, mask_secret
from datalchemy.secrets.vault import Json, scrub_tree

_CONNECTION_KEYS = ("engine", "url", "host", "port", "dbname", "user", "sslmode", "password")
_HARMLESS_SETTINGS = frozenset(
    {"strict", "deadline_seconds"}
    | {f"redact.{key}" for key in ("enabled", "schema_text")}
    | {f"output.{key}" for key in ("runs_dir", "out", "force", "mode")}
    | {f"retry.{key}" for key in ("attempts", "initial_wait_seconds", "max_wait_seconds", "deadline_seconds")}
    | {f"filter.{kind}_{what}" for kind in ("include", "exclude") for what in ("schemas", "tables")}
    | {f"db.{key}" for key in ("name", "engine", "host", "port", "dbname", "user", "sslmode", "provision", "init")}
    | {f"db.{key}_timeout_seconds" for key in ("connect", "statement", "lock", "read")}
    | {f"db.max_{what}" for what in ("rows", "bytes")}
    | {f"db.options.{key}" for key in HARMLESS_PARAMETERS}
)
_HARMLESS_GROUPS = frozenset({"db", "filter", "retry", "output", "redact", "hydra/launcher", "hydra/sweeper"})
_URL_SETTINGS = frozenset({"db.url"})
_ALWAYS_MASKED = re.compile(r"hydra\.job\.env_(?:set|copy)\b")
_OVERRIDE = re.compile(r"(?P<sign>\+\+|\+|~|)(?P<key>[^=]*)(?:=(?P<value>.*))?", re.DOTALL)
_GROUP_CHOICE = re.compile(r"[\w.\-/*?, \[\]()=!]*")
_QUOTED = re.compile(r"\s*(?P<quote>['\"])(?P<inner>.*)(?P=quote)\s*", re.DOTALL)
_INTERPOLATION = re.compile(r"\$\{(?:oc\.env:\w+|secret:file,[^,{}]*)\}")


def connection_view(db: Mapping[str, object]) -> dict[str, Json]:
    """Return the connection as it may be shown.

    Args:
        db: the `db` settings; a secret is a SecretStr, text with references, `***`, or None.

    Returns:
        The keys engine, url, host, port, dbname, user, sslmode and password, in this order; None where absent.
    """
    return {key: _setting_view(f"db.{key}", db.get(key), enabled=True) for key in _CONNECTION_KEYS}


def settings_view(settings: Mapping[str, object], *, enabled: bool) -> dict[str, Json]:
    """Return the resolved settings as they may be shown, with their keys in their order.

    Args:
        settings: the settings as nested mappings, by YAML key.
        enabled: whether only the values of harmless keys are shown.
    """
    return {str(key): _setting_view(str(key), value, enabled=enabled) for key, value in settings.items()}


def overrides_view(overrides: Sequence[str], *, enabled: bool) -> list[str]:
    """Return command line overrides (`db.port=5433`, `+db=prod`, `~x`) as they may be shown, in their order."""
    return [_override_view(override, enabled=enabled) for override in overrides]


def redacted_config(
    *,
    settings: Mapping[str, object],
    engine: str | None,
    place: Mapping[str, str],
    overrides: Sequence[str],
    schema_version: object,
    provenance: Mapping[str, object],
) -> dict[str, Json]:
    """Return the content of config.json, to which the registry adds the run's id and its start.

    Args:
        settings: the resolved settings as nested mappings; `strict` and `redact.enabled` are shown as flags too.
        engine: the engine's name, or None when it is not known.
        place: host, port, dbname and user that the run connects to, as far as they are known.
        overrides: what was given on the command line.
        schema_version: the version of the contract that schema.json follows.
        provenance: see `registry.provenance`.
    """
    redact = settings.get("redact")
    enabled = not (isinstance(redact, Mapping) and redact.get("enabled") is False)
    db = settings.get("db")
    connection = dict(db) if isinstance(db, Mapping) else {}
    return {
        "schema_version": scrub_tree(schema_version, mask_patterns),
        "engine": engine,
        "connection": connection_view({**connection, **_read(place), "engine": engine or connection.get("engine")}),
        "settings": settings_view(settings, enabled=enabled),
        "flags": {"strict": bool(settings.get("strict")), "redact": enabled},
        "overrides": list(overrides_view(overrides, enabled=enabled)),
        **{key: scrub_tree(value, mask_patterns) for key, value in provenance.items()},
    }


def _read(place: Mapping[str, str]) -> dict[str, object]:
    return {key: int(text) if key == "port" and text.isdecimal() else text for key, text in place.items()}


def _setting_view(key: str, value: object, *, enabled: bool) -> Json:
    if isinstance(value, Mapping):
        return {str(name): _setting_view(f"{key}.{name}", entry, enabled=enabled) for name, entry in value.items()}
    plain = _plain(value)
    if plain is None or plain in ((), []):
        return None if plain is None else []
    if key in _URL_SETTINGS:
        return redact_url(str(plain))
    if looks_secret_key(key) or (enabled and key not in _HARMLESS_SETTINGS):
        return mask_secret(str(plain))
    return scrub_tree(plain, mask_patterns)


def _plain(value: object) -> object:
    reveal = getattr(value, "get_secret_value", None)
    return reveal() if callable(reveal) else value


def _override_view(override: str, *, enabled: bool) -> str:
    parts = _OVERRIDE.fullmatch(override)
    if parts is None or not re.fullmatch(r"[\w./@:\-]+", parts["key"]):
        return MASK
    if parts["value"] is None:
        return override if parts["sign"] == "~" else MASK
    key = parts["key"].partition("@")[0]
    value = _override_value(key, parts["value"], enabled=enabled)
    return f"{parts['sign']}{parts['key']}={value}"


def _override_value(key: str, value: str, *, enabled: bool) -> str:
    quoted = _QUOTED.fullmatch(value)
    inner = quoted["inner"] if quoted else value.strip()
    if inner in {"", "null"} or is_reference(inner) or _INTERPOLATION.fullmatch(inner):
        return mask_secret(inner) if is_reference(inner) else value
    if key in _URL_SETTINGS:
        return redact_url(inner)
    # A mapping may hold any key; an environment for the job may hold any value.
    if looks_secret_key(key) or _ALWAYS_MASKED.match(key) or "{" in inner:
        return MASK
    if key in _HARMLESS_GROUPS and _GROUP_CHOICE.fullmatch(value):
        return value
    return MASK if enabled and key not in _HARMLESS_SETTINGS else mask_patterns(value)
