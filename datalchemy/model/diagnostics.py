"""What a run reports besides its result: the table of warnings, and a warning as a value."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from datalchemy.model.base import FrozenModel


class Severity(StrEnum):
    """How much a warning matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class WarningCode(StrEnum):
    """The table of warnings: every one that a run can carry. docs/warnings.md is made from it.

    A row is: the code, its severity, whether it fails a strict run, and one sentence for users.
    """

    severity: Severity
    fails_strict: bool
    meaning: str

    SCHEMAS_LEFT_OUT = (
        *("schemas_left_out", Severity.INFO, False),
        "The database has other schemas, which `filter.include_schemas` does not select.",
    )
    EMPTY_SCHEMA = (
        *("empty_schema", Severity.INFO, False),
        "A selected schema has no table that the filter keeps.",
    )
    NOTHING_MATCHED = (
        *("nothing_matched", Severity.WARNING, True),
        "A glob in `filter.include_schemas` matches no schema, or a pattern in `filter.include_tables` no table; its"
        " spelling may be wrong.",
    )
    NOT_MODELLED = (
        *("not_modelled", Severity.INFO, False),
        "The schema has objects of a kind that schema.json has no place for; they are counted and named, not captured.",
    )
    INCOMPLETE_CAPTURE = (
        *("incomplete_capture", Severity.ERROR, True),
        "An object is not in schema.json: the server could not render it, or this version does not know its form.",
    )
    OUTSIDE_FILTER = (
        *("outside_filter", Severity.INFO, False),
        "A kept object refers to what the filter leaves out, or has partitions or children there.",
    )
    DETACH_PENDING = (
        *("detach_pending", Severity.WARNING, False),
        "A DETACH CONCURRENTLY of a partition was interrupted; queries on its parent do not see its rows.",
    )
    INCONSISTENT = (
        *("inconsistent", Severity.ERROR, True),
        "Two facts in schema.json contradict each other, such as a foreign key to a column that does not exist.",
    )
    CYCLE = (
        *("cycle", Severity.WARNING, True),
        "Foreign keys form a cycle, so no order of the tables satisfies all of them.",
    )
    REPEATED_CAPTURE = (
        *("repeated_capture", Severity.INFO, False),
        "The database changed while it was read, or the connection was lost; the capture was repeated and is whole.",
    )
    PLAIN_SECRET = (
        *("plain_secret", Severity.WARNING, False),
        "The settings hold a secret in clear; a reference such as `${oc.env:NAME}` keeps it out of the file.",
    )
    VARIABLE_IGNORED = (
        *("variable_ignored", Severity.INFO, False),
        "A variable of the environment names another server than the connection does, and is not used.",
    )
    NOT_UTF8 = (
        *("not_utf8", Severity.WARNING, False),
        "The catalog has texts that are not UTF-8; each of their bytes is written as `\\xNN`.",
    )
    CREDENTIAL_IN_SCHEMA = (
        *("credential_in_schema", Severity.WARNING, False),
        "A text of the structure looks like a credential; change it, or mask it with `redact.schema_text=true`.",
    )

    def __new__(cls, code: str, severity: Severity, fails_strict: bool, meaning: str) -> "WarningCode":
        """Make a row; its value, in Python and in JSON, is the code alone."""
        row = str.__new__(cls, code)
        row._value_ = code
        row.severity, row.fails_strict, row.meaning = severity, fails_strict, meaning
        return row


class Place(FrozenModel):
    """Where in the database a warning points; every part that does not apply is None."""

    schema_name: Annotated[str | None, Field(alias="schema")] = Field(None, description="The schema.")
    table: str | None = Field(None, description="The table.")
    column: str | None = Field(None, description="The table's column.")
    constraint: str | None = Field(None, description="The table's constraint.")
    name: str | None = Field(None, description="Any other object, or the kind of it.")


class Diagnostic(FrozenModel):
    """One finding: a code for programs, a sentence for people, a place."""

    code: WarningCode = Field(description="The kind of warning; docs/warnings.md explains each.")
    message: str = Field(description="What was noticed, for people.")
    where: Place = Field(Place(), description="Where it was noticed.")
