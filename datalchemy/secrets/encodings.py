"""How one text may be spelt inside another: escaped, percent-encoded, in other case, with other blanks, hex, base64."""

import re
from base64 import b64encode

LONGEST_PIECE = 500
"""The most characters of a piece: a longer secret is searched for piece by piece, so that no pattern is endless."""

_PLAIN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
# Escaped or encoded again, a backslash doubles and `%` grows by `25`: bounded, so that no text makes a search slow.
_SLASHES = r"\\\\{0,15}"
_PERCENT = r"%(?:25){0,3}"
_CONTROL_NAMES = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v"}
_TOKENS = re.compile(r"\s+|\\+|.", re.DOTALL)
# YAML breaks a long line at a blank and indents the next one; its double quotes know short names for blanks.
_ANY_BLANK = (r"\s", rf"{_SLASHES}[LNP_\s]")
_MORE_BLANKS = 60
# Fewer bytes than this make an encoded text that others may write by chance.
_SHORTEST_ENCODED = 6
TRACE = 4
"""The characters of a trace: see `traces`."""
_ONE_PIECE = 300
_PLAIN_RUN = re.compile(rf"[A-Za-z0-9\-._]{{{TRACE}}}")
_LETTERS_RUN = re.compile(rf"[A-Za-z0-9]{{{TRACE}}}")
_BASE64 = {"+": r"[+\-]", "/": "[/_]"}
_BASE64_HEADS = {"+": (r"\+", "-"), "/": ("/", "_")}
_BASE64_END = r"[A-Za-z0-9+/_\-]?={0,2}"


def find_secret(secret: str, *, exact: bool = False) -> re.Pattern[str]:
    """Return a pattern that finds a secret, which is not empty, however it is spelt.

    Args:
        secret: the secret.
        exact: found in its own case only; otherwise in upper and lower case, too.
    """
    # Each alternative starts with a literal character: then the regex engine skips quickly over texts without one.
    alternatives = [
        alternative
        for piece in _pieces(secret)
        for alternative in (*_written(piece, any_case=not exact), *_hexadecimal(piece))
    ]
    return re.compile("|".join([*alternatives, *_base64(secret)]))


def traces(secret: str) -> frozenset[str] | None:
    """Return pieces of four characters, in lower case, of which any spelling of a secret holds one in some case.

    A text without them holds no spelling that `find_secret` finds. None: there are no such pieces.
    """
    data = secret.encode("utf-8", "surrogatepass")
    written = _PLAIN_RUN.search(secret)
    if written is None or len(secret) > _ONE_PIECE:
        return None
    found = {written[0]}
    if len(data) >= _SHORTEST_ENCODED:
        found.add(data.hex()[:TRACE])
        for before in range(3):
            shared, whole = _own_characters(before, len(data))
            run = _LETTERS_RUN.search(b64encode(bytes(before) + data).decode()[shared:whole])
            if run is None:
                return None
            found.add(run[0])
    return frozenset(piece.lower() for piece in found)


def _own_characters(before: int, length: int) -> tuple[int, int]:
    """Return where a secret's own characters begin and end in base64, after `before` bytes of a group of three."""
    return -(-8 * before // 6), 8 * (before + length) // 6


def _pieces(text: str) -> list[str]:
    count = -(-len(text) // LONGEST_PIECE)
    size = -(-len(text) // max(count, 1))
    return [text[start : start + size] for start in range(0, len(text), size or 1)]


def _written(piece: str, *, any_case: bool) -> list[str]:
    head, *tail = (_spellings(token, any_case=any_case) for token in _TOKENS.findall(piece))
    rest = "".join(one[0] if len(one) == 1 else f"(?:{'|'.join(one)})" for one in tail)
    return [spelling + rest for spelling in head]


def _spellings(token: str, *, any_case: bool) -> list[str]:
    """Return the patterns of a run of blanks, a run of backslashes, or one other character."""
    if token.isspace():
        # A run of blanks may have become one blank, or another run.
        blanks = dict.fromkeys(spelling for one in token for spelling in _of_character(one))
        return [f"(?:{'|'.join([*_ANY_BLANK, *blanks])}){{1,{len(token) + _MORE_BLANKS}}}"]
    if token[0] == "\\":  # a run counts as one, since escaping doubles it
        return [_SLASHES, *(rf"{one}(?:{one}){{0,15}}" for one in (rf"{_PERCENT}5[cC]", rf"{_SLASHES}u005[cC]"))]
    cases = dict.fromkeys((token, token.lower(), token.upper()) if any_case else (token,))
    return list(dict.fromkeys(spelling for one in cases if len(one) == 1 for spelling in _of_character(one)))


def _of_character(character: str) -> list[str]:
    """Return the patterns of one character: plain, percent-encoded, and as JSON, repr and SQL escape it."""
    if character in _PLAIN_CHARACTERS:
        return [re.escape(character)]
    # Encoded twice, `@` is `%2540`; escaped twice, `"` is `\\\"`.
    utf8 = "".join(f"{_PERCENT}{_digits(f'{byte:02x}')}" for byte in character.encode("utf-8", "surrogatepass"))
    code = ord(character)
    spellings = [re.escape(character), utf8, _unicode_escape(character)]
    if code > 0x7F:
        spellings.append(utf8.replace(_PERCENT, rf"{_SLASHES}x"))
    if character in "\"'/":
        spellings.append(rf"{_SLASHES}{character}")
    if character == "'":
        spellings.append("''")
    if character == " ":
        spellings.append(r"\+")
    if character in _CONTROL_NAMES:
        spellings.append(rf"{_SLASHES}{_CONTROL_NAMES[character]}")
    if code < 0x100:
        spellings.append(rf"{_SLASHES}x{_digits(f'{code:02x}')}")
    elif code > 0xFFFF:
        spellings.append(rf"{_SLASHES}U{_digits(f'{code:08x}')}")
    return spellings


def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"{_SLASHES}u{_digits(units[start : start + 4])}" for start in range(0, len(units), 4))


def _digits(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _hexadecimal(piece: str) -> list[str]:
    digits = piece.encode("utf-8", "surrogatepass").hex()
    if len(digits) < 2 * _SHORTEST_ENCODED:
        return []
    return [head + _digits(digits[1:]) for head in dict.fromkeys((digits[0], digits[0].upper()))]


def _base64(secret: str) -> list[str]:
    """Return the patterns of a secret inside anything that is encoded in base64, standard or for URLs.

    Three bytes make four characters, so there are three texts, by where the secret begins. What neighbours share a
    character with, up to six bits, belongs to none of them.
    """
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) < _SHORTEST_ENCODED:
        return []
    found = []
    for before in range(3):
        shared, whole = _own_characters(before, len(data))
        pieces = _pieces(b64encode(bytes(before) + data).decode()[shared:whole])
        for number, piece in enumerate(pieces, start=1):
            rest = "".join(_BASE64.get(character, character) for character in piece[1:])
            end = _BASE64_END if number == len(pieces) else ""
            found += [head + rest + end for head in _BASE64_HEADS.get(piece[0], (piece[0],))]
    return found
