"""The secrets that a process knows, and how they are kept out of every text.

The settings hold references, never values; the values are looked up when the connection is made. A vault remembers
the secrets that were looked up or given in clear, and every text that leaves the process passes its `scrub`.
"""

import json
import math
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import TypeAlias

from datalchemy.secrets.encodings import TRACE, find_secret, traces
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.references import MASK, Kept, mask_secret

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_SHORTEST = 4
_LONG_ENOUGH = 12
_MIXED_ENOUGH = 6
_FEW = 24
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
        self._own: dict[str, None] = {}
        self._parent: Vault | None = None
        self._kept: dict[Kept, str] = {}
        self._finders: dict[tuple[str, bool], re.Pattern[str]] = {}
        self._index = _Index()

    def branch(self) -> "Vault":
        """Return a vault for one of many runs.

        It holds the secrets that were given to this one until now, without those of other branches. This vault
        remembers all that a branch remembers.
        """
        branch = Vault()
        with self._lock:
            branch._own, branch._secrets, branch._allowed = dict(self._own), dict(self._own), set(self._allowed)
        branch._parent, branch._finders, branch._kept = self, self._finders, self._kept
        branch._index.add(branch._secrets, branch._allowed)
        return branch

    def keep(self, text: str) -> Kept:
        """Take in a text that nothing else should hold, and return the reference that `open` needs."""
        kept = Kept()
        self._kept[kept] = text
        return kept

    def open(self, value: str | Kept) -> str:
        """Return the text that is kept; any other text is returned as it is."""
        return self._kept[value] if isinstance(value, Kept) else value

    def remember(self, *secrets: str, of_one_run: bool = False) -> None:
        """Take in secrets in clear; blanks alone and the mask are ignored.

        They are values: one that looks like a reference (`<env:X>`) is a secret as any other. Secrets `of_one_run` are
        not handed to branches: the run that they are of looks them up itself.
        """
        found = {
            one: None for secret in secrets for one in (secret, secret.strip()) if secret.strip() not in ("", MASK)
        }
        if not of_one_run:
            self._own.update(found)
        for vault in (self, self._parent):
            if vault is not None:
                with vault._lock:
                    new = {secret: None for secret in found if secret not in vault._secrets}
                    vault._secrets.update(new)
                    vault._index.add(new, vault._allowed)

    def allow(self, text: str) -> None:
        """Register a text that is shown on purpose (a role's name): a secret that equals it is public there."""
        with self._lock:
            if text in self._allowed:
                return
            self._allowed.add(text)
            if self._index.concerns(text):
                self._index = _Index()
                self._index.add(self._secrets, self._allowed)

    def known(self) -> tuple[str, ...]:
        """Return the secrets in clear, longest first."""
        return tuple(sorted(sorted(self._secrets), key=len, reverse=True))

    def scrub(self, text: str) -> str:
        """Return `text` with `***` for every known secret, in any spelling, and for texts in a secret's place.

        A text of somebody else's goes through `text.shown`, which calls this with the text as it came.
        """
        return mask_patterns(self._without(text, self._candidates(text)))

    def scrub_value(self, value: object) -> Json:
        """Return `value` as JSON data whose texts are all scrubbed."""
        return scrub_tree(value, self.scrub)

    def scrub_exact(self, text: str, *, names: Collection[str] = ()) -> str:
        """Return `text` with `***` for the known secrets that nobody writes by chance, but for those in `names`.

        For texts that are somebody's data: a table called `orders` is no trace of the password `orders`.
        """
        found = (secret for secret, _ in self._candidates(text) if _is_distinctive(secret) and secret not in names)
        return self._without(text, [(secret, True) for secret in found])

    def _candidates(self, text: str) -> list[tuple[str, bool]]:
        with self._lock:
            return self._index.candidates(text)

    def _without(self, text: str, secrets: Iterable[tuple[str, bool]]) -> str:
        for each in secrets:
            if each not in self._finders:  # it is built once, since that takes milliseconds
                self._finders[each] = find_secret(each[0], exact=each[1])
            text = self._finders[each].sub(MASK, text)
        return text


class _Index:
    """The secrets that are masked everywhere, found by a trace of theirs, so that many cost no more than a few."""

    def __init__(self) -> None:
        self._exact: dict[str, bool] = {}
        self._by_trace: dict[str, list[str]] = {}
        self._without_trace: list[str] = []
        self._lowered: set[str] = set()

    def add(self, secrets: Iterable[str], allowed: Set[str]) -> None:
        """Take in secrets; those in `allowed` are shown on purpose."""
        lowered = {name.lower() for name in allowed}  # `Shop`, where `shop` is shown on purpose
        for secret in secrets:
            self._lowered.add(secret.strip().lower())
            # Blanks around a secret are no secret, and a pattern that begins with a letter is quicker.
            text = secret.strip() if len(secret.strip()) >= _SHORTEST else secret
            if len(text) < _SHORTEST or secret in allowed or text.lower() in _OUR_WORDS or text in self._exact:
                continue
            self._exact[text] = text.lower() in lowered
            found = traces(text)
            if found is None:
                self._without_trace.append(text)
            for trace in found or ():
                self._by_trace.setdefault(trace, []).append(text)

    def concerns(self, text: str) -> bool:
        """Return whether a text that is shown on purpose equals a secret, perhaps in another case."""
        return text.strip().lower() in self._lowered

    def candidates(self, text: str) -> list[tuple[str, bool]]:
        """Return the secrets that `text` may hold, longest first, with whether in their own case only."""
        found = set(self._without_trace)
        lowered = text.lower()
        if len(self._by_trace) <= _FEW:
            at_hand = (trace for trace in self._by_trace if trace in lowered)
        else:
            at_hand = (lowered[start : start + TRACE] for start in range(len(lowered) - TRACE + 1))
        for trace in at_hand:
            found.update(self._by_trace.get(trace, ()))
        return [(secret, self._exact[secret]) for secret in sorted(sorted(found), key=len, reverse=True)]


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
