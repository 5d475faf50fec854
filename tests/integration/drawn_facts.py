"""What must be told of a drawn schema: it follows from the drawing alone, not from the product's code.

Names inside rendered expressions are quoted by the server's own quote_ident.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from tests.integration.drawing import (
    Column,
    DomainType,
    DrawnFunction,
    DrawnIndex,
    DrawnSchema,
    DrawnTable,
    Facts,
    Key,
    Quote,
)


def expected(schemas: Sequence[DrawnSchema], quote: Quote) -> list[Facts]:
    """Return what must be told of the drawn schemas, absent facts left out, lists in the order of the contract."""
    return _by_name([_schema_facts(schema, quote) for schema in schemas])


def all_names(schemas: Sequence[DrawnSchema]) -> set[str]:
    """Return every name that a rendered text could hold."""
    return {
        name
        for schema in schemas
        for name in (
            schema.name,
            *(e.name for e in schema.enums),
            *(d.name for d in schema.domains),
            *(c.name for t in schema.tables for c in t.live()),
            *(f.argument for f in schema.functions),
        )
    }


def _by_name(facts: list[Facts]) -> list[Facts]:
    return sorted(facts, key=lambda each: str(each["name"]))


def _told(**facts: Any) -> Facts:
    return {key: value for key, value in facts.items() if value is not None}


def _schema_facts(schema: DrawnSchema, quote: Quote) -> Facts:
    return _told(
        name=schema.name,
        comment=schema.comment,
        tables=_by_name([_table_facts(table, quote) for table in schema.tables]),
        enums=_by_name([_told(name=e.name, labels=list(e.labels), comment=e.comment) for e in schema.enums]),
        domains=_by_name([_domain_facts(domain) for domain in schema.domains]),
        functions=sorted(
            (_function_facts(function, quote) for function in schema.functions),
            key=lambda one: (one["name"], one["arguments"]),
        ),
    )


def _function_facts(function: DrawnFunction, quote: Quote) -> Facts:
    return _told(
        name=function.name,
        kind=function.kind,
        arguments=f"{quote(function.argument)} {function.type}",
        result="void" if function.kind == "function" else None,
        language="plpgsql",
        source_sha256=sha256(function.source.encode()).hexdigest(),
        comment=function.comment,
    )


def _domain_facts(domain: DomainType) -> Facts:
    check = "VALUE IS NOT NULL"
    return _told(
        name=domain.name,
        data_type=domain.base.name,
        type=domain.base.facts,
        nullable=not domain.not_null,
        constraints=[_told(name=domain.check, raw_sql=f"CHECK (({check}))", expr=f"({check})")] if domain.check else [],
        comment=domain.comment,
    )


def _table_facts(table: DrawnTable, quote: Quote) -> Facts:
    primary = {name for key in table.keys if key.primary for name in key.columns}
    return _told(
        name=table.name,
        kind="table",
        comment=table.comment,
        columns=[_column_facts(o, c, quote, c.name in primary) for o, c in enumerate(table.live(), start=1)],
        constraints=_constraint_facts(table, quote),
        indexes=_by_name([*map(_key_index_facts, table.keys), *(_index_facts(i, quote) for i in table.indexes)]),
    )


def _column_facts(ordinal: int, column: Column, quote: Quote, in_primary_key: bool) -> Facts:
    not_null = column.not_null or in_primary_key or column.identity is not None
    default: str | None = None
    if isinstance(column.default, str):
        default = "'" + column.default.replace("'", "''") + "'::text"
    elif column.default is not None:
        default = str(column.default)
    return _told(
        name=column.name,
        ordinal=ordinal,
        data_type=column.type.data_type(quote),
        type=column.type.facts,
        nullable=not (not_null or column.type.refuses_null),
        not_null=not_null,
        default=default,
        identity=column.identity and column.identity.replace(" ", "_"),
        comment=column.comment,
    )


def _constraint_facts(table: DrawnTable, quote: Quote) -> list[Facts]:
    found = [
        _told(
            kind="primary_key" if key.primary else "unique",
            name=key.name,
            columns=list(key.columns),
            include=list(key.include),
            deferrable=key.deferrable,
            initially_deferred=key.deferred,
            comment=key.comment,
        )
        for key in table.keys
    ]
    for check in table.checks:
        expression = f"({quote(check.column)} IS NOT NULL)"
        found.append(
            _told(
                kind="check",
                name=check.name,
                raw_sql=f"CHECK ({expression})" + (" NO INHERIT" if check.no_inherit else ""),
                expr=expression,
                columns=[check.column],
                no_inherit=check.no_inherit,
                comment=check.comment,
            )
        )
    found += [
        _told(
            kind="foreign_key",
            name=reference.name,
            columns=[column.name for column in reference.columns],
            ref_schema=reference.ref_schema,
            ref_table=reference.ref_table,
            ref_columns=list(reference.ref_columns),
            on_delete=reference.on_delete.replace(" ", "_"),
            on_update=reference.on_update.replace(" ", "_"),
            match="full" if reference.full else "simple",
            deferrable=reference.deferrable,
            initially_deferred=reference.deferred,
            validated=reference.valid,
            comment=reference.comment,
        )
        for reference in table.references
    ]
    return sorted(found, key=lambda each: (each["kind"], each["name"]))


def _key_index_facts(key: Key) -> Facts:
    keys = [{"column": name, "order": "asc", "nulls": "last"} for name in key.columns]
    return _told(
        name=key.name, unique=True, primary=key.primary, keys=keys, include=list(key.include), constraint=key.name
    )


def _index_facts(index: DrawnIndex, quote: Quote) -> Facts:
    return _told(
        name=index.name,
        unique=index.unique,
        primary=False,
        keys=[
            _told(
                column=None if key.is_expression else key.name,
                expression=f"(({quote(key.name)} IS NULL))" if key.is_expression else None,
                order="desc" if key.descending else "asc",
                nulls="first" if key.nulls_first else "last",
            )
            for key in index.keys
        ],
        include=list(index.include),
        predicate=f"({quote(index.predicate)} IS NOT NULL)" if index.predicate else None,
        comment=index.comment,
    )
