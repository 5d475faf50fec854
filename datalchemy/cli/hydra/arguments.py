"""The command line for Hydra: flags first, secrets replaced, and only what Datalchemy offers."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.overrides import Override, is_harmless
from datalchemy.cli.terminal import VISIBLE_TO_OTHERS, did_you_mean, note, set_verbosity, shown_flag
from datalchemy.errors import ConfigurationError
from datalchemy.secrets.intake import hide_in_text, is_url
from datalchemy.secrets.process import process_vault

_INFO_CHOICES = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
_CFG_CHOICES = ("job", "hydra", "all")
_PLAIN = {
    "-m": "--multirun",
    "--multirun": "--multirun",
    "-r": "--run",
    "--run": "--run",
    "--resolve": "--resolve",
    "--hydra-help": "--hydra-help",
    "-sc": "--shell-completion",
    "--shell-completion": "--shell-completion",
}
_VALUED = {
    "-c": "--cfg",
    "--cfg": "--cfg",
    "-p": "--package",
    "--package": "--package",
    "-i": "--info",
    "--info": "--info",
}
_OURS = {"-v": "verbose", "--verbose": "verbose", "-q": "quiet", "--quiet": "quiet"}
_CONFIG_DIR = ("-cd", "--config-dir")
_HELP = ("-h", "--help")
_REFUSED = {
    "-cn": "the primary configuration is Datalchemy's own",
    "--config-name": "the primary configuration is Datalchemy's own",
    "-cp": "the primary configuration is Datalchemy's own",
    "--config-path": "the primary configuration is Datalchemy's own",
    "--experimental-rerun": "no pickle is written that could be run again",
}
_INSTEAD = {
    "--strict": "strict=true",
    "--out": "output.out=PATH",
    "--run-dir": "output.runs_dir=DIR",
    "--schema": "filter.include_schemas=[NAME]",
    "--no-redact": "redact.enabled=false",
    "--redact": "redact.enabled=true",
    "--db": "+db=NAME",
    "--conn": "db.url=CONN, or `datalchemy introspect --conn CONN`",
}


@dataclass(frozen=True)
class HydraArguments:
    """`flags` and `overrides` are Hydra's; `wants_help` asks for our help."""

    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    wants_help: bool = False

    @property
    def runs(self) -> bool:
        """Return whether the command line runs something, rather than shows it."""
        shown = {"--cfg", "--info", "--hydra-help", "--shell-completion"}
        return not shown.intersection(self.flags)

    @property
    def multirun(self) -> bool:
        """Return whether it is a sweep."""
        return "--multirun" in self.flags

    @property
    def words(self) -> list[str]:
        """Return the whole command line, flags before overrides."""
        return [*self.flags, *self.overrides]


def prepare(argv: Sequence[str]) -> HydraArguments:
    """Parse a command line without a verb.

    Raises:
        ConfigurationError: a flag or a key does not exist, or a key cannot take its value.
    """
    flags: list[str] = []
    words: list[str] = []
    ours: set[str] = set()
    wants_help = False
    rest = iter(argv)
    pending: list[str] = []
    while (word := pending.pop() if pending else next(rest, None)) is not None:
        name, equals, attached = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        elif word in _HELP:
            wants_help = True
        elif word in _OURS:
            ours.add(_OURS[word])
        elif word in _PLAIN:
            flags.append(_PLAIN[word])
        elif name in _CONFIG_DIR:
            config_folders.add_user_folder(attached if equals else _value(name, rest))
        elif name in ("-i", "--info"):
            value, back = (attached, None) if equals else _optional(rest)
            pending += [back] if back is not None else []
            flags += ["--info", _one_of("--info", value or "all", _INFO_CHOICES)]
        elif name in _VALUED:
            value = attached if equals else _value(name, rest)
            flags += [_VALUED[name], _one_of(name, value, _CFG_CHOICES) if _VALUED[name] == "--cfg" else value]
        else:
            raise _unknown_flag(name if name in _REFUSED else shown_flag(word))
    set_verbosity(verbose="verbose" in ours, quiet="quiet" in ours)
    if "--shell-completion" in flags:
        return HydraArguments(tuple(flags), tuple(words), wants_help)
    _refuse_contradictions(flags)
    overrides = tuple(_overrides(words, multirun="--multirun" in flags))
    return HydraArguments(tuple(flags), overrides, wants_help)


def _refuse_contradictions(flags: Sequence[str]) -> None:
    for flag in ("--resolve", "--package"):
        if flag in flags and "--cfg" not in flags:
            raise ConfigurationError(f"{flag} belongs to --cfg", remedy=f"write --cfg job {flag}")
    chosen = [flag for flag in ("--run", "--multirun", "--cfg", "--info") if flag in flags]
    if len(chosen) > 1:
        raise ConfigurationError(f"{' and '.join(chosen)} do not go together")


def _value(flag: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise ConfigurationError(f"{flag}: a value is missing")
    return value


def _optional(rest: Iterator[str]) -> tuple[str | None, str | None]:
    word = next(rest, None)
    return (word, None) if word in _INFO_CHOICES else (None, word)


def _one_of(flag: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ConfigurationError(
            f"{flag}: {hide_in_text(value)!r} is not one of {', '.join(choices)}{did_you_mean(value, choices)}"
        )
    return value


def _unknown_flag(name: str) -> ConfigurationError:
    if name in _REFUSED:
        return ConfigurationError(
            f"{name} is not offered: {_REFUSED[name]}", remedy="use --config-dir DIR for your own"
        )
    if name in _INSTEAD:
        return ConfigurationError(f"{name} belongs to `datalchemy introspect`", remedy=f"write {_INSTEAD[name]}")
    known = [*_PLAIN, *_VALUED, *_OURS, *_CONFIG_DIR, *_HELP]
    return ConfigurationError(f"unknown option {name}{did_you_mean(name, known)}", remedy="see datalchemy --help")


def _overrides(words: Sequence[str], *, multirun: bool) -> Iterator[str]:
    plain = len(process_vault().known())
    chosen: set[str] = set()
    for word in words:
        if is_url(word):
            raise ConfigurationError(
                f"{hide_in_text(word)} is no setting",
                remedy="to read one database by its URL: datalchemy introspect URL",
            )
        override = Override.parse(word)
        if override.value is None and not override.mark:
            raise ConfigurationError(
                f"{hide_in_text(word)!r} is neither a command nor key=value", remedy="see datalchemy --help"
            )
        if override.key in chosen and config_folders.is_group(override.key, os.environ):
            raise ConfigurationError(
                f"{override.key} is chosen twice", remedy="several databases are a sweep: datalchemy -m +db=A,B"
            )
        chosen.add(override.key)
        yield str(override.prepared(multirun=multirun))
    if len(process_vault().known()) > plain:
        note(VISIBLE_TO_OTHERS)


def completion_line(line: str) -> str:
    """Return a shell's COMP_LINE without the words that could hold a secret."""
    head, space, last = line.rpartition(" ")
    kept = [word for word in head.split() if _completes(word)]
    return " ".join([*kept, last if _completes(last) else ""]) if space else line


def _completes(word: str) -> bool:
    override = Override.parse(word)
    return "://" not in word and word not in _OURS and (not override.value or is_harmless(override.key))
