"""Words about credentials: the names that promise one, and the values that cannot be one."""

import re

from datalchemy.secrets.policy import looks_secret_key


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
# `token_type` and `password_expires_at` describe a secret and hold none; `max_tokens` counts.
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

_ABSENT = _words(
    """
    any array auth basic bearer bigint blank bool boolean bytea char clear confidential custom default_value
    disabled email empty enabled encrypted env environment external false field file hash hashed header hidden
    ignore ignored int integer internal invalid json jsonb key local locked manual masked missing n/a na new nil
    no none not_set nothing null number oauth oauth2 object off old on optional pending private public random raw
    redacted removed required set some string system tbd text the this todo true type undefined unknown unset uuid
    vault value varchar varying yes
    """
)
# In a sentence or an expression these name a thing; as the default of a password column they are the password.
_COMMON = _words(
    """
    abc api_key apikey change change_me changeit changeme credential credentials default dummy fake foo foobar
    pass passwd password pw pwd sample secret secrets senha temp test_token token user username
    """
)
_TEMPLATE_PARTS = (
    "example",
    "placeholder",
    "redacted",
    "your_",
    "your-",
    "xxxx",
    "****",
)
# Passwords that people write in clear; none of them is an ordinary description of a password.
_WELL_KNOWN = _words(
    """
    1234 12345 123456 1234567 12345678 123456789 1234567890 changeit changeme iloveyou letmein qwerty swordfish trustno1
    """
)
_CHANGE_ME = ("changeme", "change_me", "change-me")
_TEMPLATE = re.compile(
    r"<[A-Za-z].*|\$\{.*|\$\d+|\$\(.*|\{.*\}|\[.*\]|%\(?\w*\)?[sd]?|:\w+|@\w+@|\.\.\.|_+|#+", re.DOTALL
)
_IDENTIFIERS = re.compile(r"[A-Za-z_]+\d?(?:\.[A-Za-z_]+\d?)+")
_PATH = re.compile(r"(?:[A-Za-z]:|~|\.{1,2})?/(?:[\w.-]+/)+[\w.-]*|https?://.*", re.DOTALL)
_ORDINARY = re.compile(
    r"[a-z]+|\d+|0x[0-9a-f]+|(?:sha|shake|blake|ripemd)\d*[a-z]*|base\d+(?:url)?|md\d|oauth\d|saml\d|utf\d+|argon2[a-z]*|aes\d*|rsa\d*|[rehp]s\d+|ed\d+"
    r"|(?:v?\d+)(?:(?:alpha|beta|rc)\d*)?|x\d+|rfc\d+|iso\d+|pbkdf\d\w*|scram\w*|hmac\w*|(?:var)?char\d*|int\d+|float\d+|uuid\d?|s3|ec2|k8s|win\d+|h\d|p\d+|http\d|ipv\d"
    r"|pkcs\d+|tls\d*|ssl\d*|u2f|2fa|fido2|web3|i18n|l10n|\d+(?:st|nd|rd|th|bit|bits|bytes|chars?|days?|hours?|min|sec|[hdms])",
    re.IGNORECASE,
)
_KEY_START = re.compile(r"(?:live|tok|sk|rk)[-_]\w{4,}")
_COLUMN = re.compile(r"[a-z]+(?:_[a-z]+)+\d{0,2}")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_SPACE = re.compile(r"\s")
_PART = re.compile(r"[^A-Za-z0-9]+")
_SHORTEST_RANDOM = 8
_SHORTEST_SAID = 6
_LONGEST_JUDGED = 600


def names_secret(name: str) -> bool:
    """Return whether the name of a column, key or parameter promises a credential: `api_key` does, `token_type` not."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    if not looks_secret_key(name) and not word.endswith(_MORE_SECRET_WORDS):
        return False
    segments = [segment.lower() for segment in _SEGMENT.findall(name)]
    return bool(segments) and segments[-1] not in _ABOUT and segments[0] not in _COUNTS


def is_plausible(value: str) -> bool:
    """Return whether a value may be a credential: no placeholder, and nothing that `is_default_credential` refuses."""
    lowered = _bare(value)
    return is_default_credential(value) and lowered not in _COMMON and not any(part in lowered for part in _CHANGE_ME)


def is_default_credential(value: str) -> bool:
    """Return whether a value, as the default of a secret column, is a credential; a common word such as `secret` is.

    An empty value, a mark such as `***`, a state such as `none`, a template, a path and a dotted name are none.
    """
    text = value.strip()[:_LONGEST_JUDGED]
    lowered = text.lower()
    return (
        len({character for character in lowered if character.isalnum()}) > 1
        and not (text.isdigit() and len(text) < 4)
        and _bare(value) not in _ABSENT
        and not any(part in lowered for part in _TEMPLATE_PARTS)
        and not _TEMPLATE.fullmatch(text)
        and not _IDENTIFIERS.fullmatch(text)
        and not _PATH.fullmatch(text)
    )


def _bare(value: str) -> str:
    return value.strip()[:_LONGEST_JUDGED].lower().strip("()[]{}<>.,;:!?*'\"")


def is_random(value: str, shortest: int = _SHORTEST_RANDOM) -> bool:
    """Return whether a value is unlikely in ordinary text: long, of letters and digits, and no technical term."""
    text = value.strip()[:_LONGEST_JUDGED]
    return (
        len(text) >= shortest
        and _DIGIT.search(text) is not None
        and _LETTER.search(text) is not None
        and _SPACE.search(text) is None
        and any(not _ORDINARY.fullmatch(part) for part in _PART.split(text) if part)
        and is_plausible(text)
    )


def is_distinct(value: str) -> bool:
    """Return whether a value looks random, or begins as keys do: `live-...`, `tok_...`."""
    return is_random(value, _SHORTEST_SAID) or (_KEY_START.match(value) is not None and is_plausible(value))


def is_said(value: str) -> bool:
    """Return whether a sentence's value for a secret is one: well known, or of letters and digits."""
    return is_well_known(value) or (is_random(value, _SHORTEST_SAID) and not _COLUMN.fullmatch(value))


def is_well_known(value: str) -> bool:
    """Return whether a value is one of the well-known passwords."""
    return _bare(value).replace("-", "").replace("_", "") in _WELL_KNOWN
