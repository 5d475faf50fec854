"""Statements for types and sequences."""

from collections.abc import Callable, Iterator

from datalchemy.adapters.postgres.ddl.given import given
from datalchemy.adapters.postgres.ddl.text import body, collate, literal, qualified_name
from datalchemy.model.base import Uses
from datalchemy.model.constraints import CheckConstraint, NotNullConstraint
from datalchemy.model.types import Composite, Domain, Enum, Range, Sequence, SequenceOptions
from datalchemy.text import quoted


def enum(schema: str, value: Enum) -> Iterator[str]:
    """Yield what creates an enum."""
    labels = ", ".join(map(literal, value.labels))
    yield f"CREATE TYPE {quoted(schema, value.name)} AS ENUM ({labels})"


def domain(schema: str, value: Domain, *, without: Callable[[Uses], bool]) -> Iterator[str]:
    """Yield what creates a domain; a CHECK that is not validated is added behind it.

    A default or a CHECK is left to `domain_rules` where `without` is true of what it uses.
    """
    name = quoted(schema, value.name)
    parts = [f"CREATE DOMAIN {name} AS {given(value.data_type)}{collate(value.collation)}"]
    if value.default is not None and not without(value.uses):
        parts.append(f"DEFAULT {given(value.default)}")
    if not value.nullable:
        named = [one for one in value.constraints if isinstance(one, NotNullConstraint)]
        parts += [f"CONSTRAINT {quoted(one.name)} NOT NULL" for one in named[:1]] or ["NOT NULL"]
    checks = [one for one in domain_checks(value) if not without(one.uses)]
    parts += [f"CONSTRAINT {quoted(one.name)} {given(one.raw_sql)}" for one in checks if one.validated]
    yield " ".join(parts)
    for one in checks:
        if not one.validated:
            yield f"ALTER DOMAIN {name} ADD CONSTRAINT {quoted(one.name)} {given(one.raw_sql)}"


def domain_rules(schema: str, value: Domain, *, within: Callable[[Uses], bool]) -> Iterator[str]:
    """Yield what gives a domain that is there its default and CHECKs: those whose uses `within` is true of."""
    name = quoted(schema, value.name)
    for one in domain_checks(value):
        if within(one.uses):
            yield f"ALTER DOMAIN {name} ADD CONSTRAINT {quoted(one.name)} {given(one.raw_sql)}"
    # last: a domain whose default names the row type of a table that has the domain takes no more CHECKs
    if value.default is not None and within(value.uses):
        yield f"ALTER DOMAIN {name} SET DEFAULT {given(value.default)}"


def domain_checks(value: Domain) -> list[CheckConstraint]:
    """Return the CHECKs of a domain."""
    return [one for one in value.constraints if isinstance(one, CheckConstraint)]


def composite(schema: str, value: Composite) -> Iterator[str]:
    """Yield what creates an independent composite type."""
    attributes = [f"{quoted(one.name)} {given(one.data_type)}{collate(one.collation)}" for one in value.attributes]
    yield f"CREATE TYPE {quoted(schema, value.name)} AS {body(attributes)}"


def range_type(schema: str, value: Range) -> Iterator[str]:
    """Yield what creates a range type, with its multirange type."""
    facts = [f"SUBTYPE = {given(value.data_type)}"]
    for key, name in (
        ("SUBTYPE_OPCLASS", value.operator_class),
        ("COLLATION", value.collation),
        ("CANONICAL", value.canonical_function),
        ("SUBTYPE_DIFF", value.subtype_diff_function),
        ("MULTIRANGE_TYPE_NAME", value.multirange),
    ):
        if name is not None:
            facts.append(f"{key} = {qualified_name(name)}")
    yield f"CREATE TYPE {quoted(schema, value.name)} AS RANGE {body(facts)}"


def sequence(schema: str, value: Sequence) -> Iterator[str]:
    """Yield what creates a sequence of its own (an identity's comes with its column)."""
    unlogged = "UNLOGGED " if value.unlogged else ""
    options = sequence_options(value.options)
    yield f"CREATE {unlogged}SEQUENCE {quoted(schema, value.name)} AS {given(value.data_type)} {options}"


def owner(schema: str, value: Sequence) -> Iterator[str]:
    """Yield what binds a sequence to the column that owns it."""
    if value.owned_by is not None:
        column = quoted(value.owned_by.schema_name, value.owned_by.table, value.owned_by.column)
        yield f"ALTER SEQUENCE {quoted(schema, value.name)} OWNED BY {column}"


def sequence_options(options: SequenceOptions) -> str:
    """Return how a sequence counts, every option written out."""
    cycle = "CYCLE" if options.cycle else "NO CYCLE"
    return (
        f"START WITH {options.start} INCREMENT BY {options.increment} MINVALUE {options.minimum}"
        f" MAXVALUE {options.maximum} CACHE {options.cache} {cycle}"
    )
