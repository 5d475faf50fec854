"""The secrets that a process knows, and how they are kept out of every text.

The settings hold references, never values; the values are looked up when the connection is made. A vault remembers
the secrets that were looked up or given in clear, and every text that leaves the process passes its `scrub`.
"""

import json
import math
import re
import threading
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from datalchemy.secrets.encodings import find_secret
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.references import MASK, mask_secret

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_SHORTEST = 4
_LONG_ENOUGH = 12
_MIXED_ENOUGH = 6
_OUR_WORDS = frozenset(
    {
        "critical",
        "database",
        "datalchemy",
        "debug",
        "error",
        "event",
        "failed",
        "false",
        "index",
        "info",
        "integer",
        "interrupted",
        "level",
        "localhost",
        "name",
        "none",
        "null",
        "pg_catalog",
        "postgres",
        "postgresql",
        "public",
        "run_id",
        "running",
        "schema",
        "schemas",
        "succeeded",
        "table",
        "tables",
        "text",
        "timestamp",
        "true",
        "warning",
    }
)
_WORD_OF_OURS = re.compile(r"[a-z_]+")


class Vault:
    """The secrets this process knows: one vault per process, passed in explicitly. Safe to share between threads.

    A secret that is shorter than four characters, or that equals a word which our files hold anyway (`postgres`) or
    that was allowed, is masked only in a password's place (`://u:...@`, `password=...`): masking it everywhere would
    spoil every text, and reveal it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, None] = {}
        self._allowed: set[str] = set()
        self._finders: dict[tuple[str, bool], re.Pattern[str]] = {}
        self._everywhere: list[re.Pattern[str]] | None = None

    def __repr__(self) -> str:
        return f"Vault({len(self._secrets)} secrets)"

    def remember(self, secret: str) -> None:
        """Take in a secret in clear; blanks alone and the mask are ignored.

        It is a value: one that looks like a reference (`<env:X>`) is a secret as any other.
        """
        stripped = secret.strip()
        if not stripped or stripped == MASK:
            return
        with self._lock:
            if secret not in self._secrets:
                self._secrets.update({secret: None, stripped: None})
                self._everywhere = None

    def allow(self, text: str) -> None:
        """Register a text that is shown on purpose (a role's name): a secret that equals it is public there."""
        with self._lock:
            if text not in self._allowed:
                self._allowed.add(text)
                self._everywhere = None

    def known(self) -> tuple[str, ...]:
        """Return the secrets in clear, longest first."""
        return tuple(sorted(sorted(self._secrets), key=len, reverse=True))

    def scrub(self, text: str) -> str:
        """Return `text` with `***` for every known secret, in any spelling, and for texts in a secret's place.

        A text of somebody else's goes through `text.shown`, which calls this with the text as it came.
        """
        for finder in self._finders_everywhere():
            text = finder.sub(MASK, text)
        return mask_patterns(text)

    def scrub_value(self, value: object) -> Json:
        """Return `value` as JSON data whose texts are all scrubbed."""
        return scrub_tree(value, self.scrub)

    def scrub_exact(self, text: str, *, names: Collection[str] = ()) -> str:
        """Return `text` with `***` for the known secrets that nobody writes by chance, but for those in `names`.

        For texts that are somebody's data: a table called `orders` is no trace of the password `orders`.
        """
        for secret in self._choose(names):
            if _is_distinctive(secret):
                text = self._finder(secret, exact=True).sub(MASK, text)
        return text

    def _finders_everywhere(self) -> list[re.Pattern[str]]:
        with self._lock:
            if self._everywhere is None:
                self._everywhere = [self._finder(secret, exact=exact) for secret, exact in self._choose(()).items()]
            return self._everywhere

    def _choose(self, names: Collection[str]) -> dict[str, bool]:
        """Return the secrets that are masked everywhere, longest first, with whether in their own case only.

        Those in `names` are shown on purpose, too.
        """
        allowed = {*self._allowed, *names}
        lowered = {name.lower() for name in allowed}  # `Shop`, where `shop` is shown on purpose
        # Blanks around a secret are no secret, and a pattern that begins with a letter is quicker.
        secrets = (
            secret.strip() if len(secret.strip()) >= _SHORTEST else secret
            for secret in self.known()
            if len(secret) >= _SHORTEST and secret not in allowed and secret.lower() not in _OUR_WORDS
        )
        return {secret: secret.lower() in lowered for secret in secrets}

    def _finder(self, secret: str, *, exact: bool) -> re.Pattern[str]:
        """Return what finds one secret; it is built once, since that takes milliseconds."""
        if (secret, exact) not in self._finders:
            self._finders[secret, exact] = find_secret(secret, exact=exact)
        return self._finders[secret, exact]


def _is_distinctive(secret: str) -> bool:
    kinds = {(c.islower(), c.isupper(), c.isdigit()) for c in secret}
    return len(secret) >= _LONG_ENOUGH or (len(secret) >= _MIXED_ENOUGH and len(kinds) > 1)


def scrub_tree(value: object, scrub: Callable[[str], str]) -> Json:
    """Return `value` as JSON data: texts scrubbed, values under keys that look secret masked, the rest as text.

    Keys keep their order; a key that is a lower_snake word is a word of ours and stays.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _scrub_number(value, scrub)
    if isinstance(value, Mapping):
        return {scrub_word(str(key), scrub): _scrub_entry(str(key), entry, scrub) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_tree(entry, scrub) for entry in value]
    if isinstance(value, set | frozenset):
        return sorted((scrub_tree(entry, scrub) for entry in value), key=json.dumps)
    return scrub(str(value))


def _scrub_number(value: float, scrub: Callable[[str], str]) -> Json:
    # A number that is a secret, or that JSON cannot spell, becomes a text: the line stays JSON.
    plain = int(value) if isinstance(value, int) else float(value)
    text = repr(plain)
    return plain if math.isfinite(plain) and scrub(text) == text else scrub(text)


def scrub_word(word: str, scrub: Callable[[str], str]) -> str:
    """Return a key or the name of an event: as it is when it is a lower_snake word, which is one of ours."""
    return word if _WORD_OF_OURS.fullmatch(word) else scrub(word)


def _scrub_entry(key: str, value: object, scrub: Callable[[str], str]) -> Json:
    return scrub(mask_secret(value)) if isinstance(value, str) and looks_secret_key(key) else scrub_tree(value, scrub)
