"""Know the structure of every PostgreSQL database you own.

    >>> import datalchemy
    >>> found = datalchemy.introspect("postgresql://reader@db.example.org/shop")  # doctest: +SKIP
    >>> found.schema.schemas[0].tables[0].columns[0].data_type  # doctest: +SKIP
    'integer'

`introspect` reads a database and `read_schema` a schema.json. The package also exports the models of the contract and
the errors. Everything else is private. A name is imported at its first use, so that the command line starts quickly.
"""

TYPE_CHECKING = False  # as type checkers read it; the import of typing takes as long as the interpreter's start
if TYPE_CHECKING:
    from typing import Any

    from datalchemy.analysis.graph_model import ForeignKeyGraph
    from datalchemy.errors import (
        CatalogError,
        ConfigurationError,
        ConnectionFailedError,
        DatalchemyError,
        EngineNotSupportedError,
        ProvisionError,
        RegistryError,
        StrictError,
    )
    from datalchemy.introspector.library import introspect, read_schema
    from datalchemy.introspector.reading import Introspection
    from datalchemy.metrics import Metrics
    from datalchemy.model.diagnostics import Diagnostic, WarningCode
    from datalchemy.model.schema import DatabaseSchema, Schema
    from datalchemy.model.table import Column, Index, Table

_HOMES = {
    "CatalogError": "errors",
    "Column": "model.table",
    "ConfigurationError": "errors",
    "ConnectionFailedError": "errors",
    "DatabaseSchema": "model.schema",
    "DatalchemyError": "errors",
    "EngineNotSupportedError": "errors",
    "ForeignKeyGraph": "analysis.graph_model",
    "Index": "model.table",
    "Introspection": "introspector.reading",
    "Metrics": "metrics",
    "ProvisionError": "errors",
    "RegistryError": "errors",
    "Schema": "model.schema",
    "StrictError": "errors",
    "Table": "model.table",
    "Diagnostic": "model.diagnostics",
    "WarningCode": "model.diagnostics",
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
    "Diagnostic",
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
    "WarningCode",
    "introspect",
    "read_schema",
]


def __getattr__(name: str) -> "Any":
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"datalchemy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'datalchemy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
