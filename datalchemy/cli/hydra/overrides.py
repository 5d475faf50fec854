"""One `key=value` of the command line: checks its key, hides its secret and quotes its value for Hydra."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import DatabaseSettings, Settings
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.intake import hide_connection, hide_in_url, hide_value, is_url, refuse_nul
from datalchemy.secrets.policy import HARMLESS_PARAMETERS, is_secret_parameter, looks_secret_key
from datalchemy.secrets.process import process_vault
from datalchemy.text import shown

_OVERRIDE = re.compile(r"(?P<mark>\+\+|\+|~|)(?P<key>[^=]*)(?P<equals>=?)(?P<value>.*)", re.DOTALL)
_CHOICES = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.\-]*://)")
_DICT_SECRET = re.compile(r"""([\w.\-]+)(\s*:\s*)('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\s,{}'"][^,{}]*)""")
_SWEEPS = ("glob(", "choice(", "range(", "interval(", "sort(", "shuffle(", "[")
_DEFAULTED_GROUPS = ("filter", "retry", "output")
_LISTS = frozenset(("db.init", *(f"filter.{name}" for name in ObjectFilter.model_fields)))
_HARMLESS_DB = frozenset(DatabaseSettings.model_fields) - {"url", "password", "options"}
_HYDRA_KEYS = re.compile(r"hydra/(launcher|sweeper)|hydra\.(launcher|sweeper)\..+|hydra\.verbose")


@dataclass(frozen=True)
class Override:
    """`mark` is the prefix of the key (`+`, `++`, `~` or nothing); `value` is None without a `=`."""

    mark: str
    key: str
    value: str | None

    @classmethod
    def parse(cls, word: str) -> "Override":
        """Parse a word; any word is an override with some key."""
        found = _OVERRIDE.fullmatch(word)
        if found is None:
            raise AssertionError("the pattern matches any text")
        return cls(found["mark"], found["key"].strip(), found["value"] if found["equals"] else None)

    def __str__(self) -> str:
        return f"{self.mark}{self.key}" + ("" if self.value is None else f"={self.value}")

    def prepared(self, *, multirun: bool) -> "Override":
        """Return the override for Hydra: without a secret, and quoted where its grammar would fail.

        Raises:
            ConfigurationError: the key is not a setting, or it does not take the value.
        """
        check(self, multirun=multirun)
        if self.key == "db" and multirun and (self.value or "").startswith("glob("):
            return Override(self.mark, self.key, _matching(self.value or ""))
        mark = "++" if self.key.startswith("db.options.") and self.mark != "~" else self.mark
        return Override(mark, self.key, None if self.value is None else _prepare(self.key, self.value, multirun))


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, bool]:
    """Return every setting's dotted key, and whether it is a section."""
    keys: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        keys[prefix + name] = section
        if section:
            keys |= known_keys(field.annotation, f"{prefix}{name}.")  # type: ignore[arg-type]  # a section is a model
    return keys


def check(override: Override, *, multirun: bool) -> None:
    """Raise ConfigurationError, with a correction, if Hydra would refuse or ignore the key."""
    key, environ = override.key, os.environ
    if key == "hydra" or key.startswith(("hydra.", "hydra/")):
        _check_hydra(key)
    elif key == "db" or key in _DEFAULTED_GROUPS or config_folders.is_group(key, environ):
        if not key.strip("./"):
            raise ConfigurationError("a key is missing", remedy="write key=value")
        _check_choice(override, environ, multirun=multirun)
    elif key not in (known := known_keys()) and not key.startswith("db.options."):
        raise ConfigurationError(f"{_shown(key)}: unknown key{_suggestion(key, list(known))}")
    elif override.mark != "~" and override.value is None:
        raise ConfigurationError(f"{key}: a value is missing", remedy=f"write {key}=VALUE")


def _matching(glob: str) -> str:
    """Return the user's own databases that Hydra's `glob(...)` matches, without the shipped examples."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.core.override_parser.types import Glob
    from hydra.errors import HydraException

    try:
        parsed: Any = OverridesParser.create().parse_override(f"db={glob}").value()
    except HydraException:
        return glob  # Hydra reports what is wrong with it
    if not isinstance(parsed, Glob):
        return glob
    own = config_folders.users_options("db", os.environ)
    if found := parsed.filter(own):
        return ",".join(found)
    raise ConfigurationError(
        f"{glob} matches no database of yours",
        remedy=f"yours: {', '.join(own)}" if own else "add conf/db/NAME.yaml; what is shipped is chosen by its name",
    )


def _shown(key: str) -> str:
    return shown(key, process_vault().scrub, limit=60)


def _suggestion(key: str, known: list[str]) -> str:
    near = did_you_mean(key, known)
    if near:
        return near
    section, _, name = key.rpartition(".")
    return did_you_mean(name, [k.rpartition(".")[2] for k in known if k.startswith(f"{section}.")]) if section else ""


def _check_hydra(key: str) -> None:
    if _HYDRA_KEYS.fullmatch(key):
        return
    if key in ("hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir"):
        raise ConfigurationError(f"{key} cannot be set: runs lie in the registry", remedy="set output.runs_dir")
    if key == "hydra.searchpath":
        raise ConfigurationError(f"{key} cannot be set here", remedy="use --config-dir DIR or DATALCHEMY_CONFIG_PATH")
    if key.startswith(("hydra.job.env_copy", "hydra.job.env_set")):
        raise ConfigurationError(
            f"{key} cannot be set: it would write environment variables to disk",
            remedy="leave it out: a sweep's workers inherit the environment",
        )
    raise ConfigurationError(
        f"{_shown(key)} cannot be set here",
        remedy="of Hydra's own settings, hydra/launcher, hydra/sweeper, hydra.launcher.*, hydra.sweeper.* and"
        " hydra.verbose can",
    )


def _check_choice(override: Override, environ: Mapping[str, str], *, multirun: bool) -> None:
    key, value = override.key, (override.value or "").strip()
    names = ", ".join(config_folders.options(key, environ)) or "none"
    if override.mark == "~" or value.startswith(("{", "${")):
        return
    if not value:
        raise ConfigurationError(f"{key}: a name is missing", remedy=f"one of: {names}")
    if override.mark == "++":
        raise ConfigurationError(f"{override} has one plus sign too many", remedy=f"write +{key}={value}")
    if key == "db" and not override.mark:
        raise ConfigurationError("a database is chosen with a plus sign", remedy=f"write +db={value}")
    if override.mark == "+" and key in _DEFAULTED_GROUPS:
        raise ConfigurationError(f"{key} is chosen without a plus sign", remedy=f"write {key}={value}")
    if ("," in value or value.startswith(_SWEEPS)) and not value.startswith("["):
        if not multirun:
            raise ConfigurationError(
                f"{key}={value} is several values", remedy=f"sweep over them: datalchemy -m {override}"
            )
        wanted = [] if value.startswith(_SWEEPS) else value.split(",")
    else:
        wanted = [] if value.startswith("[") else [value]
    for name in wanted:
        check_option(key, name.strip().strip("'\""), environ)


def check_option(group: str, name: str, environ: Mapping[str, str]) -> None:
    """Raise ConfigurationError, with the known options, if `group` has no option of this name."""
    known = config_folders.options(group, environ)
    if name.removesuffix(".yaml") in known or config_folders.source(group, name, environ):
        return
    what = "database" if group == "db" else f"option of {group}"
    near = did_you_mean(name, known)
    raise ConfigurationError(
        f"there is no {what} {name!r}{near}",
        remedy=f"one of: {', '.join(known)}" + (f"; or add conf/{group}/{name}.yaml" if name.isidentifier() else ""),
    )


def _prepare(key: str, value: str, multirun: bool) -> str:
    text = _unquoted(value)
    if value and key in _LISTS and value[0] not in "[$":
        return ",".join(f"[{one}]" for one in value.split(",")) if multirun else f"[{value}]"
    if is_url(text):
        refuse_nul(text, key)
        return ",".join(quoted(hide_in_url(part)) for part in _CHOICES.split(text))
    if value.startswith("{") and (is_harmless(key) or key == "db.options"):  # elsewhere it is a text
        return _DICT_SECRET.sub(_hide_in_dict, value)
    if is_harmless(key):
        return value
    parameter = key.removeprefix("db.options.")
    if not text or text == "null" or (parameter != key and not is_secret_parameter(parameter, text)):
        return value
    return quoted(hide_connection(text) if key.endswith("url") else hide_value(text))


def is_harmless(key: str) -> bool:
    """Return whether the key's value is shown unchanged."""
    name = key.rpartition(".")[2]
    if key.startswith("db.options."):
        return name in HARMLESS_PARAMETERS
    if key.startswith("db."):
        return name in _HARMLESS_DB
    return not looks_secret_key(name)


def _hide_in_dict(found: re.Match[str]) -> str:
    name, colon, value = found[1], found[2], found[3]
    text = _unquoted(value)
    if is_url(text):
        return name + colon + quoted(hide_in_url(text))
    if name in _HARMLESS_DB or name in HARMLESS_PARAMETERS or text == "null":
        return found[0]
    return name + colon + quoted(hide_value(text))


def quoted(text: str) -> str:
    """Return `text` quoted for Hydra's grammar; interpolations in it stay interpolations."""
    if text == "null":
        return text
    return "'" + re.sub(r"(\\*)(')", r"\1\1\\'", re.sub(r"(\\+)$", r"\1\1", text)) + "'"


def _unquoted(value: str) -> str:
    mark = value[:1]
    if len(value) > 1 and mark in "'\"" and value[-1] == mark and mark not in re.sub(r"\\.", "", value[1:-1]):
        return re.sub(rf"\\([\\{mark}])", r"\1", value[1:-1])
    return value
