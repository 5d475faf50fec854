"""The validator: checks that the file is consistent.

It uses no database. A finding is a fault of the capture (or of a hand-made file), or a fact of the database that a user
should know: a reference that leaves the file, a pending detach. It says what is wrong, and where.
"""

from collections import Counter
from collections.abc import Iterator

from datalchemy.analysis.graph import TableKey
from datalchemy.analysis.names import IsOutside, NamingRules, SchemaIndex, repeated
from datalchemy.analysis.table_validation import table_findings
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.types import TypeReference
from datalchemy.text import quoted


def validate(
    schema: DatabaseSchema, *, rules: NamingRules, is_outside: IsOutside | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is wrong in a database's structure, in the order of the file.

    Args:
        schema: the structure.
        rules: the engine's rules for names.
        is_outside: returns whether the filter leaves out a table, given the names of its schema and itself; by default,
            only the tables of schemas that are not in the file are outside.

    Every finding is `inconsistent`, but where something is outside: a table that an FK references, that a table
    descends from or that a view reads, or a sequence that a default uses. Those are `outside_filter`, for an FK only
    where it is no partition's copy. A partition whose detach was interrupted is `detach_pending`.
    """
    content = SchemaIndex(schema, rules, is_outside)
    findings = [
        _finding(f"schema {quoted(name)} occurs more than once", Place(schema_name=name))
        for name in repeated(owner.name for owner in content.schemas)
    ]
    for owner in content.schemas:
        findings += _names(owner, rules)
        findings += _functions(owner)
        findings += _types(owner, content)
        findings += _sequences(owner, content)
        for table in owner.tables:
            findings += table_findings(owner.name, table, content)
    return tuple(findings)


def _names(owner: Schema, rules: NamingRules) -> Iterator[Diagnostic]:
    for name in dict.fromkeys(name for names in rules.name_spaces(owner) for name in repeated(names)):
        text = f"the name {quoted(name)} means more than one thing in schema {quoted(owner.name)}"
        yield _finding(text, Place(schema_name=owner.name, name=name))


def _functions(owner: Schema) -> Iterator[Diagnostic]:
    for (name, arguments), count in Counter((one.name, one.arguments) for one in owner.functions).items():
        if count > 1:
            text = f"function {quoted(owner.name, name)}({arguments}) occurs more than once"
            yield _finding(text, Place(schema_name=owner.name, name=name))


def _types(owner: Schema, content: SchemaIndex) -> Iterator[Diagnostic]:
    for enum in owner.enums:
        for label in repeated(enum.labels):
            text = f"enum {quoted(owner.name, enum.name)} has the label {label!r} more than once"
            yield _finding(text, Place(schema_name=owner.name, name=enum.name))
    for domain in owner.domains:
        what, place = f"domain {quoted(owner.name, domain.name)}", Place(schema_name=owner.name, name=domain.name)
        for name in repeated(constraint.name for constraint in domain.constraints):
            yield _finding(f"{what} has more than one constraint {quoted(name)}", place)
        yield from _type(domain.type, what, place, content)
    for composite in owner.composites:
        what = f"composite type {quoted(owner.name, composite.name)}"
        place = Place(schema_name=owner.name, name=composite.name)
        for name in repeated(attribute.name for attribute in composite.attributes):
            yield _finding(f"{what} has more than one attribute {quoted(name)}", place)
        if [attribute.ordinal for attribute in composite.attributes] != [*range(1, len(composite.attributes) + 1)]:
            yield _finding(f"the ordinals of {what} do not count from 1", place)
        for attribute in composite.attributes:
            yield from _type(attribute.type, f"attribute {quoted(attribute.name)} of {what}", place, content)
    for range_ in owner.ranges:
        what, place = f"range {quoted(owner.name, range_.name)}", Place(schema_name=owner.name, name=range_.name)
        yield from _type(range_.type, what, place, content)


def _type(used: TypeReference, what: str, place: Place, content: SchemaIndex) -> Iterator[Diagnostic]:
    lacking = content.lacks_type(used)
    if lacking is not None:
        text = f"{what} is of {lacking.kind} type {quoted(lacking.schema_name, lacking.name)}, which is not there"
        yield _finding(text, place)


def _sequences(owner: Schema, content: SchemaIndex) -> Iterator[Diagnostic]:
    for sequence in owner.sequences:
        column = sequence.owned_by
        if column is None:
            continue
        columns = content.columns.get(TableKey(column.schema_name, column.table))
        if columns is None and content.is_outside(column.schema_name, column.table):
            continue
        if columns is None or column.column not in columns:
            owner_text = quoted(column.schema_name, column.table, column.column)
            text = f"sequence {quoted(owner.name, sequence.name)} is owned by column {owner_text}, which is not there"
            yield _finding(text, Place(schema_name=owner.name, name=sequence.name))


def _finding(message: str, where: Place) -> Diagnostic:
    return Diagnostic(code=WarningCode.INCONSISTENT, message=message, where=where)
