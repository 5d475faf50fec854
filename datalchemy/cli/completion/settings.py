"""What the keys of the command line take. The models say the same, which a test compares; they take long to import."""

from collections.abc import Mapping

FILE, FOLDER = "a file", "a folder"
_ANY: tuple[str, ...] = ()
_BOOLEAN = ("true", "false")

KEYS: Mapping[str, tuple[str, ...] | str] = {
    "strict": _BOOLEAN,
    "deadline_seconds": _ANY,
    "db.name": _ANY,
    "db.engine": ("postgres",),
    "db.url": _ANY,
    "db.host": _ANY,
    "db.port": _ANY,
    "db.dbname": _ANY,
    "db.user": _ANY,
    "db.password": _ANY,
    "db.sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "db.connect_timeout_seconds": _ANY,
    "db.statement_timeout_seconds": _ANY,
    "db.lock_timeout_seconds": _ANY,
    "db.read_timeout_seconds": _ANY,
    "db.max_rows": _ANY,
    "db.max_bytes": _ANY,
    "db.provision": ("none", "embedded", "docker"),
    "db.init": FILE,
    "filter.include_schemas": _ANY,
    "filter.exclude_schemas": _ANY,
    "filter.include_tables": _ANY,
    "filter.exclude_tables": _ANY,
    "capture.function_source": _BOOLEAN,
    "capture.privileges": _BOOLEAN,
    "retry.attempts": _ANY,
    "retry.initial_wait_seconds": _ANY,
    "retry.max_wait_seconds": _ANY,
    "retry.deadline_seconds": _ANY,
    "output.runs_dir": FOLDER,
    "output.out": FILE,
    "output.force": _BOOLEAN,
    "output.mode": ("0600", "0640", "0644"),
    "redact.enabled": _BOOLEAN,
    "redact.schema_text": _BOOLEAN,
    "sweep.workers": _ANY,
    "sweep.per_server": _ANY,
}
"""Each key, and the values that it takes; FILE or FOLDER for a path, nothing for what cannot be listed."""

GROUPS = ("filter", "retry", "output")
"""The groups whose options are chosen without a plus sign."""
