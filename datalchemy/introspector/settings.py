"""The settings of a run: the YAML files, the one-shot command and the library make the same object.

The texts of `db` are parsed here, once: `<env:NAME>` and `<file:PATH>` in them are references, whose values are looked
up only at connect time (see `secrets`). The type of a setting says whether it may be shown.
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError
from pydantic_core import PydanticCustomError

from datalchemy.adapters import harmless_parameters
from datalchemy.errors import ConfigurationError
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.registry.files import FILE_MODE
from datalchemy.secrets.connection import ConnectionText, parse_connection
from datalchemy.secrets.policy import is_secret_parameter
from datalchemy.secrets.references import Secret, Template

STDOUT = Path("-")
_HIGHEST_PORT = 65535


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _one_text(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        what = "mapping" if isinstance(value, dict) else "list"
        raise PydanticCustomError("one_text", "one text is expected, and not a {what}", {"what": what})
    return value


def _none_when_blank(value: Any) -> Any:
    return None if value == "" else _one_text(value)


def _no_url(value: Any) -> Any:
    if value == "":  # it would be the current directory
        raise PydanticCustomError("path_empty", "a path is expected, and not an empty text")
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


def _template(value: Any) -> Any:
    if value is None or value == "" or isinstance(value, ConnectionText):
        return value or None
    if isinstance(value, str):
        try:
            value = Template.parse(value)
        except ValueError as fault:
            raise PydanticCustomError("template", "{cause}", {"cause": str(fault)}) from None
    if not isinstance(_one_text(value), Template):
        raise PydanticCustomError("string_type", "text is expected")
    return value if value.text else None


def _option(value: Any) -> Any:
    return Template("") if value == "" else _template(value)


def _secret(value: Any) -> Any:
    template = _template(value)
    return template and Secret(template.text, template.references)


def _secret_options(options: dict[str, Template]) -> dict[str, Template]:
    harmless = harmless_parameters()
    return {
        key: Secret(value.text, value.references) if is_secret_parameter(key, value.text, harmless) else value
        for key, value in options.items()
    }


def _connection(value: Any) -> Any:
    template = _template(value)
    return parse_connection(template, harmless_parameters()) if isinstance(template, Template) else template


_Blank = BeforeValidator(_none_when_blank)
_Path = Annotated[Path, BeforeValidator(_no_url), AfterValidator(Path.expanduser)]
Text = Annotated[str | None, _Blank]
TemplateText = Annotated[InstanceOf[Template] | None, BeforeValidator(_template)]
SecretText = Annotated[InstanceOf[Secret] | None, BeforeValidator(_secret)]
ConnectionUrl = Annotated[InstanceOf[ConnectionText] | None, BeforeValidator(_connection)]


class Provision(StrEnum):
    """What starts the server: nothing (it runs already), the embedded wheel, or a container."""

    NONE = "none"
    EMBEDDED = "embedded"
    DOCKER = "docker"


class DatabaseSettings(_Section):
    """`db`: which database, and how to reach it."""

    name: Text = None
    engine: Text = None
    url: ConnectionUrl = None
    host: TemplateText = None
    port: Annotated[int | str | None, BeforeValidator(_port)] = None
    dbname: TemplateText = None
    user: TemplateText = None
    password: SecretText = None
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    connect_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    statement_timeout_seconds: Annotated[float, Field(ge=0)] = 300.0
    lock_timeout_seconds: Annotated[float, Field(ge=0)] = 5.0
    read_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    max_rows: Annotated[int | None, Field(ge=1)] = None
    max_bytes: Annotated[int | None, Field(ge=1)] = None
    options: Annotated[
        dict[str, Annotated[InstanceOf[Template], BeforeValidator(_option)]], AfterValidator(_secret_options)
    ] = {}
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

    `-` is no path: the command line writes the copy to stdout. `force` lets the copy replace any file; `mode` narrows
    the mode of files, None leaves it to the umask.
    """

    runs_dir: _Path = Path("runs")
    out: Annotated[_Path | None, _Blank] = None
    force: bool = False
    mode: Annotated[str | None, BeforeValidator(_mode)] = None

    @property
    def copy_path(self) -> Path | None:
        """Where the copy goes, if to a file."""
        return None if self.is_to_stdout else self.out

    @property
    def is_to_stdout(self) -> bool:
        """Whether the copy goes to stdout."""
        return self.out == STDOUT

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
    capture: CaptureOptions = DEFAULT_CAPTURE
    retry: RetrySettings = RetrySettings()
    output: OutputSettings = OutputSettings()
    redact: RedactSettings = RedactSettings()


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
    section = "".join(f"{part}." for part in place[:-1])
    names = [key.removeprefix(section) for key in known_keys() if key.startswith(section)]
    near = get_close_matches(str(place[-1]).lower(), [name for name in names if "." not in name], n=1)
    return f"{key}: unknown key" + (f"; did you mean '{near[0]}'?" if near else "")


def takes_references(key: str) -> bool:
    """Return whether the value of a dotted key may be looked up at connect time, rather than when settings are made."""
    return key in _LATE or key.startswith("db.options.")


_LATE = frozenset(
    f"db.{name}"
    for name, field in DatabaseSettings.model_fields.items()
    if any(isinstance(one, BeforeValidator) and one.func in (_template, _secret, _connection) for one in field.metadata)
)


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, bool]:
    """Return every setting's dotted key, and whether it is a section."""
    keys: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        keys[prefix + name] = section
        if section:
            keys |= known_keys(field.annotation, f"{prefix}{name}.")  # type: ignore[arg-type]  # a section is a model
    return keys
