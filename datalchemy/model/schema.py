"""schema.json, the contract: a database's structure as one immutable value.

Lists have one total order that depends neither on OIDs nor on the order of creation: schemas, tables, types and
sequences by name, columns by ordinal, constraints by (kind, name), indexes and the rest by name; names compare by
code point, which is the byte order of UTF-8.
"""

from typing import ClassVar, Literal

from datalchemy.model.base import FrozenModel
from datalchemy.model.table import Table
from datalchemy.model.text_class import Comment, Name, Word
from datalchemy.model.types import Composite, Domain, Enum, Range, Sequence

SCHEMA_VERSION: Literal["1.0"] = "1.0"
"""The version of the contract: a new minor adds optional facts, a new major changes or removes some."""


class Schema(FrozenModel):
    """A PostgreSQL schema and the tables, types and sequences in it."""

    noun: ClassVar[str] = "schema"
    name: Name
    comment: Comment | None = None
    extension: Name | None = None
    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    domains: tuple[Domain, ...] = ()
    composites: tuple[Composite, ...] = ()
    ranges: tuple[Range, ...] = ()
    sequences: tuple[Sequence, ...] = ()


class DatabaseSchema(FrozenModel):
    """The whole file. `fingerprint` is a sha256 in hexadecimal: see analysis.fingerprint."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    engine: Word
    engine_version: Word
    database: Name
    fingerprint: Word
    schemas: tuple[Schema, ...]

    def to_json(self) -> bytes:
        """Return the bytes of schema.json: UTF-8, two spaces of indent, absent facts left out, one final newline."""
        return self.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"
