"""Secrets in clear in a composed configuration, which come from a user's file."""

import re
from collections.abc import Iterator

from omegaconf import AnyNode, Container, DictConfig, ListConfig, flag_override

from datalchemy.cli.hydra.overrides import is_harmless, known_keys
from datalchemy.secrets.connection import secrets_in_connection
from datalchemy.secrets.intake import hide_connection, hide_in_url, hide_value, is_url
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import MASK, is_reference

_VARIABLE = r"oc\.env\s*:\s*[A-Za-z_]\w*\s*(?:,[^${}]*|,\s*\$\{oc\.env:[A-Za-z_]\w*\}\s*)?"
_REFERENCES = re.compile(rf"\$\{{\s*(?:{_VARIABLE}|secret\s*:\s*(?:file|env)\s*,[^${{}}]+)\}}")
"""The interpolations that refer to a secret; any other may hold one itself."""


def hide_plain_secrets(config: DictConfig) -> None:
    """Replace secrets by references, and values that belong to no setting by `***`; this changes `config`."""
    with flag_override(config, ["struct", "readonly"], [False, False]):
        for parent, key, path, value in list(_suspects(config)):
            parent[key] = _hidden(value, path)


def learn_plain_secrets(config: DictConfig) -> None:
    """Register the secrets with the process, which masks them wherever it shows the configuration."""
    for _, _, _, value in _suspects(config):
        for secret in secrets_in_connection(value) if is_url(value) else (value,):
            if not is_reference(secret):
                process_vault().remember(secret)


def _suspects(config: DictConfig) -> Iterator[tuple[Container, str | int, str, str]]:
    """Yield each text that is not known to be harmless: its container, its key, its dotted path, the text."""
    for key in config:
        if key != "hydra":
            yield from _below(config, str(key), str(key))


def _below(parent: Container, key: str | int, path: str) -> Iterator[tuple[Container, str | int, str, str]]:
    node = parent._get_node(key)
    if isinstance(node, ListConfig) and not _is_leaf(node):
        for index in range(len(node)):
            yield from _below(node, index, path)
    elif isinstance(node, DictConfig) and not _is_leaf(node):
        for child in list(node):
            yield from _below(node, child, f"{path}.{child}")
    elif isinstance(node, AnyNode) and isinstance(value := node._value(), str) and not _is_shown(path):
        yield parent, key, path, value


def _is_leaf(node: Container) -> bool:
    return node._is_none() or node._is_interpolation()


def _is_setting(path: str) -> bool:
    return path in known_keys() or path.startswith("db.options.")


def _is_shown(path: str) -> bool:
    return _is_setting(path) and is_harmless(path)


def _hidden(value: str, path: str) -> str:
    if not _is_setting(path):
        return MASK  # no setting: the runs will report it
    if is_url(value):
        text = hide_in_url(value)
    else:
        text = hide_connection(value) if path.endswith(".url") else hide_value(value)
    return MASK if "${" in _REFERENCES.sub("", text) else text
