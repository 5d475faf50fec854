"""schema.json, the contract: a database's structure as one immutable value.

Lists have one total order that depends neither on OIDs nor on the order of creation: extensions, schemas, tables,
types and sequences by name, columns by ordinal, constraints by (kind, name), functions by (name, arguments), indexes
and the rest by name; names compare by code point, which is the byte order of UTF-8.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from datalchemy.model.base import FrozenModel, SchemaName
from datalchemy.model.functions import Function
from datalchemy.model.privileges import DefaultPrivileges, ObjectAccess
from datalchemy.model.table import Table
from datalchemy.model.text_class import COSMETIC, Comment, Name, Version, Word
from datalchemy.model.types import Composite, Domain, Enum, Range, Sequence

SCHEMA_VERSION: Literal["1.1"] = "1.1"
"""The version of the contract: a new minor adds optional facts, a new major changes or removes some."""

READABLE_VERSIONS = frozenset({"1.0", SCHEMA_VERSION})
"""The versions whose files are read. An older file becomes a value of the newest contract, without the later facts."""


def _newest(version: Any) -> Any:
    return SCHEMA_VERSION if isinstance(version, str) and version in READABLE_VERSIONS else version


class Schema(FrozenModel):
    """A PostgreSQL schema and the tables, types, sequences and functions in it."""

    noun: ClassVar[str] = "schema"
    name: Name
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None
    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    domains: tuple[Domain, ...] = ()
    composites: tuple[Composite, ...] = ()
    ranges: tuple[Range, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    functions: tuple[Function, ...] = ()


class Extension(FrozenModel):
    """An installed extension, and the schema that it has put its objects in.

    The fingerprint counts its name and schema, but for that of plpgsql, which every database has. It leaves out the
    version: a dump does not carry it.
    """

    noun: ClassVar[str] = "extension"
    name: Name
    schema_name: SchemaName
    version: Version


class DatabaseSchema(FrozenModel):
    """The whole file. `fingerprint` is a sha256 in hexadecimal: see analysis.fingerprint.

    `fingerprint_version` says by which rules it was made: files of contract 1.0 do not name it, and have 1.
    `extensions` are all of the database, whatever the filter. `access` of each object and `default_privileges` are
    there where `capture.privileges` asks for them; the fingerprint leaves them out.
    """

    schema_version: Annotated[Literal["1.1"], BeforeValidator(_newest)] = SCHEMA_VERSION
    engine: Word
    engine_version: Word
    database: Name
    fingerprint: Word
    fingerprint_version: int = 1
    extensions: tuple[Extension, ...] = ()
    schemas: tuple[Schema, ...]
    default_privileges: Annotated[tuple[DefaultPrivileges, ...] | None, COSMETIC] = None

    def to_json(self) -> bytes:
        """Return the bytes of schema.json: UTF-8, two spaces of indent, absent facts left out, one final newline."""
        return self.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"
