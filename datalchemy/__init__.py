"""Know the structure of every PostgreSQL database you own.

    >>> import datalchemy
    >>> found = datalchemy.introspect("postgresql://reader@db.example.org/shop")  # doctest: +SKIP
    >>> found.schema.schemas[0].tables[0].columns[0].data_type  # doctest: +SKIP
    'integer'

`introspect` reads a database, `read_schema` a schema.json; the models of the contract and the errors are named here
too. Everything else is private. Names are imported when they are first used, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datalchemy.core.dependency import ForeignKeyGraph
    from datalchemy.core.errors import (
        CatalogError,
        ConfigurationError,
        ConnectionFailedError,
        DatalchemyError,
        EngineNotSupportedError,
        ProvisionError,
        RegistryError,
        StrictError,
    )
    from datalchemy.core.schema import DatabaseSchema, Schema
    from datalchemy.core.table import Column, Index, Table
    from datalchemy.core.warnings import Warning, WarningCode
    from datalchemy.introspector.capture import Introspection
    from datalchemy.introspector.library import introspect, read_schema
    from datalchemy.metrics import Metrics

_HOMES = {
    "CatalogError": "core.errors",
    "Column": "core.table",
    "ConfigurationError": "core.errors",
    "ConnectionFailedError": "core.errors",
    "DatabaseSchema": "core.schema",
    "DatalchemyError": "core.errors",
    "EngineNotSupportedError": "core.errors",
    "ForeignKeyGraph": "core.dependency",
    "Index": "core.table",
    "Introspection": "introspector.capture",
    "Metrics": "metrics",
    "ProvisionError": "core.errors",
    "RegistryError": "core.errors",
    "Schema": "core.schema",
    "StrictError": "core.errors",
    "Table": "core.table",
    "Warning": "core.warnings",
    "WarningCode": "core.warnings",
    "introspect": "introspector.library",
    "read_schema": "introspector.library",
}

__all__ = [
    "CatalogError",
    "Column",
    "ConfigurationError",
    "ConnectionFailedError",
    "DatabaseSchema",
    "DatalchemyError",
    "EngineNotSupportedError",
    "ForeignKeyGraph",
    "Index",
    "Introspection",
    "Metrics",
    "ProvisionError",
    "RegistryError",
    "Schema",
    "StrictError",
    "Table",
    "Warning",
    "WarningCode",
    "introspect",
    "read_schema",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"datalchemy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'datalchemy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
