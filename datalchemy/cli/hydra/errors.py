"""Turns the errors of Hydra, OmegaConf and YAML into ours."""

import os
import re
import traceback
from pathlib import Path

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import GrammarParseError, InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException
from yaml import MarkedYAMLError, YAMLError  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

from datalchemy.cli.hydra import config_folders
from datalchemy.cli.hydra.values import is_harmless
from datalchemy.cli.summary import relative
from datalchemy.cli.terminal import did_you_mean
from datalchemy.errors import ConfigurationError, DatalchemyError
from datalchemy.secrets.process import process_vault
from datalchemy.text import shown

_QUOTED = re.compile(r"'([^']*)'")
_EXTRAS = {
    "hydra/launcher/joblib": "pip install 'datalchemy[parallel]'",
    "hydra/launcher/ray": "pip install 'datalchemy[ray]'",
    "hydra/launcher/submitit_local": "pip install hydra-submitit-launcher",
    "hydra/launcher/submitit_slurm": "pip install hydra-submitit-launcher",
}


def translate(fault: Exception) -> DatalchemyError | None:
    """Return the user's error for what composing a configuration raised, or None if it is a bug of ours."""
    if isinstance(fault, DatalchemyError):
        return fault
    if isinstance(fault, MissingConfigException):
        return _missing(fault)
    if isinstance(fault, OverrideParseException):
        return ConfigurationError(f"the value of {fault.override.partition('=')[0]} cannot be read", remedy="quote it")
    if isinstance(fault, OmegaConfBaseException):
        return setting_error(fault)
    if isinstance(fault, YAMLError):
        return _yaml(fault)
    if isinstance(fault, HydraException):
        return _composition(fault)
    if isinstance(fault, RecursionError):
        return ConfigurationError("a configuration file refers to itself without end", remedy="look at its anchors")
    if isinstance(fault, UnicodeDecodeError):
        return ConfigurationError(f"{_not_utf8() or 'a configuration file'} is not UTF-8: {fault.reason}")
    if isinstance(fault, ValueError) and _passed(fault, "yaml"):
        return ConfigurationError(
            f"a configuration file holds a value that is not what its tag says: {_unquoted(str(fault))}",
            remedy="leave out the tag (!!int, !!timestamp ...)",
        )
    if isinstance(fault, ValueError | AssertionError) and _passed(fault, "hydra"):
        return ConfigurationError(
            "the files cannot be composed: "
            + (_line(str(fault)) if isinstance(fault, ValueError) else "a defaults list is wrong"),
            remedy="look at `defaults` and `@package` in them",
        )
    if isinstance(fault, OSError):
        place = Path(fault.filename or "?")
        return ConfigurationError(f"{place} cannot be read: {fault.strerror or type(fault).__name__}")
    return None


def setting_error(fault: OmegaConfBaseException) -> ConfigurationError:
    """Return the error for the value of one setting, which it names by its key."""
    key = fault.full_key or "the configuration"
    if isinstance(fault, GrammarParseError):
        return ConfigurationError(
            f"{key}: a ${{ in it begins nothing that can be read", remedy="write \\${ where the text itself holds ${"
        )
    if isinstance(fault, MissingMandatoryValue):
        return ConfigurationError(f"{key}: a value is missing (??? in the file)", remedy=f"write {key}=VALUE")
    if not is_harmless(key):
        return ConfigurationError(
            f"{key}: the content of its ${{...}} cannot be looked up",
            remedy="write ${oc.env:NAME} for a variable, and \\${ where the text itself holds ${",
        )
    if isinstance(fault, InterpolationKeyError):
        found = re.search(r"Interpolation key '([^']*)' not found", str(fault))
        return ConfigurationError(f"{key}: ${{{found[1] if found else '...'}}} names a key that does not exist")
    text = _line(str(fault))
    if "maximum recursion depth" in text or "Recursive interpolation" in text:
        return ConfigurationError(f"{key}: its ${{...}} leads back to itself", remedy=f"write a value in {key}")
    if unknown := re.search(r"Unsupported interpolation type (\S+)", text):
        process_vault().remember(unknown[1])  # it may be a piece of a password
        return ConfigurationError(f"{key}: a ${{...:...}} has an unknown kind", remedy="write ${oc.env:NAME}")
    if "required positional argument" in text:
        return ConfigurationError(f"{key}: a ${{...:}} does not say what it looks up", remedy="write ${oc.env:NAME}")
    return ConfigurationError(f"{key}: {text.rpartition('raised while resolving interpolation: ')[2]}")


def _missing(fault: MissingConfigException) -> ConfigurationError:
    name = fault.missing_cfg_file or "?"
    if name in _EXTRAS:
        return ConfigurationError(f"{name.replace('/joblib', '=joblib')} is not installed", remedy=_EXTRAS[name])
    if name.startswith("hydra/"):
        own = [folder / f"{config_folders.PRIMARY}.yaml" for folder in config_folders.users(os.environ)]
        place = next((str(file) for file in own if file.is_file()), "a file of yours")
        return ConfigurationError(
            f"{place} chooses {name}, which does not exist",
            remedy="delete the lines `override hydra/...` from its defaults: an older version needed them",
        )
    group, _, option = name.rpartition("/")
    options = list(fault.options or ())
    return ConfigurationError(
        f"there is no {option!r} in {group or 'the configuration'}{did_you_mean(option, options)}",
        remedy=f"one of: {', '.join(options)}" if options else None,
    )


def _yaml(fault: YAMLError) -> ConfigurationError:
    mark = fault.problem_mark if isinstance(fault, MarkedYAMLError) else None
    file = mark.name if mark else getattr(fault, "name", None)
    where = relative(Path(file)) if file else "a configuration file"
    where += f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = fault.problem if isinstance(fault, MarkedYAMLError) else None
    return ConfigurationError(
        f"{where}: not YAML: {_unquoted(problem or 'it cannot be read')}",
        remedy="put a value that begins with * & ! % @ or holds a colon in quotes"
        if _QUOTED.search(str(fault))
        else None,
    )


def _unquoted(problem: str) -> str:
    """Return a message without what it quotes of the file, but for a sign: that may be a secret, and is registered."""

    def put_away(found: re.Match[str]) -> str:
        if len(found[1]) < 2 or found[1] == "<stream end>":
            return found[0]
        process_vault().remember(found[1].lstrip("!*&"))
        return "..."

    return _QUOTED.sub(put_away, problem)


def _passed(fault: BaseException, package: str) -> bool:
    """Return whether a module of this package raised `fault`."""
    place = Path(traceback.extract_tb(fault.__traceback__)[-1].filename).parts[-4:-1]
    return package in place and "datalchemy" not in place


def _composition(fault: HydraException) -> ConfigurationError:
    inner: BaseException | None = fault.__cause__
    if isinstance(inner, YAMLError):
        return _yaml(inner)
    if isinstance(fault, ConfigCompositionException) and not str(fault) and isinstance(inner, OmegaConfBaseException):
        return setting_error(inner)
    text = re.sub(r"\w+ raised while composing config: ", "", _line(str(fault)))
    text = text.replace("DictConfig", "a mapping").replace("ListConfig", "a list")
    return ConfigurationError(text or "the files cannot be composed")


def _not_utf8() -> Path | None:
    for folder in config_folders.users(os.environ):
        for file in folder.rglob("*.yaml"):
            try:
                file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                return file
            except OSError:
                continue
    return None


def _line(text: str) -> str:
    """Return the first paragraph of a library's message on one line, without OmegaConf's coordinates."""
    return " ".join(_said(text).strip().split("\n\n")[0].split()).partition(" full_key: ")[0]


def _said(text: str) -> str:
    return shown(text, process_vault().scrub)
