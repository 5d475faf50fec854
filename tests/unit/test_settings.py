"""Settings: what a key takes, and what is said of the rest."""

import pytest

from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import load_settings


@pytest.mark.parametrize(
    ("mode", "expected"), [(None, 0o644), ("", 0o644), ("0600", 0o600), ("640", 0o640), ("0644", 0o644)]
)
def test_a_mode(mode: str | None, expected: int) -> None:
    """output.mode is text with octal digits; left out, it narrows nothing."""
    assert load_settings({"output": {"mode": mode}}).output.file_mode == expected


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o640, "in quotes"),
        (640, "in quotes"),
        (True, "in quotes"),
        ("0666", "others read at most"),
        ("0660", "others read at most"),
        ("0755", "others read at most"),
        ("0400", "the owner reads and writes"),
        ("rw", "'0600'"),
        (["0600"], "'0600'"),
    ],
)
def test_a_mode_that_is_none(mode: object, said: str) -> None:
    """A mode that YAML reads as a number, that lets others write, or keeps the owner out, is refused with a hint."""
    with pytest.raises(ConfigurationError, match=r"output\.mode: ") as caught:
        load_settings({"output": {"mode": mode}})
    assert said in caught.value.message
