"""The environment of the programs that we start: a list of what they get, not of what they do not."""

from collections.abc import Mapping

_PASSED_ON = ("PATH", "TMPDIR")
_FIXED = {"LC_ALL": "C", "TZ": "UTC"}


def child_environment(environ: Mapping[str, str], *also: str) -> dict[str, str]:
    """Return the environment of a child: where programs and temporary files are, messages in English, times in UTC.

    Args:
        environ: our own environment, which may hold passwords.
        also: names of more variables that this child needs; one that is not set stays so.
    """
    return {name: environ[name] for name in (*_PASSED_ON, *also) if name in environ} | _FIXED
