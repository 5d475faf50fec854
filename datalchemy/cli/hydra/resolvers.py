"""The resolvers of `${...}` in our configuration: references for secrets, and the registry's folder names."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from datalchemy.adapters import harmless_parameters
from datalchemy.errors import ConfigurationError
from datalchemy.registry import layout
from datalchemy.secrets.connection import is_url, parse_connection
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import FromEnv, FromFile, Kept, Reference, Template, mark


def looked_up(text: str, references: list[Reference], key: str) -> str:
    """Return the text of a setting that is shown, with the values of its references.

    Raises:
        ConfigurationError: a reference names a secret, or a variable that is not set.
    """

    def value(reference: Reference) -> str:
        if isinstance(reference, Kept):
            return process_vault().open(reference)
        if not isinstance(reference, FromEnv):
            raise ConfigurationError(f"{key}: the content of a file may be a secret, and this setting is shown")
        if looks_secret_key(reference.variable):
            raise ConfigurationError(
                f"{key}: environment variable {reference.variable} looks like a secret, and this setting is shown"
            )
        found = os.environ.get(reference.variable)
        if found is None:
            raise ConfigurationError(
                f"{key}: environment variable {reference.variable} is not set",
                remedy=f"set {reference.variable}, or change {key}",
            )
        return found

    return Template.parse(text, references).fill(value)


def run_dir(runs_dir: str) -> str:
    """Return the folder of a run that starts now, below `runs_dir`; it is not made."""
    return _below(runs_dir, layout.run_name(datetime.now(UTC), layout.new_id()))


def _sweep_dir(runs_dir: str) -> str:
    return _below(runs_dir, layout.SWEEPS, layout.sweep_name(datetime.now(UTC), layout.new_id()))


def _below(runs_dir: str, *parts: str) -> str:
    return str(Path(runs_dir).expanduser().absolute().joinpath(*parts))


@dataclass
class _Job:
    """The job whose configuration is resolved now. Launchers pickle what they find in resolvers, but no module."""

    references: list[Reference] = field(default_factory=list)
    of_hydra: Callable[[str], Any] = str


_now = _Job()


def _from_environment(name: str, *fallback: Any) -> Any:
    """Return a reference to a variable; the fallback while it is not set, or empty."""
    value = os.environ.get(name)
    if not value:
        return fallback[0] if fallback else mark(FromEnv(name), _now.references)
    if is_url(value):
        secrets = parse_connection(Template(value), harmless_parameters()).secrets()
    else:
        secrets = (value,) if looks_secret_key(name) else ()
    process_vault().remember(*secrets, of_one_run=True)
    return mark(FromEnv(name), _now.references)


def _secret(kind: str, *place: str) -> str:
    if kind not in ("file", "env") or not place:
        raise ValueError("write ${secret:file,/path/to/file} or ${secret:env,NAME}")
    name = ",".join(place)
    return mark(FromFile(name) if kind == "file" else FromEnv(name), _now.references)


def _run_folder(runs_dir: str) -> str:
    return run_dir(looked_up(runs_dir, _now.references, "output.runs_dir"))


def _sweep_folder(runs_dir: str) -> str:
    return _sweep_dir(looked_up(runs_dir, _now.references, "output.runs_dir"))


def _hydra(key: str) -> Any:
    return _now.of_hydra(key)


def register(references: list[Reference], of_hydra: Callable[[str], Any]) -> None:
    """Register all resolvers, for the configuration that is resolved next.

    Args:
        references: collects the references of the configuration.
        of_hydra: returns the value of `${hydra:KEY}` for this job, by its key.
    """
    _now.references, _now.of_hydra = references, of_hydra
    OmegaConf.register_new_resolver("oc.env", _from_environment, replace=True)
    OmegaConf.register_new_resolver("secret", _secret, replace=True)
    OmegaConf.register_new_resolver("run_dir", _run_folder, replace=True, use_cache=True)
    OmegaConf.register_new_resolver("sweep_dir", _sweep_folder, replace=True, use_cache=True)
    OmegaConf.register_new_resolver("hydra", _hydra, replace=True)
