"""Words about credentials: which names promise one, and which values cannot be one."""

import re

from datalchemy.core.redact import looks_secret_key


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MORE_SECRET_WORDS = (
    "senha",
    "passwort",
    "passkey",
    "signingkey",
    "encryptionkey",
    "authkey",
    "masterkey",
    "accountkey",
)
# `token_type` and `password_expires_at` tell about a secret and hold none; `max_tokens` counts.
_ABOUT = _words(
    """
    age alg algo algorithm arn at attempts audience by category class column count created date description display
    enabled encoding encryption endpoint expiration expires expiry field file format function group header hint host
    id ids index invalid issuer kind label lang len length level lifetime limit locale max message method min mode
    name num number on path pattern period policy prefix provider question reason ref reference regex required reset
    role rotation scheme scope scopes size source state status strategy strength style suffix table text time timeout
    title total ttl type updated uri url usage used user username uses valid version window
    """
)
_COUNTS = frozenset({"max", "min", "num", "total", "count", "has", "is", "n", "no", "allow", "require", "use", "show"})
_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_NO_VALUE = _words(
    """
    abc any api_key apikey array auth basic bearer bigint blank bool boolean bytea change change_me changeme changeit
    char clear confidential credential credentials custom default default_value disabled dummy email empty enabled
    encrypted env environment external fake false field file foo foobar hash hashed header hidden ignore ignored int
    integer internal invalid json jsonb key local locked manual masked missing n/a na new nil no none not_set nothing
    null number oauth oauth2 object off old on optional pass passwd password pending private public pw pwd random raw
    redacted removed required sample secret secrets senha set some string system tbd temp test_token text the this
    todo token true type undefined unknown unset user username uuid vault value varchar varying yes
    """
)
_TEMPLATE_PARTS = (
    "example",
    "placeholder",
    "redacted",
    "changeme",
    "change_me",
    "change-me",
    "your_",
    "your-",
    "xxxx",
    "****",
)
_TEMPLATE = re.compile(
    r"<[A-Za-z].*|\$\{.*|\$\d+|\$\(.*|\{.*\}|\[.*\]|%\(?\w*\)?[sd]?|:\w+|@\w+@|\.\.\.|_+|#+", re.DOTALL
)
_IDENTIFIERS = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
_PATH = re.compile(r"(?:[A-Za-z]:|~|\.{1,2})?/(?:[\w.-]+/)+[\w.-]*|https?://.*", re.DOTALL)
_ORDINARY = re.compile(
    r"[a-z]+|\d+|(?:sha|shake|blake|ripemd)\d*[a-z]?|base\d+|md\d|oauth\d|saml\d|utf\d+|argon2[a-z]*|aes\d*|rsa\d*|[rehp]s\d+|ed\d+"
    r"|v\d+|x\d+|rfc\d+|iso\d+|pbkdf\d|scram\w*|hmac\w*|(?:var)?char\d*|int\d+|float\d+|uuid\d?|s3|ec2|k8s|win\d+|h\d|p\d+|http\d|ipv\d"
    r"|pkcs\d+|tls\d*|ssl\d*|u2f|2fa|fido2|web3|i18n|l10n|\d+(?:st|nd|rd|th|bit|bits|bytes|chars?|days?|hours?|min|sec|[hdms])",
    re.IGNORECASE,
)
_PART = re.compile(r"[^A-Za-z0-9]+")
_SHORTEST_RANDOM = 8
_LONGEST_JUDGED = 600


def names_secret(name: str) -> bool:
    """Tell whether a name (of a column, a key, a parameter) promises a credential: `api_key` does, `token_type` not."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    if not looks_secret_key(name) and not word.endswith(_MORE_SECRET_WORDS):
        return False
    segments = [segment.lower() for segment in _SEGMENT.findall(name)]
    return bool(segments) and segments[-1] not in _ABOUT and segments[0] not in _COUNTS


def is_plausible(value: str) -> bool:
    """Tell whether a value may be a credential: neither empty, nor a placeholder, a path or a name of something."""
    text = value.strip()[:_LONGEST_JUDGED]
    lowered = text.lower()
    return (
        len(set(lowered)) > 1
        and any(character.isalnum() for character in text)
        and not (text.isdigit() and len(text) < 4)
        and lowered.strip("()[]{}<>.,;:!?*'\"") not in _NO_VALUE
        and not any(part in lowered for part in _TEMPLATE_PARTS)
        and not _TEMPLATE.fullmatch(text)
        and not _IDENTIFIERS.fullmatch(text)
        and not _PATH.fullmatch(text)
    )


def is_random(value: str) -> bool:
    """Tell whether a value is one that nobody writes by chance: long, of letters and digits, and no technical term."""
    text = value.strip()[:_LONGEST_JUDGED]
    return (
        len(text) >= _SHORTEST_RANDOM
        and any(character.isalpha() for character in text)
        and any(character.isdigit() for character in text)
        and not any(character.isspace() for character in text)
        and any(not _ORDINARY.fullmatch(part) for part in _PART.split(text) if part)
        and is_plausible(text)
    )
