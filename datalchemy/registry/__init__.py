"""Every run on disk: one folder each, written so that a reader never sees half a file.

The names below are imported when they are used: importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datalchemy.registry.files import write_atomically
    from datalchemy.registry.listing import RunSummary, runs
    from datalchemy.registry.manifest import Artefact, Captured, Manifest, RunFailure, RunStatus, read_manifest
    from datalchemy.registry.provenance import provenance
    from datalchemy.registry.redaction import connection_view, overrides_view, redacted_config, settings_view
    from datalchemy.registry.run import Registry, Run
    from datalchemy.registry.verification import Finding, verify

__all__ = [
    "Artefact",
    "Captured",
    "Finding",
    "Manifest",
    "Registry",
    "Run",
    "RunFailure",
    "RunStatus",
    "RunSummary",
    "connection_view",
    "overrides_view",
    "provenance",
    "read_manifest",
    "redacted_config",
    "runs",
    "settings_view",
    "verify",
    "write_atomically",
]

_ROOMS = {
    "files": ("write_atomically",),
    "listing": ("RunSummary", "runs"),
    "manifest": ("Artefact", "Captured", "Manifest", "RunFailure", "RunStatus", "read_manifest"),
    "provenance": ("provenance",),
    "redaction": ("connection_view", "overrides_view", "redacted_config", "settings_view"),
    "run": ("Registry", "Run"),
    "verification": ("Finding", "verify"),
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
