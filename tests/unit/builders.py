"""Small builders of schema values: what a test does not name is ordinary."""

from collections.abc import Iterable
from typing import Any

from datalchemy.analysis.fingerprint import FINGERPRINT_VERSION
from datalchemy.model.base import QualifiedName
from datalchemy.model.constraints import (
    CheckConstraint,
    Constraint,
    ForeignKey,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from datalchemy.model.functions import Function, FunctionKind, Parallel, Volatility
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import (
    Column,
    Index,
    IndexKey,
    PartitionKey,
    PartitionKeyElement,
    PartitionOf,
    PartitionStrategy,
    Table,
    TableKind,
    TableReference,
)
from datalchemy.model.types import Sequence, SequenceOptions, TypeKind, TypeReference

INTEGER = TypeReference(schema_name="pg_catalog", name="int4", kind=TypeKind.BASE)
INT4_OPS = QualifiedName(schema_name="pg_catalog", name="int4_ops")
OPTIONS = SequenceOptions(start=1, increment=1, minimum=1, maximum=2147483647, cache=1, cycle=False)


def column(name: str, *, nullable: bool = True, ordinal: int = 0, **facts: Any) -> Column:
    """Return an integer column; `table` counts the ordinal."""
    given: dict[str, Any] = {
        "name": name,
        "ordinal": ordinal,
        "data_type": "integer",
        "type": INTEGER,
        "nullable": nullable,
        "not_null": not nullable,
    }
    return Column(**(given | facts))


def primary_key(*columns: str, name: str = "pk") -> PrimaryKey:
    """Return a primary key."""
    return PrimaryKey(name=name, columns=columns)


def unique(name: str, *columns: str) -> Unique:
    """Return a unique constraint."""
    return Unique(name=name, columns=columns)


def check(name: str, expression: str = "true", *columns: str) -> CheckConstraint:
    """Return a check."""
    return CheckConstraint(name=name, raw_sql=f"CHECK ({expression})", expr=expression, columns=columns)


def not_null(name: str, column_name: str | None = None, **facts: Any) -> NotNullConstraint:
    """Return a named NOT NULL."""
    return NotNullConstraint(name=name, column=column_name, **facts)


def foreign_key(
    column_name: str | tuple[str, ...],
    ref_table: str,
    ref_columns: str | tuple[str, ...] = "id",
    *,
    name: str | None = None,
    ref_schema: str = "public",
    **facts: Any,
) -> ForeignKey:
    """Return an FK, named after its columns unless told otherwise."""
    columns = (column_name,) if isinstance(column_name, str) else column_name
    return ForeignKey(
        name=name or "_".join((*columns, "fk")),
        columns=columns,
        ref_schema=ref_schema,
        ref_table=ref_table,
        ref_columns=(ref_columns,) if isinstance(ref_columns, str) else ref_columns,
        **facts,
    )


def index(name: str, *columns: str, **facts: Any) -> Index:
    """Return a btree index on columns."""
    given: dict[str, Any] = {
        "name": name,
        "unique": False,
        "primary": False,
        "method": "btree",
        "keys": tuple(IndexKey(column=one, opclass=INT4_OPS) for one in columns),
        "definition": f"CREATE INDEX {name} ON public.t USING btree ({', '.join(columns)})",
    }
    return Index(**(given | facts))


def table(
    name: str,
    columns: Iterable[Column | str] = (),
    constraints: Iterable[Constraint] = (),
    *,
    kind: TableKind = TableKind.TABLE,
    **facts: Any,
) -> Table:
    """Return a table whose columns are counted; a string is a nullable integer column."""
    whole = [column(one) if isinstance(one, str) else one for one in columns]
    counted = tuple(one.model_copy(update={"ordinal": number}) for number, one in enumerate(whole, 1))
    return Table(name=name, kind=kind, columns=counted, constraints=tuple(constraints), **facts)


def partition_key(*columns: str, strategy: PartitionStrategy = PartitionStrategy.RANGE) -> PartitionKey:
    """Return a partition key on columns."""
    elements = tuple(PartitionKeyElement(column=one, opclass=INT4_OPS) for one in columns)
    return PartitionKey(strategy=strategy, elements=elements, definition=f"{strategy.upper()} ({', '.join(columns)})")


def partition_of(parent: str, *, schema: str = "public", bound: str = "DEFAULT") -> PartitionOf:
    """Return the link of a partition to its parent."""
    return PartitionOf(schema_name=schema, table=parent, bound=bound)


def sequence(name: str, **facts: Any) -> Sequence:
    """Return an integer sequence."""
    return Sequence(name=name, data_type="integer", options=OPTIONS, **facts)


def function(name: str, arguments: str = "", **facts: Any) -> Function:
    """Return a function of no argument types, in SQL."""
    given: dict[str, Any] = {
        "kind": FunctionKind.FUNCTION,
        "argument_types": (),
        "result": "integer",
        "language": "sql",
        "volatility": Volatility.VOLATILE,
        "parallel": Parallel.UNSAFE,
        "strict": False,
        "security_definer": False,
        "search_path_set": False,
        "source_sha256": "0" * 64,
    }
    return Function(name=name, arguments=arguments, **(given | facts))


def schema(name: str, *tables: Table, **facts: Any) -> Schema:
    """Return a schema of these tables."""
    return Schema(name=name, tables=tables, **facts)


def database(*schemas: Schema, **facts: Any) -> DatabaseSchema:
    """Return a database of these schemas."""
    given: dict[str, Any] = {
        "engine": "postgres",
        "engine_version": "18.4",
        "database": "shop",
        "fingerprint": "0" * 64,
        "fingerprint_version": FINGERPRINT_VERSION,
        "schemas": schemas,
    }
    return DatabaseSchema(**(given | facts))


def public(*tables: Table, **facts: Any) -> DatabaseSchema:
    """Return a database whose only schema is `public`, with these tables."""
    return database(schema("public", *tables, **facts))


def user_type(name: str, kind: TypeKind, schema_name: str = "public") -> TypeReference:
    """Return a use of a type."""
    return TypeReference(schema_name=schema_name, name=name, kind=kind)


def public_name(name: str) -> QualifiedName:
    """Return the name of an object of public."""
    return QualifiedName(schema_name="public", name=name)


def view(name: str, definition: str, *depends_on: str, **facts: Any) -> Table:
    """Return a view on tables of public."""
    given: dict[str, Any] = {"kind": TableKind.VIEW, "definition": definition} | facts
    below = tuple(TableReference(schema_name="public", table=one) for one in depends_on)
    return table(name, ["a"], depends_on=below, **given)
