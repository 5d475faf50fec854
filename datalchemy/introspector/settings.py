"""The settings of a run: the YAML files, the one-shot command and the library make the same object.

`url`, `password` and `options` hold no secret in clear: `<env:NAME>` and `<file:PATH>` in them are references.
The values are looked up only at connect time (see `secrets`).
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError

from datalchemy.errors import ConfigurationError
from datalchemy.model.filter import ObjectFilter
from datalchemy.registry.files import FILE_MODE

_HIGHEST_PORT = 65535


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _none_when_blank(value: Any) -> Any:
    return None if value == "" else value


def _no_url(value: Any) -> Any:
    if isinstance(value, str) and "://" in value:  # its password would become a folder's name
        raise PydanticCustomError("path_not_url", "a path is expected, not a URL")
    return value


def _mode(value: Any) -> Any:
    if isinstance(value, int):  # 0640 without quotes is 416 to YAML
        raise PydanticCustomError("mode_number", "text in quotes is expected, such as '0640', and not a number")
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not re.fullmatch(r"0?6[04][04]", value):
        raise PydanticCustomError(
            "mode", "'0600', '0640' or '0644' is expected: the owner reads and writes, others read at most"
        )
    return value


def _port(value: Any) -> Any:
    """Return a port as a number, or a list of ports, one for each host, as libpq writes it: `5432,5433`."""
    if value in (None, ""):
        return None
    ports = str(value).split(",")
    if isinstance(value, bool) or not all(
        re.fullmatch(r"\s*\d{1,5}\s*", port) and 1 <= int(port) <= _HIGHEST_PORT for port in ports
    ):
        raise PydanticCustomError(
            "port", "a port from 1 to 65535 is expected, or several in quotes, such as '5432,5433'"
        )
    return int(ports[0]) if len(ports) == 1 else ",".join(port.strip() for port in ports)


_Blank = BeforeValidator(_none_when_blank)
_Path = Annotated[Path, BeforeValidator(_no_url), AfterValidator(Path.expanduser)]
Text = Annotated[str | None, _Blank]
SecretText = Annotated[SecretStr | None, _Blank]


class Provision(StrEnum):
    """What starts the server: nothing (it runs already), the embedded wheel, or a container."""

    NONE = "none"
    EMBEDDED = "embedded"
    DOCKER = "docker"


class DatabaseSettings(_Section):
    """`db`: which database, and how to reach it."""

    name: Text = None
    engine: Text = None
    url: SecretText = None
    host: Text = None
    port: Annotated[int | str | None, BeforeValidator(_port)] = None
    dbname: Text = None
    user: Text = None
    password: SecretText = None
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    connect_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    statement_timeout_seconds: Annotated[float, Field(ge=0)] = 300.0
    lock_timeout_seconds: Annotated[float, Field(ge=0)] = 5.0
    read_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    max_rows: Annotated[int | None, Field(ge=1)] = None
    max_bytes: Annotated[int | None, Field(ge=1)] = None
    options: dict[str, SecretStr] = {}
    provision: Provision = Provision.NONE
    init: tuple[str, ...] = ()


class RetrySettings(_Section):
    """`retry`: how to retry after a transient fault. Waits grow exponentially, with jitter, between the two bounds."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    initial_wait_seconds: Annotated[float, Field(gt=0)] = 0.5
    max_wait_seconds: Annotated[float, Field(gt=0)] = 10.0
    deadline_seconds: Annotated[float, Field(gt=0)] = 60.0


class OutputSettings(_Section):
    """`output`: the registry's folder, the path of a copy of schema.json, and who may read the files.

    `force` lets the copy replace any file; `mode` narrows the mode of files, None leaves it to the umask.
    """

    runs_dir: _Path = Path("runs")
    out: Annotated[_Path | None, _Blank] = None
    force: bool = False
    mode: Annotated[str | None, BeforeValidator(_mode)] = None

    @property
    def file_mode(self) -> int:
        """The mode of files, before the umask."""
        return FILE_MODE if self.mode is None else int(self.mode, 8)


class RedactSettings(_Section):
    """`redact`: what the artefacts leave out.

    When enabled, config.json shows the values of harmless keys only; secrets are masked either way. With `schema_text`,
    what looks like a credential in the structure's own texts is masked in schema.json, and its fingerprint is that of
    the masked structure.
    """

    enabled: bool = True
    schema_text: bool = False


class Settings(_Section):
    """Everything that decides what a run does."""

    strict: bool = False
    deadline_seconds: Annotated[float, Field(ge=0)] = 3600.0
    db: DatabaseSettings = DatabaseSettings()
    filter: ObjectFilter = ObjectFilter()
    retry: RetrySettings = RetrySettings()
    output: OutputSettings = OutputSettings()
    redact: RedactSettings = RedactSettings()


def plain(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain data, with the unchanged texts of secret fields. Use it in memory only."""

    def unwrap(value: Any) -> Any:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        if isinstance(value, dict):
            return {key: unwrap(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [unwrap(each) for each in value]
        if isinstance(value, StrEnum):
            return value.value
        return str(value) if isinstance(value, Path) else value

    unwrapped: dict[str, Any] = unwrap(settings.model_dump())
    return unwrapped


def load_settings(values: Mapping[str, Any], where: Callable[[str], str | None] = lambda key: None) -> Settings:
    """Check plain data against the settings and return them.

    Args:
        values: the settings as nested mappings.
        where: returns the file and line that set a dotted key; None if no file does.

    Raises:
        ConfigurationError: names every wrong key, what it takes, and a similar name for an unknown one.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
    raise ConfigurationError(
        "invalid settings: " + "; ".join(_fault(fault["loc"], fault["type"], fault["msg"], where) for fault in faults),
        remedy="the shipped datalchemy.yaml explains each key (datalchemy --cfg job shows your configuration)",
    )


def _fault(place: tuple[int | str, ...], kind: str, message: str, where: Callable[[str], str | None]) -> str:
    path = ".".join(str(part) for part in place)
    source = where(path)
    key = f"{path} ({source})" if source else path
    if kind == "string_type":
        return f"{key}: text is expected: put it in quotes"
    if kind != "extra_forbidden":
        return f"{key}: {message[0].lower()}{message[1:]}".replace("a valid tuple", "a list")
    near = get_close_matches(str(place[-1]), _known_keys(place[:-1]), n=1)
    return f"{key}: unknown key" + (f"; did you mean '{near[0]}'?" if near else "")


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in place:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = field.annotation if field is not None else None
    return list(model.model_fields) if hasattr(model, "model_fields") else []
