"""The flags of a command line without a verb. What is no flag is a word: `key=value`."""

from collections.abc import Sequence
from dataclasses import dataclass

from datalchemy.cli.hydra.flags import CHOICES, FLAGS, PLAIN, SETTINGS, SHORT, VALUED, VALUED_SETTINGS
from datalchemy.cli.terminal import did_you_mean, shown_flag
from datalchemy.errors import ConfigurationError

_PRIMARY = "the primary configuration is Datalchemy's own"
_REFUSED = dict.fromkeys(("-cn", "--config-name", "-cp", "--config-path"), _PRIMARY) | {
    "--experimental-rerun": "no pickle is written that could be run again"
}


@dataclass(frozen=True)
class Arguments:
    """A command line: its words, the flags without a value, and those with one."""

    words: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    cfg: str | None = None
    package: str | None = None
    info: str | None = None
    folders: tuple[str, ...] = ()

    @property
    def multirun(self) -> bool:
        """Whether it is a sweep."""
        return "--multirun" in self.flags

    @property
    def as_json(self) -> bool:
        """Whether the result is printed as a JSON document."""
        return "--json" in self.flags

    @property
    def shows(self) -> bool:
        """Whether it shows something, rather than runs."""
        return self.cfg is not None or self.info is not None or "--hydra-help" in self.flags


def parse(argv: Sequence[str]) -> Arguments:
    """Return the flags and words of a command line without a verb.

    Raises:
        ConfigurationError: a flag does not exist, lacks its value, or contradicts another.
    """
    flags: set[str] = set()
    words: list[str] = []
    valued: list[tuple[str, str]] = []
    rest = list(reversed(argv))
    while rest:
        word = rest.pop()
        written, equals, attached = word.partition("=")
        name = SHORT.get(written, written)
        if not word.startswith("-"):
            words.append(word)
        elif name in PLAIN and not equals:
            flags.add(name)
        elif name in SETTINGS and not equals:
            words.append(SETTINGS[name])
        elif name == "--info" and not equals and (not rest or rest[-1] not in CHOICES[name]):
            valued.append((name, "all"))
        elif name in VALUED:
            valued.append((name, attached if equals else _next(written, rest)))
        else:
            raise _unknown_flag(written if written in _REFUSED else shown_flag(word))
    _refuse_contradictions({*flags, *(name for name, _ in valued)})
    words += [f"{VALUED_SETTINGS[name]}={value}" for name, value in valued if name in VALUED_SETTINGS]
    if schemas := [_quoted(value) for name, value in valued if name == "--schema"]:
        words.append(f"filter.include_schemas=[{','.join(schemas)}]")
    last = {name: _one_of(name, value) for name, value in valued}
    return Arguments(
        tuple(words),
        frozenset(flags),
        cfg=last.get("--cfg"),
        package=last.get("--package"),
        info=last.get("--info"),
        folders=tuple(value for name, value in valued if name == "--config-dir"),
    )


def _refuse_contradictions(flags: set[str]) -> None:
    for flag in ("--resolve", "--package"):
        if flag in flags and "--cfg" not in flags:
            raise ConfigurationError(f"{flag} belongs to --cfg", remedy=f"write --cfg job {flag}")
    shows = ("--cfg", "--info", "--hydra-help")
    apart = [("--run", "--multirun", *shows), ("--quiet", "--verbose"), *(("--json", flag) for flag in shows)]
    for group in apart:
        chosen = [flag for flag in group if flag in flags]
        if len(chosen) > 1:
            raise ConfigurationError(f"{' and '.join(chosen)} do not go together", remedy="leave one out")


def _next(flag: str, rest: list[str]) -> str:
    if not rest:
        raise ConfigurationError(f"{flag}: a value is missing")
    return rest.pop()


def _one_of(flag: str, value: str) -> str:
    choices = CHOICES.get(flag)
    if choices and value not in choices:
        raise ConfigurationError(f"{flag}: {value!r} is not one of {', '.join(choices)}{did_you_mean(value, choices)}")
    return value


def _unknown_flag(name: str) -> ConfigurationError:
    if name in _REFUSED:
        return ConfigurationError(
            f"{name} is not offered: {_REFUSED[name]}", remedy="use --config-dir DIR for your own"
        )
    if name in PLAIN or name in SETTINGS:
        return ConfigurationError(f"{name} takes no value")
    known = [*FLAGS, *SHORT]
    return ConfigurationError(f"unknown option {name}{did_you_mean(name, known)}", remedy="see datalchemy --help")


def _quoted(name: str) -> str:
    return f'"{name}"' if "'" in name else f"'{name}'"
