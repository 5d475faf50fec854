"""What every model of the contract shares."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from datalchemy.model.text_class import Name, ParameterValue

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


class Parameter(FrozenModel):
    """One `name = value` storage parameter, as the server keeps it."""

    name: Name
    value: ParameterValue
