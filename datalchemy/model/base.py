"""What every model of the contract shares."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from datalchemy.model.text_class import DERIVED, Name, ParameterValue

SchemaName = Annotated[Name, Field(alias="schema")]
"""A PostgreSQL schema's name: `schema` in JSON, `schema_name` in Python (pydantic keeps `schema` for itself)."""


class FrozenModel(BaseModel):
    """A value: immutable, closed to unknown keys; None means that the fact is absent."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )
    noun: ClassVar[str] = ""
    """What a sentence calls such an object; empty for what is but a part of one."""


class QualifiedName(FrozenModel):
    """The name of an object inside a schema: two fields, never a dotted string."""

    schema_name: SchemaName
    name: Name


class UsedObject(FrozenModel):
    """A function or a type that an expression uses, as the server notes its dependencies.

    An operator counts as its function, and an array as its element. A sequence that a default uses is one only where
    its schema is not in the file. `arguments` are the types of a function's input arguments, in order, and None for
    another kind. `extension` is the extension that brings the object.
    """

    kind: Literal["function", "type", "sequence"]
    schema_name: SchemaName
    name: Name
    arguments: tuple[Name, ...] | None = None
    extension: Name | None = None


Uses = Annotated[tuple[UsedObject, ...] | None, DERIVED]
"""What the expressions of an object use, by kind, schema, name and arguments; None where that is nothing.

What comes with the server (`pg_catalog`, `information_schema`) is left out. No part of the fingerprint: the expressions
are.
"""


class Parameter(FrozenModel):
    """One `name = value` storage parameter, as the server keeps it."""

    name: Name
    value: ParameterValue
