"""How a drawn schema is made: DDL whose names go only ever through psycopg's own composition."""

from collections.abc import Iterator, Sequence

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from tests.integration.drawing import (
    Check,
    Column,
    DomainType,
    DrawnFunction,
    DrawnSchema,
    DrawnTable,
    IndexColumn,
    Key,
    Reference,
)

_EMPTY = SQL("")


def _listed(column_names: Sequence[str]) -> Composable:
    return SQL("({})").format(SQL(", ").join(map(Identifier, column_names)))


def statements(schemas: Sequence[DrawnSchema]) -> Iterator[Composed]:
    """Yield the DDL, names only ever through psycopg's own composition."""
    for schema in schemas:
        yield SQL("create schema {}").format(Identifier(schema.name))
        yield from _comment(SQL("schema {}").format(Identifier(schema.name)), schema.comment)
        for enum in schema.enums:
            name = Identifier(schema.name, enum.name)
            labels = SQL(", ").join(map(Literal, enum.labels))
            yield SQL("create type {} as enum ({})").format(name, labels)
            yield from _comment(SQL("type {}").format(name), enum.comment)
        for domain in schema.domains:
            yield from _domain_statements(Identifier(schema.name, domain.name), domain)
        for table in schema.tables:
            yield from _table_statements(table)
    yield SQL("set local check_function_bodies = off").format()
    for schema in schemas:
        for function in schema.functions:
            yield from _function_statements(Identifier(schema.name, function.name), function)
    for schema in schemas:
        for table in schema.tables:
            for reference in table.references:
                yield from _reference_statements(table, reference)


def _domain_statements(name: Identifier, domain: DomainType) -> Iterator[Composed]:
    check = SQL(" constraint {} check (value is not null)").format(Identifier(domain.check)) if domain.check else _EMPTY
    not_null = SQL(" not null" if domain.not_null else "")
    yield SQL("create domain {} as {}{}{}").format(name, domain.base.ddl, not_null, check)
    yield from _comment(SQL("domain {}").format(name), domain.comment)


def _function_statements(name: Composable, function: DrawnFunction) -> Iterator[Composed]:
    yield SQL("create {} {}({} {}) {} language plpgsql as {}").format(
        SQL(function.kind),
        name,
        Identifier(function.argument),
        SQL(function.type),
        SQL("returns void" if function.kind == "function" else ""),
        Literal(function.source),
    )
    yield from _comment(SQL("{} {}({})").format(SQL(function.kind), name, SQL(function.type)), function.comment)


def _comment(what: Composable, comment: str | None) -> Iterator[Composed]:
    if comment is not None:
        yield SQL("comment on {} is {}").format(what, Literal(comment))


def _table_statements(table: DrawnTable) -> Iterator[Composed]:
    name = Identifier(table.schema, table.name)
    elements: list[Composable] = [*map(_column_ddl, table.columns)]
    elements += map(_key_ddl, table.keys)
    elements += [
        SQL("constraint {} check ({} is not null){}").format(
            Identifier(check.name), Identifier(check.column), SQL(" no inherit" if check.no_inherit else "")
        )
        for check in table.checks
    ]
    yield SQL("create table {} ({})").format(name, SQL(", ").join(elements))
    yield from _comment(SQL("table {}").format(name), table.comment)
    for column in table.columns:
        if column.dropped:
            yield SQL("alter table {} drop column {}").format(name, Identifier(column.name))
        else:
            yield from _comment(
                SQL("column {}").format(Identifier(table.schema, table.name, column.name)), column.comment
            )
    constraints: tuple[Key | Check, ...] = (*table.keys, *table.checks)
    for constraint in constraints:
        yield from _comment(SQL("constraint {} on {}").format(Identifier(constraint.name), name), constraint.comment)
    for index in table.indexes:
        yield SQL("create {} {} on {} ({}){}{}").format(
            SQL("unique index" if index.unique else "index"),
            Identifier(index.name),
            name,
            SQL(", ").join(_index_key_ddl(key) for key in index.keys),
            SQL(" include {}").format(_listed(index.include)) if index.include else _EMPTY,
            SQL(" where {} is not null").format(Identifier(index.predicate)) if index.predicate else _EMPTY,
        )
        yield from _comment(SQL("index {}").format(Identifier(table.schema, index.name)), index.comment)


def _column_ddl(column: Column) -> Composable:
    parts: list[Composable] = [Identifier(column.name), column.type.ddl]
    if column.not_null:
        parts.append(SQL("not null"))
    if column.default is not None:
        parts.append(SQL("default {}").format(Literal(column.default)))
    if column.identity is not None:
        parts.append(SQL(f"generated {column.identity} as identity"))
    return SQL(" ").join(parts)


def _key_ddl(key: Key) -> Composable:
    return SQL("constraint {} {} {}{}{}").format(
        Identifier(key.name),
        SQL("primary key" if key.primary else "unique"),
        _listed(key.columns),
        SQL(" include {}").format(_listed(key.include)) if key.include else _EMPTY,
        _deferrable(key),
    )


def _deferrable(constraint: Key | Reference) -> Composable:
    deferred = SQL(" initially deferred" if constraint.deferred else "")
    return SQL(" deferrable") + deferred if constraint.deferrable else deferred


def _index_key_ddl(key: IndexColumn) -> Composable:
    column = Identifier(key.name)
    return SQL("{} {} nulls {}").format(
        SQL("({} is null)").format(column) if key.is_expression else column,
        SQL("desc" if key.descending else "asc"),
        SQL("first" if key.nulls_first else "last"),
    )


def _reference_statements(table: DrawnTable, reference: Reference) -> Iterator[Composed]:
    name = Identifier(table.schema, table.name)
    for column in reference.columns:
        yield SQL("alter table {} add column {}").format(name, _column_ddl(column))
    yield SQL(
        "alter table {} add constraint {} foreign key {} references {} {}{} on delete {} on update {}{}{}"
    ).format(
        name,
        Identifier(reference.name),
        _listed([column.name for column in reference.columns]),
        Identifier(reference.ref_schema, reference.ref_table),
        _listed(reference.ref_columns),
        SQL(" match full" if reference.full else ""),
        SQL(reference.on_delete),
        SQL(reference.on_update),
        _deferrable(reference),
        SQL("" if reference.valid else " not valid"),
    )
    yield from _comment(SQL("constraint {} on {}").format(Identifier(reference.name), name), reference.comment)
