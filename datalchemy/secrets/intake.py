"""Finds the secrets in the words of a command line, before anything else reads them."""

import re
from collections.abc import Iterable, Set

from datalchemy.secrets.connection import ConnectionText, is_url, parse_connection, unquoted
from datalchemy.secrets.policy import looks_secret_key
from datalchemy.secrets.references import Template
from datalchemy.secrets.vault import Vault

_KEY = re.compile(r"[-+~]*[\w.\-/@]+")
_ASSIGNED = re.compile(r"([\w.\-]+)\s*[=:]\s*('(?:\\.|[^'\\])*'|[^\s'=:]\S*)")


def learn_words(words: Iterable[str], vault: Vault, harmless: Set[str]) -> bool:
    """Register the secrets that the words of a command line give in clear, in URLs and as the values of secret keys.

    Args:
        words: the words.
        vault: remembers the secrets.
        harmless: the names of the connection parameters that hold no secret.

    Returns:
        Whether one is a secret by its name, rather than a parameter that is not known.
    """
    by_name = False
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not _KEY.fullmatch(key):
            key, value = "", word
        text = re.sub(r"\A(['\"])(.*)\1\Z", r"\2", value, flags=re.DOTALL)
        secrets: tuple[str, ...] = ()
        if is_url(text):
            connection = parse_connection(_template(text), harmless)
            secrets = connection.secrets()
            by_name |= connection.has_clear_secret(by_name=True)
        elif looks_secret_key(key):
            secrets = _template(text).clear() if text != "null" else ()
            by_name |= bool(secrets)
        else:  # `password: x`, `host=h password=x`
            found = [one for one in _ASSIGNED.findall(word) if looks_secret_key(one[0])]
            secrets = tuple(unquoted(value) for _, value in found)
        vault.remember(*secrets)
    return by_name


def taken(connection: ConnectionText, vault: Vault) -> ConnectionText:
    """Return a connection text whose secrets in clear only the vault knows from now on."""
    vault.remember(*connection.secrets())
    return connection.given(vault.keep)


def _template(text: str) -> Template:
    try:
        return Template.parse(text, interpolations=True)
    except ValueError:  # whoever reads the word reports what is wrong with it
        return Template(text)
