"""What a script makes, as steps that need each other: types, tables, partitions, defaults, keys and views."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from datalchemy.adapters.postgres.ddl import constraints, types
from datalchemy.adapters.postgres.ddl.column_order import LateColumns
from datalchemy.adapters.postgres.ddl.order import Key, Step
from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.adapters.postgres.ddl.tables import TableWriter
from datalchemy.adapters.postgres.ddl.uses import TypeName, calls, types_in, types_of
from datalchemy.adapters.postgres.ddl.views import stub, view
from datalchemy.analysis.graph import TableKey
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import Table, TableKind
from datalchemy.model.types import Composite, Domain, Enum, Range

VIEWS = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})
_Owned = Enum | Domain | Composite | Range
_TYPE, _TABLE, _COLUMNS, _ATTACH, _DEFAULTS, _RULES, _CALLS, _KEYS, _VIEW = range(9)


def steps_of(
    schema: DatabaseSchema, source: Source, writers: dict[TableKey, TableWriter], late: LateColumns
) -> dict[Key, Step]:
    """Return what has to be ordered: types, tables, partitions, defaults, keys and views depend on each other."""
    steps = _Steps(schema, source, writers)
    made: dict[Key, Step] = {}
    for owner in schema.schemas:
        owned: tuple[_Owned, ...] = (*owner.enums, *owner.domains, *owner.composites, *owner.ranges)
        for one in owned:
            if one.extension is None:
                made.update(steps.of_type(owner.name, one))
    for (name, _), table in source.tables.items():
        made.update(steps.of_view(name, table) if table.kind in VIEWS else steps.of_table(name, table))
    return made | steps.of_late_columns(late, made)


def type_key(schema: str, name: str) -> Key:
    """Return the step that makes a type."""
    return (_TYPE, schema, name)


def table_key(schema: str, table: Table) -> Key:
    """Return the step that makes a table or a view."""
    return (_VIEW if table.kind in VIEWS else _TABLE, schema, table.name)


class _Steps:
    """Makes steps, knowing which step makes each type of the file."""

    def __init__(self, schema: DatabaseSchema, source: Source, writers: dict[TableKey, TableWriter]) -> None:
        self._source = source
        self._writers = writers
        self._makers = _makers(schema, source)
        self._contained = _contained(schema)

    def of_type(self, schema: str, one: _Owned) -> Iterator[tuple[Key, Step]]:
        """Yield the steps that make a type."""
        key = type_key(schema, one.name)
        match one:
            case Enum():
                yield key, Step(tuple(types.enum(schema, one)), frozenset())
            case Composite():
                after = self._after(types_of(each.type for each in one.attributes))
                yield key, Step(tuple(types.composite(schema, one)), after)
            case Range():
                functions = (one.canonical_function, one.subtype_diff_function)
                late = any(each is not None and each.schema_name != "pg_catalog" for each in functions)
                yield key, Step(tuple(types.range_type(schema, one)), self._after(types_of([one.type])), late=late)
            case Domain():
                yield from self._of_domain(schema, one)

    def _of_domain(self, schema: str, one: Domain) -> Iterator[tuple[Key, Step]]:
        """Yield a domain's steps: a rule that calls a function comes later, where the server allows that."""
        key = type_key(schema, one.name)
        rules = (one.uses, *(check.uses for check in types.domain_checks(one)))
        whole = not calls(*rules) or (schema, one.name) in self._contained
        inside = rules if whole else tuple(uses for uses in rules if not calls(uses))
        without = (lambda _: False) if whole else calls
        after = self._after(types_of([one.type]) | types_in(*inside)) - {key}
        yield (
            key,
            Step(
                tuple(types.domain(schema, one, without=without)),
                after,
                late=whole and calls(*rules),
                stub=tuple(types.domain(schema, one, without=lambda _: True)),
                replacement=tuple(types.domain_rules(schema, one, within=lambda uses: not without(uses))),
            ),
        )
        if not whole:
            late = tuple(types.domain_rules(schema, one, within=calls))
            yield (_RULES, *key[1:]), Step(late, self._after(types_in(*rules)) | {key}, late=True)

    def of_table(self, schema: str, table: Table) -> Iterator[tuple[Key, Step]]:
        """Yield the steps that make a table, attach it, set its late defaults, and add its keys."""
        key = table_key(schema, table)
        writer = self._writers[TableKey(schema, table.name)]
        generated = [column.uses for column in table.columns if column.is_generated]
        own = (*generated, None if table.partition_key is None else table.partition_key.uses)
        used = types_of(column.type for column in table.columns) | types_in(*own)
        if table.of_type is not None:
            used |= {(table.of_type.schema_name, table.of_type.name)}
        parents = {(_TABLE, one.schema_name, one.table) for one in table.inherits}
        yield key, Step(tuple(writer.create()), (self._after(used) | parents) - {key}, late=calls(*own))
        attached = self._source.partition_parent(table)
        if attached is not None:
            ends = frozenset({key, (_TABLE, attached[0].schema_name, attached[0].table)})
            yield (_ATTACH, *key[1:]), Step(tuple(writer.attach()), ends)
        named = self._after(types_in(*(column.uses for column in table.columns))) | {key}
        for rank in (_DEFAULTS, _CALLS):
            calling = rank == _CALLS
            if defaults := tuple(writer.late_defaults(calling=calling)):
                yield (rank, *key[1:]), Step(defaults, named, late=calling)
        keys = tuple(constraints.keys(schema, table))
        yield (_KEYS, *key[1:]), Step(keys, frozenset({key, (_ATTACH, *key[1:])}), late=True)

    def of_late_columns(self, late: LateColumns, made: dict[Key, Step]) -> dict[Key, Step]:
        """Return the step that adds late columns, and, changed, the steps that need them to be there."""
        if not late.added:
            return {}
        statements = [one for key, name in late.added for one in self._writers[key].add(name)]
        statements += [one for key in late.of_table for one in self._writers[key].set_late_columns()]
        tables = frozenset((_TABLE, *key) for key in late.of_table)
        columns = (column for key in late.of_table for column in self._source.tables[key].columns)
        adding = (_COLUMNS, "", "")
        steps = {adding: Step(tuple(statements), tables | self._after(types_of(column.type for column in columns)))}
        for key, step in made.items():
            if key not in tables and not tables.isdisjoint(step.after):
                steps[key] = replace(step, after=step.after | {adding})
        return steps

    def of_view(self, schema: str, table: Table) -> Iterator[tuple[Key, Step]]:
        """Yield the step that makes a view; one that groups may need the keys of its tables."""
        key = table_key(schema, table)
        below = {(one.schema_name, one.table) for one in table.depends_on or ()}
        keys = {(_KEYS, *name) for name in below} if "GROUP BY" in (table.definition or "") else set()
        uses = (table.uses, *(column.uses for column in table.columns))
        used = types_of(column.type for column in table.columns) | types_in(*uses) | below
        yield (
            key,
            Step(
                tuple(view(schema, table)),
                (self._after(used) | keys) - {key},
                late=calls(*uses),
                stub=tuple(stub(schema, table)),
                replacement=tuple(view(schema, table, replace=True)),
            ),
        )

    def _after(self, used: Iterable[TypeName]) -> frozenset[Key]:
        return frozenset(self._makers[name] for name in used if name in self._makers)


def _makers(schema: DatabaseSchema, source: Source) -> dict[TypeName, Key]:
    """Return the step that makes each type of the file; every table makes its row type."""
    makers: dict[TypeName, Key] = {}
    for owner in schema.schemas:
        owned: tuple[_Owned, ...] = (*owner.enums, *owner.domains, *owner.composites, *owner.ranges)
        for one in owned:
            if one.extension is None:
                makers[owner.name, one.name] = type_key(owner.name, one.name)
        for range_ in owner.ranges:
            if range_.multirange is not None and range_.extension is None:
                multirange = (range_.multirange.schema_name, range_.multirange.name)
                makers[multirange] = type_key(owner.name, range_.name)
    for (name, table_name), table in source.tables.items():
        makers[name, table_name] = table_key(name, table)
    return makers


def _contained(schema: DatabaseSchema) -> frozenset[TypeName]:
    """Return the types inside arrays, composites, rows and ranges: a domain there takes no CHECK once it is used."""
    tables = {(owner.name, table.name): table for owner in schema.schemas for table in owner.tables}
    columns = [column.type for table in tables.values() for column in table.columns]
    attributes = [each.type for owner in schema.schemas for one in owner.composites for each in one.attributes]
    subtypes = [one.type for owner in schema.schemas for one in owner.ranges]
    bases = {(owner.name, one.name): one.type for owner in schema.schemas for one in owner.domains}
    arrays = [one for one in (*columns, *bases.values()) if one.element is not None]
    rows = types_of((*columns, *attributes, *bases.values()))
    fields = [column.type for name, table in tables.items() if name in rows for column in table.columns]
    found = set(types_of((*arrays, *attributes, *fields, *subtypes)))
    waiting = list(found)
    while waiting:
        base = bases.get(waiting.pop())
        if base is not None and not types_of([base]) <= found:
            found |= types_of([base])
            waiting += types_of([base])
    return frozenset(found)
