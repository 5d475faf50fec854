"""One `key=value` of the command line: checks its key, and reads its value, whose secret becomes a reference."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from datalchemy.adapters import harmless_parameters
from datalchemy.cli.hydra import config_folders, flow
from datalchemy.cli.hydra.sweep_settings import SweepSettings
from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import known_keys as settings_keys
from datalchemy.model.filter import ObjectFilter
from datalchemy.secrets.connection import ConnectionText, is_url, parse_connection
from datalchemy.secrets.intake import taken
from datalchemy.secrets.policy import is_secret_parameter, looks_secret_key
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Secret, Template
from datalchemy.secrets.resolve import refuse_nul
from datalchemy.text import shown

_WORD = re.compile(r"(?P<mark>\+\+|\+|~|)(?P<key>[^=]*)(?:=(?P<text>.*))?", re.DOTALL)
_URLS = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.\-]*://)")
LISTS = frozenset(("db.init", *(f"filter.{name}" for name in ObjectFilter.model_fields)))
_LAUNCHER = re.compile(r"hydra/launcher|hydra\.launcher\..+")
_DEFAULTED_GROUPS = ("filter", "retry", "output")


@dataclass(frozen=True)
class Word:
    """A word of the command line as it was typed: `mark` is `+`, `++`, `~` or nothing; `text` is None without a `=`."""

    mark: str
    key: str
    text: str | None

    @classmethod
    def parse(cls, word: str) -> "Word":
        """Split a word; any word has some key."""
        found = _WORD.fullmatch(word)
        if found is None:
            raise AssertionError("the pattern matches any text")
        return cls(found["mark"], found["key"].strip(), found["text"])

    @property
    def is_launchers(self) -> bool:
        """Whether it chooses or configures a launcher of Hydra's."""
        return _LAUNCHER.fullmatch(self.key) is not None

    def is_choice(self, environ: Mapping[str, str]) -> bool:
        """Return whether it chooses an option of a group, rather than sets a value."""
        return config_folders.is_group(self.key, environ) and not (self.text or "").startswith(("{", "${"))

    def check(self, environ: Mapping[str, str]) -> None:
        """Raise ConfigurationError, with a correction, if the key does not exist or lacks a value."""
        if is_url(f"{self.mark}{self.key}") or (self.text is None and not self.mark):
            written = f"{self.mark}{self.key}" + ("" if self.text is None else f"={self.text}")
            raise no_setting(written)
        if not self.key.strip("./"):
            raise ConfigurationError("a key is missing", remedy="write key=value")
        if self.key == "hydra" or self.key.startswith(("hydra.", "hydra/")):
            _check_hydra(self.key)
        elif config_folders.is_group(self.key, environ):
            self._check_mark()
        elif self.key not in (known := known_keys()) and not self.key.startswith("db.options."):
            raise ConfigurationError(f"{_shown(self.key)}: unknown key{_suggestion(self.key, list(known))}")
        elif self.mark != "~" and self.text is None:
            raise ConfigurationError(f"{self.key}: a value is missing", remedy=f"write {self.key}=VALUE")

    def _check_mark(self) -> None:
        value = shown(self.text or "NAME", process_vault().scrub)
        if self.mark == "~" or value.startswith(("{", "${")):
            return
        if self.mark == "++":
            raise ConfigurationError(f"++{self.key} has one plus sign too many", remedy=f"write +{self.key}={value}")
        if self.key == "db" and not self.mark:
            raise ConfigurationError("a database is chosen with a plus sign", remedy=f"write +db={value}")
        if self.mark == "+" and self.key in _DEFAULTED_GROUPS:
            raise ConfigurationError(f"{self.key} is chosen without a plus sign", remedy=f"write {self.key}={value}")

    def texts(self, *, multirun: bool) -> list[str]:
        """Return the texts of the values that are swept over, in their order: without `multirun`, its whole text."""
        text = self.text or ""
        if not multirun or self.key.startswith("sweep."):
            return [text]
        if is_url(flow.unquoted(text)):
            return _URLS.split(text)
        return flow.pieces(text) if is_harmless(self.key) or self.key in ("db", "db.options") else [text]


def read(key: str, text: str) -> Any:
    """Return the value that `text` means for the setting `key`: text, a list, a mapping or None; without a secret.

    Raises:
        ConfigurationError: a bracket is not closed.
    """
    if text.strip() == "null":
        return None
    if text.startswith("{") and known_keys().get(key):
        return {
            name: read(f"{key}.{name}", each.strip())
            for name, each in (_pair(key, piece) for piece in flow.pieces(_between(key, text, "{")) if piece)
        }
    if text and key in LISTS and not text.startswith("${"):
        bracketed = text.startswith("[") and flow.closed_at(text) in (None, len(text) - 1)  # `[ab]*` is a glob
        given = _between(key, text, "[") if bracketed else text
        return [_with_references(key, flow.unquoted(piece)) for piece in flow.pieces(given) if piece]
    return _with_references(key, flow.unquoted(text.strip() if is_harmless(key) else text))


def _between(key: str, text: str, opening: str) -> str:
    given = flow.inside(text, opening)
    if given is None:
        raise ConfigurationError(
            f"the value of {key} cannot be read: {opening} is not closed at its end",
            remedy=f"put the value in quotes, inside the shell's quotes: \"{key}='...'\"",
        )
    return given


def _pair(key: str, piece: str) -> tuple[str, str]:
    name, colon, value = piece.partition(":")
    if not colon:
        raise ConfigurationError(f"the value of {key} cannot be read", remedy=f"write {key}={{NAME: VALUE, ...}}")
    return flow.unquoted(name.strip()), value


def _with_references(key: str, text: str) -> str | Secret | ConnectionText:
    parameter = key.removeprefix("db.options.")
    may_be_shown = is_harmless(key) or (parameter != key and not is_secret_parameter(parameter, text, _harmless()))
    if not text or (may_be_shown and not is_url(text)):
        return text
    refuse_nul(text, key)
    try:
        secret = Secret.parse(text, interpolations=True)
    except ValueError as fault:
        raise ConfigurationError(f"{key}: {fault}") from None
    if is_url(text) or key == "db.url":
        return taken(parse_connection(secret, _harmless()), process_vault())
    process_vault().remember(*secret.clear())
    return secret.given(process_vault().keep)


_harmless = cache(harmless_parameters)


def rendered(value: Any, *, inside: bool = False) -> str:
    """Return a value as it could be typed, for the record; `inside` a list or a mapping, commas need quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {rendered(each, inside=True)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(rendered(each, inside=True) for each in value) + "]"
    if value is None:
        return "null"
    text = value.shown() if isinstance(value, ConnectionText | Template) else str(value)
    if text == "null" or flow.unquoted(text) != text or (inside and re.search(r"[\[\]{}(),'\"]|^\s|\s$|^$", text)):
        return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"
    return text


@cache
def known_keys() -> Mapping[str, bool]:
    """Return every setting's dotted key, and whether it is a section."""
    return settings_keys() | {"db.options": True, "sweep": True} | settings_keys(SweepSettings, "sweep.")


def is_harmless(key: str) -> bool:
    """Return whether the key's value is shown unchanged."""
    name = key.rpartition(".")[2]
    if key.startswith("db.options."):
        return name in _harmless()
    return not looks_secret_key(name) and key not in ("db.url", "db.options")


def no_setting(word: str) -> ConfigurationError:
    """Return the error for a word that is neither a command nor `key=value`, with what was probably meant."""
    if is_url(word):
        return ConfigurationError(
            f"{_shown(word)} is no setting", remedy="to read one database by its URL: datalchemy introspect URL"
        )
    if config_folders.source("db", word, os.environ):
        return ConfigurationError(f"{word!r} is no command; it is a database", remedy=f"datalchemy +db={word}")
    return ConfigurationError(f"{_shown(word)!r} is neither a command nor key=value", remedy="see datalchemy --help")


def _shown(key: str) -> str:
    return shown(key, process_vault().scrub, limit=60)


def _suggestion(key: str, known: list[str]) -> str:
    near = did_you_mean(key, known)
    if near:
        return near
    section, _, name = key.rpartition(".")
    return did_you_mean(name, [k.rpartition(".")[2] for k in known if k.startswith(f"{section}.")]) if section else ""


def _check_hydra(key: str) -> None:
    if _LAUNCHER.fullmatch(key) or key == "hydra.verbose":
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
        remedy="of Hydra's own settings, hydra/launcher, hydra.launcher.* and hydra.verbose can",
    )
