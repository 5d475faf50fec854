"""The database that the environment names, and the text of a file for it. No value of a secret is kept."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datalchemy.adapters import detect_engine, harmless_parameters, parameters_of
from datalchemy.errors import EngineNotSupportedError
from datalchemy.secrets.connection import parse_connection
from datalchemy.secrets.references import Template
from datalchemy.secrets.vault import Vault

URL_VARIABLE = "DATABASE_URL"
_EXAMPLES = {"host": "db.example.com", "port": "5432", "dbname": "", "user": "reader"}
_SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PLAIN = re.compile(r"[A-Za-z/][\w./\-]*")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_STRANGE = re.compile(r"://|=|\$\{|<env:|<file:|\?\?\?")


@dataclass(frozen=True)
class FoundDatabase:
    """What the environment says of a database.

    Attributes:
        parts: host, port, dbname, user and sslmode, as far as they are known.
        sources: the variable that gives each part.
        service: the name of a set of parameters (PGSERVICE); then the other parts are left to it.
        own_password: whether the URL holds a password.
        variable: the variable that holds a password by itself.
        file: what holds passwords: a password file.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    service: str | None = None
    own_password: bool = False
    variable: str | None = None
    file: str | None = None


def find_database(environ: Mapping[str, str], vault: Vault) -> FoundDatabase:
    """Return the database that DATABASE_URL names, or else PGSERVICE, or else PGHOST, PGDATABASE ...

    A value that no file can say plainly, such as a connection text in PGDATABASE, counts as absent. The vault
    remembers the passwords that are met.
    """
    words = parameters_of(detect_engine(engine=None, scheme=None))
    password = words.variables.get("password", "")
    if environ.get(password):
        vault.remember(environ[password])
    parts = _of_url(environ.get(URL_VARIABLE, "").strip(), vault)
    own_password = bool(parts.pop("password", ""))
    sources = dict.fromkeys(parts, URL_VARIABLE)
    parameter, variable = words.service or ("", "")
    service = environ.get(variable) if not parts else None
    if not parts and not service:
        variables = {**words.variables, "sslmode": "PGSSLMODE"}
        sources = {key: name for key, name in variables.items() if environ.get(name) and key != "password"}
        parts = {key: environ[name] for key, name in sources.items()}
    usable = {key: text for key, text in parts.items() if _is_usable(key, text, vault)}
    return FoundDatabase(
        parts=usable,
        sources={key: sources[key] for key in usable},
        service=service if service and _is_usable(parameter, service, vault) else None,
        own_password=own_password,
        variable=password if environ.get(password) else None,
        file=_password_file(environ),
    )


def _of_url(text: str, vault: Vault) -> dict[str, str]:
    connection = parse_connection(Template(text), harmless_parameters())
    vault.remember(*connection.secrets())
    try:
        if detect_engine(engine=None, scheme=connection.scheme).adapter is None:
            return {}
    except EngineNotSupportedError:
        return {}
    known = (*_EXAMPLES, "sslmode", "password")
    return {key: value for key, value in connection.values().items() if key in known}


def _is_usable(key: str, text: str, vault: Vault) -> bool:
    if key == "sslmode":
        return text in _SSLMODES
    if key == "port":
        return re.fullmatch(r"\d{1,5}(,\d{1,5})*", text) is not None
    return text.isprintable() and not _STRANGE.search(text) and vault.scrub(text) == text


def _password_file(environ: Mapping[str, str]) -> str | None:
    if environ.get("PGPASSFILE"):
        return "PGPASSFILE"
    home = environ.get("HOME", "")
    return "~/.pgpass" if home and Path(home, ".pgpass").is_file() else None


def password_variable(name: str) -> str:
    """Return the environment variable for the password of the database `name`: `EU_PROD_PASSWORD` for `eu/prod`."""
    letters = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return f"{letters if letters[:1].isalpha() else f'DB_{letters}'.rstrip('_')}_PASSWORD"


def file_text(name: str, found: FoundDatabase) -> tuple[str, str | None]:
    """Return the text of a database's file, and the variable that it takes the password from, if it does.

    Args:
        name: the database's name; where the environment says nothing, it is the example of a dbname, too.
        found: what the environment says.
    """
    lines = ["# How to reach this database. `datalchemy +db=NAME --cfg job` shows every setting that there is."]
    if found.service:
        lines += ["options:", f"  service: {_yaml(found.service)} # from PGSERVICE: the rest is in the service file"]
        return "\n".join([*lines, ""]), None
    for key, example in _EXAMPLES.items():
        text = found.parts.get(key) or example or name.rpartition("/")[2]
        why = f"from {found.sources[key]}" if key in found.parts else "an example: write your own"
        if key == "port" and key not in found.parts:
            why = "the usual port"
        lines.append(f"{key}: {_yaml(text)} # {why}")
    variable = None
    if found.file and not found.own_password and not found.variable:
        lines.append(f"# password: from {found.file}; or ${{oc.env:{password_variable(name)}}}")
    else:
        variable = password_variable(name) if found.own_password or not found.variable else found.variable
        lines.append(f"password: ${{oc.env:{variable}}} # looked up when the connection is made, written nowhere")
    if "sslmode" in found.parts:
        lines.append(f"sslmode: {found.parts['sslmode']} # from {found.sources['sslmode']}")
    else:
        lines.append("# sslmode: verify-full # checks the certificate of the server")
        lines.append("# options: {sslrootcert: system}")
    return "\n".join([*lines, ""]), variable


def _yaml(text: str) -> str:
    if text.isdecimal() and text.isascii() and not text.startswith("0"):
        return text
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if is_plain else json.dumps(text, ensure_ascii=False)
