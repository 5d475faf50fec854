"""The library's functions: what `import datalchemy` offers besides the models and the errors."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from datalchemy.errors import ConfigurationError
from datalchemy.events import Events, ignore_events
from datalchemy.introspector.connection import plan_connection
from datalchemy.introspector.reading import Introspection, read_database
from datalchemy.introspector.settings import load_settings
from datalchemy.model.schema import READABLE_VERSIONS, DatabaseSchema
from datalchemy.secrets.vault import Vault


def introspect(
    url: str | None = None,
    *,
    include_schemas: Sequence[str] = ("public",),
    exclude_schemas: Sequence[str] = (),
    include_tables: Sequence[str] = ("*",),
    exclude_tables: Sequence[str] = (),
    function_source: bool = False,
    privileges: bool = False,
    events: Events = ignore_events,
    environ: Mapping[str, str] | None = None,
) -> Introspection:
    """Read a database's structure and write nothing to disk.

    Args:
        url: `postgresql://user@host:5432/database`, or `host=... dbname=...`; None leaves everything to libpq's
            environment (PGHOST, PGSERVICE, PGPASSFILE ...). `<env:NAME>` in it means the value of a variable.
        include_schemas: globs of the schemas to read.
        exclude_schemas: globs of schemas to leave out of those.
        include_tables: globs of the tables to read, matched against `table` and on `schema.table`.
        exclude_tables: globs of tables to leave out of those.
        function_source: whether the sources of functions are captured.
        privileges: whether owners, grants and default privileges are captured.
        events: receives the events of the reading.
        environ: where `<env:NAME>` is looked up; the process's environment when None.

    Returns:
        The schema (`.schema`), the graph of its foreign keys, its metrics, and the warnings.

    Raises:
        ConfigurationError: the URL or the filter is wrong.
        ConnectionFailedError: no connection, after retries where those could help.
        CatalogError: the catalog could not be read.
    """
    settings = load_settings(
        {
            "db": {"url": url},
            "filter": {
                "include_schemas": tuple(include_schemas),
                "exclude_schemas": tuple(exclude_schemas),
                "include_tables": tuple(include_tables),
                "exclude_tables": tuple(exclude_tables),
            },
            "capture": {"function_source": function_source, "privileges": privileges},
        }
    )
    plan = plan_connection(settings, vault=Vault(), environ=os.environ if environ is None else environ)
    return read_database(settings, plan, events=events)


def read_schema(path: str | Path) -> DatabaseSchema:
    """Read a schema.json, or the one in a run's folder, and check it against the contract.

    Raises:
        ConfigurationError: there is no such file, it is not JSON, it is of another version, or it breaks the contract.
    """
    if "://" in str(path):
        raise ConfigurationError("read_schema takes a path, not a URL", remedy="introspect(url) reads a database")
    path = Path(path)
    if path.is_dir():
        path = path / "schema.json"
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", remedy="name a schema.json") from error
    try:
        return DatabaseSchema.model_validate_json(text)
    except ValidationError as error:
        version = _version(text)
        if version is not None and version not in READABLE_VERSIONS:
            known = " and ".join(sorted(READABLE_VERSIONS))
            raise ConfigurationError(
                f"{path} has schema_version {version}; this program reads {known}",
                remedy="introspect the database again, or use the program that wrote the file",
            ) from None
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"{path} is not a schema.json: {f'{where}: ' if where else ''}{first['msg']}",
            remedy="datalchemy contract prints the JSON Schema of the file",
        ) from None


def _version(text: bytes) -> str | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    version = found.get("schema_version") if isinstance(found, dict) else None
    return version if isinstance(version, str) else None
