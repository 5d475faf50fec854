"""How one text may be spelt inside another: plain, percent-encoded, or escaped as JSON, Python and SQL do."""

import re
from collections.abc import Sequence

_PLAIN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
# Escaped or encoded again, a backslash doubles and `%` grows by `25`: bounded, so that no text makes a search slow.
_SLASHES = r"\\\\{0,15}"
_PERCENT = r"%(?:25){0,3}"
_CONTROL_NAMES = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


def any_of(secrets: Sequence[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds each of `secrets` however it is spelt, the first that fits; None without secrets."""
    # Each alternative starts with a literal character: then the regex engine skips quickly over texts without one.
    # A run of backslashes counts as one, since escaping doubles it.
    alternatives = [
        head + tail
        for secret in (re.sub(r"\\+", r"\\", secret) for secret in secrets)
        for tail in ("".join(_any_spelling(character) for character in secret[1:]),)
        for head in _spellings(secret[0])
    ]
    return re.compile("|".join(alternatives)) if alternatives else None


def _any_spelling(character: str) -> str:
    spellings = _spellings(character)
    return spellings[0] if len(spellings) == 1 else f"(?:{'|'.join(spellings)})"


def _spellings(character: str) -> list[str]:
    """Return the patterns of one character: plain, percent-encoded, and as JSON, repr and SQL escape it."""
    if character in _PLAIN_CHARACTERS:
        return [re.escape(character)]
    if character == "\\":
        return [_SLASHES, f"{_PERCENT}{_hexadecimal('5c')}", _SLASHES + "u005[cC]"]
    # Encoded twice, `@` is `%2540`; escaped twice, `"` is `\\\"`.
    utf8 = "".join(f"{_PERCENT}{_hexadecimal(f'{byte:02x}')}" for byte in character.encode("utf-8", "surrogatepass"))
    code = ord(character)
    spellings = [re.escape(character), utf8, _unicode_escape(character)]
    if character in "\"'/":
        spellings.append(rf"{_SLASHES}{character}")
    if character == "'":
        spellings.append("''")
    if character == " ":
        spellings.append(r"\+")
    if character in _CONTROL_NAMES:
        spellings.append(rf"{_SLASHES}{_CONTROL_NAMES[character]}")
    if code < 0x100:
        spellings.append(rf"{_SLASHES}x{_hexadecimal(f'{code:02x}')}")
    elif code > 0xFFFF:
        spellings.append(rf"{_SLASHES}U{_hexadecimal(f'{code:08x}')}")
    return spellings


def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"{_SLASHES}u{_hexadecimal(units[start : start + 4])}" for start in range(0, len(units), 4))


def _hexadecimal(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
