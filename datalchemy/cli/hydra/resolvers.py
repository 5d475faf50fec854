"""The resolvers of `${...}` in our configuration: references for secrets, and the registry's folder names."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omegaconf import Node, OmegaConf

from datalchemy.registry import layout
from datalchemy.secrets.connection import secrets_in_connection
from datalchemy.secrets.intake import hide_in_url, hide_value, is_url
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.process import process_vault

_PLAIN_SECTIONS = ("strict", "filter", "retry", "output", "redact", "hydra")


def _environment_reference(name: str, *fallback: Any, _parent_: Node | None, _node_: Node | None) -> Any:
    """`${oc.env:NAME}`: the value where no secret belongs, and elsewhere the reference `<env:NAME>`.

    An unset or empty variable gives the fallback; without one the reference stays, and the run reports what is missing.
    """
    value = os.environ.get(name)
    path = str(_parent_._get_full_key(None)) if _parent_ is not None else ""
    key = str(_node_._key()) if _node_ is not None else ""
    section = (path or key).split(".")[0].split("[")[0]
    if not value and fallback:
        return _without_secret(fallback[0], key)
    if section not in _PLAIN_SECTIONS:
        _learn(value or "", key)
        return f"<env:{name}>"
    if looks_secret_key(name):
        raise ValueError(f"environment variable {name} looks like a secret, and this setting is shown")
    if value is None:
        raise ValueError(f"environment variable {name} is not set")
    return value


def _learn(value: str, key: str) -> None:
    """Register with the process the secrets that it will look up when it connects."""
    for secret in (
        secrets_in_connection(value, resolved=True) if key == "url" else (value,) if looks_secret_key(key) else ()
    ):
        process_vault().remember(secret)


def _without_secret(fallback: Any, key: str) -> Any:
    if not isinstance(fallback, str):
        return fallback
    if is_url(fallback):
        return hide_in_url(fallback)
    return hide_value(fallback) if looks_secret_key(key) else fallback


def _secret_reference(kind: str, *place: str) -> str:
    """`${secret:file,PATH}`: the text `<file:PATH>`, a reference to the file's content."""
    if kind not in ("file", "env") or not place:
        raise ValueError("write ${secret:file,/path/to/file} or ${secret:env,NAME}")
    return f"<{kind}:{','.join(place)}>"


def _below(runs_dir: str, *parts: str) -> str:
    return str(Path(runs_dir).expanduser().absolute().joinpath(*parts))


def run_dir(runs_dir: str) -> str:
    """Return the folder of a run that starts now, below `runs_dir`; it is not made."""
    return _below(runs_dir, layout.run_name(datetime.now(UTC), layout.new_id()))


def _sweep_dir(runs_dir: str) -> str:
    return _below(runs_dir, layout.SWEEPS, layout.sweep_name(datetime.now(UTC), layout.new_id()))


def register(of_hydra: Callable[[str], Any]) -> None:
    """Register all resolvers, for the configuration that is resolved next.

    Args:
        of_hydra: returns the value of `${hydra:KEY}` for this job, by its key.
    """
    OmegaConf.register_new_resolver("oc.env", _environment_reference, replace=True)
    OmegaConf.register_new_resolver("secret", _secret_reference, replace=True)
    OmegaConf.register_new_resolver("run_dir", run_dir, replace=True, use_cache=True)
    OmegaConf.register_new_resolver("sweep_dir", _sweep_dir, replace=True, use_cache=True)
    OmegaConf.register_new_resolver("hydra", of_hydra, replace=True)
