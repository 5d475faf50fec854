"""Columns that a parent got after its children by inheritance were there.

Such a column is behind the child's own columns, where CREATE TABLE ... INHERITS would put it before them. It is added
when the children are there, as it was in the original; the columns behind it follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from datalchemy.adapters.postgres.ddl.source import Source
from datalchemy.analysis.graph import TableKey

_Added = tuple[TableKey, str]
"""A column, by the table that declares it."""


@dataclass(frozen=True)
class LateColumns:
    """What CREATE TABLE leaves out.

    Attributes:
        added: the columns to add, by the tables that declare them, in order.
        of_table: the names that each table lacks until then.
        unkept: the tables whose columns get another order all the same.
    """

    added: tuple[_Added, ...] = ()
    of_table: Mapping[TableKey, frozenset[str]] = field(default_factory=dict)
    unkept: tuple[TableKey, ...] = ()


def late_columns(source: Source) -> LateColumns:
    """Return the columns to add once all children are there."""
    families = _Families(source)
    added: list[_Added] = []
    late: dict[TableKey, frozenset[str]] = {}
    unkept: list[TableKey] = []
    for family in families.components():
        found = families.late_of(family)
        order = families.order_of_adding(found)
        if order is None or families.unlike(family, found, order):
            found, order = {}, ()
        added += order
        late.update(found)
        unkept += families.unlike(family, found, order)
    return LateColumns(tuple(added), late, tuple(sorted(unkept)))


class _Families:
    """The tables that CREATE TABLE makes children of others, and their parents."""

    def __init__(self, source: Source) -> None:
        self._tables = source.tables
        self._names = {key: [column.name for column in table.columns] for key, table in source.tables.items()}
        self._local = {key: {one.name for one in table.columns if one.local} for key, table in source.tables.items()}
        self._parents: dict[TableKey, list[TableKey]] = {}
        self._children: dict[TableKey, list[TableKey]] = defaultdict(list)
        for key, table in source.tables.items():
            above = [TableKey(one.schema_name, one.table) for one, _ in source.creating_parents(table)]
            if above:
                self._parents[key] = above
            for parent in above:
                self._children[parent].append(key)

    def components(self) -> Iterator[list[TableKey]]:
        """Yield the families, each with parents before children; none whose tables are in a circle."""
        seen: set[TableKey] = set()
        for first in sorted(self._parents):
            family: set[TableKey] = set()
            waiting = [] if first in seen else [first]
            while waiting:
                key = waiting.pop()
                if key not in family:
                    family.add(key)
                    waiting += [*self._parents.get(key, ()), *self._children.get(key, ())]
            seen |= family
            try:
                order = TopologicalSorter({key: self._parents.get(key, ()) for key in sorted(family)}).static_order()
                yield list(order)
            except CycleError:
                continue

    def late_of(self, family: list[TableKey]) -> dict[TableKey, frozenset[str]]:
        """Return which columns of each table CREATE TABLE cannot put where they are."""
        late: dict[TableKey, set[str]] = {key: set() for key in family}
        changed = True
        while changed:
            changed = False
            for key in family:
                early = [name for name in self._names[key] if name not in late[key]]
                made = self._created(key, late)
                for wanted, name in zip(early, made, strict=False):
                    if wanted != name:
                        self._mark(key, name, late)
                        changed = True
                        break
        return {key: frozenset(names) for key, names in late.items() if names}

    def _created(self, key: TableKey, late: Mapping[TableKey, Iterable[str]]) -> list[str]:
        """Return the order that CREATE TABLE gives: the parents' columns, then the others."""
        above = [name for parent in self._parents.get(key, ()) for name in self._created(parent, late)]
        lacking = set(late.get(key, ()))
        own = [name for name in self._names[key] if name not in lacking]
        return list(dict.fromkeys((*above, *own)))

    def _mark(self, key: TableKey, name: str, late: dict[TableKey, set[str]]) -> None:
        """Note that a column, and all behind it, are added later: here, above and below."""
        waiting = [(key, name)]
        while waiting:
            key, name = waiting.pop()
            if name in late[key] or name not in self._names[key]:
                continue
            late[key].add(name)
            behind = self._names[key][self._names[key].index(name) + 1 :]
            waiting += [(key, one) for one in behind]
            waiting += [(one, name) for one in (*self._parents.get(key, ()), *self._children.get(key, ()))]

    def order_of_adding(self, late: Mapping[TableKey, frozenset[str]]) -> tuple[_Added, ...] | None:
        """Return the columns to add in an order that suits every table; None where there is none.

        A column that a child declares, too, is added there first: its parent's merges with it.
        """
        declaring: dict[_Added, _Added] = {}
        graph: dict[_Added, set[_Added]] = {}
        for key in late:
            for name in self._names[key]:
                if name in late[key]:
                    above = {declaring[one, name] for one in self._parents.get(key, ()) if (one, name) in declaring}
                    is_local = name in self._local[key]
                    if (len(above) != 1 and not is_local) or self._is_read_early(key, name, late[key]):
                        return None
                    declaring[key, name] = (key, name) if is_local else next(iter(above))
                    for one in above if is_local else ():
                        graph.setdefault(one, set()).add((key, name))
        for key in late:
            before: _Added | None = None
            for name in (one for one in self._names[key] if one in late[key]):
                graph.setdefault(declaring[key, name], set()).update(() if before is None else {before})
                before = declaring[key, name]
        try:
            return tuple(TopologicalSorter({key: sorted(graph[key]) for key in sorted(graph)}).static_order())
        except CycleError:
            return None

    def _is_read_early(self, key: TableKey, name: str, late: frozenset[str]) -> bool:
        """Return whether a generated column that is not late may read the column."""
        columns = (column for column in self._tables[key].columns if column.name not in late)
        return any(name in (column.generation_expression or "") for column in columns)

    def unlike(
        self, family: list[TableKey], late: Mapping[TableKey, frozenset[str]], order: Iterable[_Added]
    ) -> list[TableKey]:
        """Return the tables that the statements would give another order of columns."""
        made = {key: self._created(key, late) for key in family}
        for declaring, name in order:
            waiting = [declaring]
            while waiting:
                key = waiting.pop()
                if name not in made[key]:
                    made[key].append(name)
                waiting += self._children.get(key, ())
        return [key for key in family if made[key] != self._names[key]]
