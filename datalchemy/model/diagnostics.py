"""What a run tells besides its result."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from datalchemy.model.base import FrozenModel


class WarningCode(StrEnum):
    """Every warning that a run can carry."""

    SCHEMAS_LEFT_OUT = "schemas_left_out"
    EMPTY_SCHEMA = "empty_schema"
    NOTHING_MATCHED = "nothing_matched"
    NOT_MODELLED = "not_modelled"
    INCOMPLETE_CAPTURE = "incomplete_capture"
    OUTSIDE_FILTER = "outside_filter"
    INCONSISTENT = "inconsistent"
    CYCLE = "cycle"
    REPEATED_CAPTURE = "repeated_capture"
    PLAIN_SECRET = "plain_secret"  # noqa: S105  # the warning's code, no secret
    NOT_UTF8 = "not_utf8"
    CREDENTIAL_IN_SCHEMA = "credential_in_schema"


class Place(FrozenModel):
    """Where in the database a warning points; every part that does not apply is None."""

    schema_name: Annotated[str | None, Field(alias="schema")] = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    name: str | None = None


class Diagnostic(FrozenModel):
    """One finding: a code for programs, a sentence for people, a place."""

    code: WarningCode
    message: str
    where: Place = Place()
