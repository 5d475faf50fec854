"""Every door that a password can come in by: what a user writes, types or sets so that the program knows it.

Each door takes a Place and the folder where its files go, and says what is written, typed and set.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

MARK = "an4ry"
"""Stands in each piece of PASSWORD: whatever part of it is shown, and however it is encoded, this is seen."""

_HEX = MARK.encode().hex()
# By where it begins in what is encoded: without the characters that it shares with its neighbours.
_BASE64 = tuple(
    b64encode(bytes(n) + MARK.encode()).decode()[-(-8 * n // 6) : 8 * (n + len(MARK)) // 6] for n in range(3)
)

PASSWORD = "K1an4ry@K2an4ry/K3an4ry#K4an4ry:K5an4ry%K6an4ry"


def seen_in(text: str) -> list[str]:
    """Return the spellings of MARK that are in a text: plain and in hex in any case, and in base64."""
    return [*(mark for mark in (MARK, _HEX) if mark in text.lower()), *(mark for mark in _BASE64 if mark in text)]


@dataclass(frozen=True)
class Place:
    """Where a database is, and what opens it."""

    host: str
    port: int
    user: str = "canary"
    dbname: str = "postgres"
    password: str = PASSWORD

    @property
    def settings(self) -> str:
        """The place as a file of the group `db`, without the password."""
        return f"host: {self.host}\nport: {self.port}\nuser: {self.user}\ndbname: {self.dbname}\nsslmode: disable\n"

    @property
    def conninfo(self) -> str:
        """The place as `keyword=value` pairs, without the password."""
        return f"host={self.host} port={self.port} user={self.user} dbname={self.dbname} sslmode=disable"

    def url(self, password: str | None = None, **parameters: str) -> str:
        """The place as a URL; the password as it is to stand there."""
        account = self.user if password is None else f"{self.user}:{password}"
        query = "&".join(f"{key}={value}" for key, value in {"sslmode": "disable", **parameters}.items())
        return f"postgresql://{account}@{self.host}:{self.port}/{self.dbname}?{query}"

    @property
    def encoded(self) -> str:
        """The password, percent-encoded."""
        return quote(self.password, safe="")


@dataclass(frozen=True)
class Given:
    """What a user does: the text of conf/db/door.yaml, words, environment variables."""

    conf: str = "host: null\n"
    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


Door = Callable[[Place, Path], Given]


def _yaml(key: str, value: str) -> str:
    return f"{key}: {json.dumps(value)}\n"


def _libpq(place: Place) -> dict[str, str]:
    return {
        "PGHOST": place.host,
        "PGPORT": str(place.port),
        "PGUSER": place.user,
        "PGDATABASE": place.dbname,
        "PGSSLMODE": "disable",
    }


def _password_file(place: Place, folder: Path) -> str:
    escaped = place.password.replace("\\", "\\\\").replace(":", "\\:")
    return _private(folder / "pgpass", f"# who opens what\n*:*:*:{place.user}:{escaped}\n")


def _service_file(place: Place, folder: Path) -> str:
    lines = [*place.conninfo.split(), f"password={place.password}"]
    return _private(folder / "services", "[canary]\n" + "\n".join(lines) + "\n")


def _private(file: Path, text: str) -> str:
    file.touch(mode=0o600)
    file.write_text(text)
    return str(file)


def _in_yaml(place: Place, **more: str) -> Given:
    return Given(place.settings + "".join(_yaml(key, value) for key, value in more.items()))


DECLARATIVE: Mapping[str, Door] = {
    "PGPASSWORD": lambda place, _: replace(_in_yaml(place), variables={"PGPASSWORD": place.password}),
    "PGPASSFILE": lambda place, folder: replace(
        _in_yaml(place), variables={"PGPASSFILE": _password_file(place, folder)}
    ),
    "~/.pgpass": lambda place, folder: replace(
        _in_yaml(place), variables={"HOME": str(Path(_password_file(place, folder)).rename(folder / ".pgpass").parent)}
    ),
    "options.passfile": lambda place, folder: Given(
        place.settings + f"options:\n  passfile: {_password_file(place, folder)}\n"
    ),
    "PGSERVICE": lambda place, folder: Given(
        variables={"PGSERVICEFILE": _service_file(place, folder), "PGSERVICE": "canary"}
    ),
    "options.service": lambda place, folder: Given(
        "options:\n  service: canary\n", variables={"PGSERVICEFILE": _service_file(place, folder)}
    ),
    "${oc.env:X}": lambda place, _: replace(
        _in_yaml(place, password="${oc.env:DOOR}"), variables={"DOOR": place.password}
    ),
    "${oc.env:X,fallback}": lambda place, _: Given(
        place.settings + f"password: ${{oc.env:NOT_SET,{json.dumps(place.password)}}}\n"
    ),
    "${secret:file}": lambda place, folder: _in_yaml(
        place, password=f"${{secret:file,{_private(folder / 'secret', place.password + chr(10))}}}"
    ),
    "password in YAML": lambda place, _: _in_yaml(place, password=place.password),
    "URL with ${oc.env:X}": lambda place, _: Given(
        _yaml("url", place.url("${oc.env:DOOR}")), variables={"DOOR": place.password}
    ),
    "URL from the environment": lambda place, _: Given(
        _yaml("url", "${oc.env:DOOR}"), variables={"DOOR": place.url(place.encoded)}
    ),
    "encoded URL in YAML": lambda place, _: Given(_yaml("url", place.url(place.encoded))),
    "raw URL in YAML": lambda place, _: Given(_yaml("url", place.url(place.password))),
    "URL parameter": lambda place, _: Given(_yaml("url", place.url(password=place.encoded))),
    "sslpassword in a URL": lambda place, _: Given(
        _yaml("url", place.url(sslpassword=place.encoded)), variables={"PGPASSWORD": place.password}
    ),
    "options.sslpassword": lambda place, _: Given(
        place.settings + "options:\n  " + _yaml("sslpassword", place.password),
        variables={"PGPASSWORD": place.password},
    ),
    "conninfo in YAML": lambda place, _: Given(_yaml("url", f"{place.conninfo} password='{place.password}'")),
    "override db.password": lambda place, _: replace(_in_yaml(place), words=(f"db.password={place.password}",)),
    "override db.url": lambda place, _: Given(words=(f"db.url={place.url(place.password)}",)),
    "override db.url, encoded": lambda place, _: Given(words=(f"db.url={place.url(place.encoded)}",)),
    "override db.url, conninfo": lambda place, _: Given(
        words=(f"db.url={place.conninfo} password='{place.password}'",)
    ),
    "override db.options.sslpassword": lambda place, _: replace(
        _in_yaml(place),
        words=(f"+db.options.sslpassword={place.password}",),
        variables={"PGPASSWORD": place.password},
    ),
}

ONE_SHOT: Mapping[str, Door] = {
    "CONN, encoded URL": lambda place, _: Given(words=(place.url(place.encoded),)),
    "CONN, raw URL": lambda place, _: Given(words=(place.url(place.password),)),
    "CONN, URL parameter": lambda place, _: Given(words=(place.url(password=place.encoded),)),
    "CONN, conninfo": lambda place, _: Given(words=(f"{place.conninfo} password='{place.password}'",)),
    "CONN, service": lambda place, folder: Given(
        words=("service=canary",), variables={"PGSERVICEFILE": _service_file(place, folder)}
    ),
    "--conn": lambda place, _: Given(words=("--conn", place.url(place.encoded))),
    "db.password as a word": lambda place, _: Given(words=(place.url(), f"db.password={place.password}")),
    "PGPASSWORD": lambda place, _: Given(words=(place.url(),), variables={"PGPASSWORD": place.password}),
    "PGPASSFILE": lambda place, folder: Given(
        words=(place.url(),), variables={"PGPASSFILE": _password_file(place, folder)}
    ),
    "nothing but variables": lambda place, _: Given(
        words=(f"dbname={place.dbname}",), variables={**_libpq(place), "PGPASSWORD": place.password}
    ),
}
