"""What every model of the contract shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SchemaName = Annotated[str, Field(alias="schema")]
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


class QualifiedName(FrozenModel):
    """The name of an object inside a schema: two fields, never a dotted string."""

    schema_name: SchemaName
    name: str


class Parameter(FrozenModel):
    """One `name = value` storage parameter, as the server keeps it."""

    name: str
    value: str
