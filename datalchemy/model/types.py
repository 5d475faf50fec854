"""Types as schema.json tells them: references to a type, and the types that a schema owns."""

from enum import StrEnum
from typing import Annotated, ClassVar

from datalchemy.model.base import FrozenModel, QualifiedName, SchemaName, Uses
from datalchemy.model.constraints import CheckConstraint, NotNullConstraint
from datalchemy.model.privileges import ObjectAccess
from datalchemy.model.text_class import COSMETIC, DERIVED, Comment, DefaultSql, DefaultType, DefaultValue, Label, Name


class TypeKind(StrEnum):
    """pg_type.typtype in words; an array type is told apart because its element is what matters."""

    BASE = "base"
    ARRAY = "array"
    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE = "composite"
    RANGE = "range"
    MULTIRANGE = "multirange"
    PSEUDO = "pseudo"


class ElementType(FrozenModel):
    """The element of an array type."""

    schema_name: SchemaName
    name: Name
    kind: TypeKind


class TypeReference(FrozenModel):
    """A use of a type, taken apart.

    `length` counts characters (char, varchar) or bits (bit, varbit); `precision` counts decimal digits
    (numeric) or fractional digits of seconds (time, timestamp, interval); `scale` counts digits after
    the point and may be negative. `array_dimensions` is the number that was declared: PostgreSQL does
    not enforce it, and a dump does not carry it.
    """

    schema_name: SchemaName
    name: Name
    kind: TypeKind
    element: ElementType | None = None
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    array_dimensions: Annotated[int | None, COSMETIC] = None


class DefaultKind(StrEnum):
    """What a default gives: a constant, the next number of a sequence, the time, a random UUID, a call, the rest."""

    CONSTANT = "constant"
    SEQUENCE = "sequence"
    CURRENT_TIME = "current_time"
    UUID = "uuid"
    FUNCTION = "function"
    EXPRESSION = "expression"


class Enum(FrozenModel):
    """An enum type; `labels` stand in their sort order."""

    noun: ClassVar[str] = "enum"
    name: Name
    labels: tuple[Label, ...]
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None


class Domain(FrozenModel):
    """A domain: `nullable` and `constraints` are its own; `type` may be a further domain. `uses` is of its default.

    A value must satisfy every CHECK, and may be NULL only where every domain, along the whole chain. `default_kind`,
    `default_value` and `default_type` say of its default what those of a column say.
    """

    noun: ClassVar[str] = "domain"
    name: Name
    data_type: Name
    type: TypeReference
    nullable: bool
    default: DefaultSql | None = None
    default_kind: Annotated[DefaultKind | None, DERIVED] = None
    default_value: DefaultValue | None = None
    default_type: DefaultType | None = None
    collation: QualifiedName | None = None
    constraints: tuple[CheckConstraint | NotNullConstraint, ...] = ()
    uses: Uses = None
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None


class CompositeAttribute(FrozenModel):
    """One attribute of a composite type; `ordinal` counts live attributes from 1."""

    noun: ClassVar[str] = "attribute"
    name: Name
    ordinal: int
    data_type: Name
    type: TypeReference
    collation: QualifiedName | None = None
    comment: Comment | None = None


class Composite(FrozenModel):
    """A stand-alone composite type (`create type ... as`)."""

    noun: ClassVar[str] = "composite type"
    name: Name
    attributes: tuple[CompositeAttribute, ...]
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None


class Range(FrozenModel):
    """A range type and the multirange type that comes with it (PostgreSQL 14)."""

    noun: ClassVar[str] = "range"
    name: Name
    data_type: Name
    type: TypeReference
    multirange: QualifiedName | None = None
    collation: QualifiedName | None = None
    operator_class: QualifiedName | None = None
    canonical_function: QualifiedName | None = None
    subtype_diff_function: QualifiedName | None = None
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None


class SequenceOptions(FrozenModel):
    """How a sequence counts. The bounds are always written out."""

    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool


class ColumnName(FrozenModel):
    """The name of a column: three fields."""

    schema_name: SchemaName
    table: Name
    column: Name


class Sequence(FrozenModel):
    """A sequence. `owned_by` is the column whose drop drops it; `identity` says that it serves an identity column."""

    noun: ClassVar[str] = "sequence"
    name: Name
    data_type: Name
    options: SequenceOptions
    owned_by: ColumnName | None = None
    identity: bool = False
    unlogged: bool = False
    comment: Comment | None = None
    extension: Name | None = None
    access: ObjectAccess = None
