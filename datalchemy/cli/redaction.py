"""Where redaction cannot be turned off."""

from collections.abc import Mapping

from datalchemy.errors import ConfigurationError

_FALSE = ("", "0", "false", "no", "off")


def check_redaction(*, enabled: bool, environ: Mapping[str, str]) -> None:
    """Raise ConfigurationError when redaction is turned off where it cannot be: in continuous integration."""
    if not enabled and environ.get("CI", "").strip().lower() not in _FALSE:
        raise ConfigurationError(
            "redaction cannot be turned off when CI is set", remedy="leave out --no-redact and redact.enabled=false"
        )
