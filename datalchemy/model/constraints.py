"""Constraints, told apart by `kind`. Their identity is (schema, table, name): names repeat across tables.

Source: PostgreSQL manual, "pg_constraint" and "CREATE TABLE".
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from datalchemy.model.base import FrozenModel, QualifiedName, Uses
from datalchemy.model.text_class import Comment, Name, Sql, Word


class ReferentialAction(StrEnum):
    """What happens to referencing rows when the referenced row goes or changes."""

    NO_ACTION = "no_action"
    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set_null"
    SET_DEFAULT = "set_default"


class Match(StrEnum):
    """When a partly NULL key of an FK is accepted."""

    SIMPLE = "simple"
    FULL = "full"
    PARTIAL = "partial"


class ConstraintBase(FrozenModel):
    """What every constraint tells.

    `local` is True when it is declared on the table itself; `inherited` when a parent (by inheritance or
    partitioning) has it too. Both can be True.
    """

    noun: ClassVar[str] = "constraint"
    kind: Word
    name: Name
    comment: Comment | None = None
    local: bool = True
    inherited: bool = False


class PrimaryKey(ConstraintBase):
    """PRIMARY KEY; `columns` in key order; its index has the constraint's name."""

    kind: Literal["primary_key"] = "primary_key"
    columns: tuple[Name, ...]
    include: tuple[Name, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    without_overlaps: bool = False


class Unique(ConstraintBase):
    """UNIQUE; `without_overlaps` concerns the last column (PostgreSQL 18)."""

    kind: Literal["unique"] = "unique"
    columns: tuple[Name, ...]
    include: tuple[Name, ...] = ()
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    without_overlaps: bool = False


class ForeignKey(ConstraintBase):
    """FOREIGN KEY; `columns[i]` references `ref_columns[i]`.

    `on_delete_columns` is the column list of SET NULL (...) or SET DEFAULT (...) (PostgreSQL 15), empty when
    all columns are set. `period` says that the last pair is compared as a period (PostgreSQL 18).
    """

    kind: Literal["foreign_key"] = "foreign_key"
    columns: tuple[Name, ...]
    ref_schema: Name
    ref_table: Name
    ref_columns: tuple[Name, ...]
    on_delete: ReferentialAction = ReferentialAction.NO_ACTION
    on_update: ReferentialAction = ReferentialAction.NO_ACTION
    on_delete_columns: tuple[Name, ...] = ()
    match: Match = Match.SIMPLE
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    period: bool = False


class CheckConstraint(ConstraintBase):
    """CHECK; `raw_sql` is the server's definition of it, `expr` the bare expression, `columns` those it reads."""

    kind: Literal["check"] = "check"
    raw_sql: Sql
    expr: Sql
    columns: tuple[Name, ...] = ()
    no_inherit: bool = False
    validated: bool = True
    enforced: bool = True
    uses: Uses = None


class NotNullConstraint(ConstraintBase):
    """A NOT NULL with a name: on columns from PostgreSQL 18, on domains from 17 (`column` is then None)."""

    kind: Literal["not_null"] = "not_null"
    column: Name | None = None
    no_inherit: bool = False
    validated: bool = True


class ExcludeElement(FrozenModel):
    """One `column-or-expression WITH operator` of an EXCLUDE constraint."""

    column: Name | None = None
    expression: Sql | None = None
    operator: QualifiedName


class Exclude(ConstraintBase):
    """EXCLUDE; opclasses and orders stand at the index of the same name."""

    kind: Literal["exclude"] = "exclude"
    method: Name
    elements: tuple[ExcludeElement, ...]
    include: tuple[Name, ...] = ()
    predicate: Sql | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    definition: Sql
    uses: Uses = None


Constraint = Annotated[
    PrimaryKey | Unique | ForeignKey | CheckConstraint | NotNullConstraint | Exclude,
    Field(discriminator="kind"),
]
"""One constraint of a table."""
