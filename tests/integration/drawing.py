"""Drawn schemas: what a database is to be, drawn by hypothesis with the oddest names that PostgreSQL takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from psycopg.sql import SQL, Composable, Identifier

Quote = Callable[[str], str]
Facts = dict[str, Any]

ODD_NAMES = (
    *('we"ird', '"', '""', "a.b", ".", " lead", "trail ", "two words", "tab\there", "new\nline", "\x7f", "_"),
    *("back\\slash", "\\", "per%cent", "%s", "%(x)s", "{}", "it's", "''", "--", "/*", ";", "*", "(x)", "[0]", "a,b"),
    *("select", "Select", "user", "table", "order", "null", "true", "CamelCase", "UPPER", "1st", "$1", ":bind", "a-b"),
    *("é", "ß", "Ünïcödé", "名前", "🙂", "👩\u200d👧", "e\u0301", "\u202eright"),
    *("a" * 63, "é" * 31 + "x", "🙂" * 15 + "abc", "x" * 62 + '"'),
)
_SYSTEM_COLUMNS = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
_NAME_BYTES = 63

_character = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
_texts = st.text(_character, min_size=1, max_size=40)
_short_names = st.text(_character, min_size=1, max_size=12).filter(lambda name: len(name.encode()) <= _NAME_BYTES)
names = st.one_of(st.sampled_from(ODD_NAMES), _short_names, st.sampled_from([f"plain_{n}" for n in range(20)]))
comments = st.none() | _texts


@dataclass(frozen=True)
class Type:
    """A type as it is written in DDL, and the facts that must be told of it; `schema` is that of a drawn type."""

    ddl: Composable
    facts: Facts
    name: str
    schema: str | None = None
    text: bool = False
    whole: bool = False
    refuses_null: bool = False
    array: bool = False

    def data_type(self, quote: Quote) -> str:
        """Return the type as the server writes it."""
        return self.name if self.schema is None else f"{quote(self.schema)}.{quote(self.name)}"


def _base(ddl: str, name: str | None = None, *, kind: str = "base", text: bool = False, **facts: int) -> Type:
    whole = ddl in ("integer", "bigint", "smallint")
    return Type(
        ddl=SQL(ddl), facts={"kind": kind, **facts}, name=name or ddl, text=text, whole=whole, array=kind == "array"
    )


_lengths = st.integers(1, 300)
_base_types: st.SearchStrategy[Type] = st.one_of(
    st.sampled_from([_base(name) for name in ("integer", "bigint", "smallint", "boolean", "date", "uuid", "bytea")]),
    st.just(_base("text", text=True)),
    _lengths.map(lambda n: _base(f"varchar({n})", f"character varying({n})", length=n)),
    _lengths.map(lambda n: _base(f"char({n})", f"character({n})", length=n)),
    st.tuples(st.integers(1, 1000), st.integers(0, 1000))
    .filter(lambda both: both[1] <= both[0])
    .map(lambda both: _base("numeric({},{})".format(*both), precision=both[0], scale=both[1])),
    st.integers(0, 6).map(lambda n: _base(f"timestamp({n})", f"timestamp({n}) without time zone", precision=n)),
    st.sampled_from([_base("timestamptz", "timestamp with time zone"), _base("interval"), _base("numeric")]),
    st.just(_base("integer[]", kind="array")),
    _lengths.map(lambda n: _base(f"varchar({n})[]", f"character varying({n})[]", kind="array", length=n)),
)


@dataclass(frozen=True)
class EnumType:
    name: str
    labels: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True)
class DomainType:
    name: str
    base: Type
    not_null: bool
    check: str | None
    comment: str | None


@dataclass(frozen=True)
class Column:
    name: str
    type: Type
    not_null: bool = False
    default: str | int | None = None
    identity: str | None = None
    comment: str | None = None
    dropped: bool = False


@dataclass(frozen=True)
class Key:
    """A PRIMARY KEY or UNIQUE."""

    name: str
    primary: bool
    columns: tuple[str, ...]
    include: tuple[str, ...]
    deferrable: bool
    deferred: bool
    comment: str | None


@dataclass(frozen=True)
class Check:
    name: str
    column: str
    no_inherit: bool
    comment: str | None


@dataclass(frozen=True)
class IndexColumn:
    name: str
    is_expression: bool
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class DrawnIndex:
    name: str
    unique: bool
    keys: tuple[IndexColumn, ...]
    include: tuple[str, ...]
    predicate: str | None
    comment: str | None


@dataclass(frozen=True)
class Reference:
    """A FOREIGN KEY on columns that are added for it."""

    name: str
    columns: tuple[Column, ...]
    ref_schema: str
    ref_table: str
    ref_columns: tuple[str, ...]
    on_delete: str
    on_update: str
    full: bool
    deferrable: bool
    deferred: bool
    valid: bool
    comment: str | None


@dataclass
class DrawnTable:
    """A table; its references are drawn when every table's keys are known."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    checks: tuple[Check, ...]
    indexes: tuple[DrawnIndex, ...]
    comment: str | None
    references: list[Reference] = field(default_factory=list)

    def live(self) -> Iterator[Column]:
        """Yield the columns that are left, in order, those of references last."""
        yield from (column for column in self.columns if not column.dropped)
        for reference in self.references:
            yield from reference.columns


@dataclass(frozen=True)
class DrawnFunction:
    """A function of one argument of a type that is spelled as it is written; overloads share its name."""

    name: str
    argument: str
    type: str
    source: str
    kind: str
    comment: str | None


@dataclass(frozen=True)
class DrawnSchema:
    name: str
    comment: str | None
    enums: tuple[EnumType, ...]
    domains: tuple[DomainType, ...]
    tables: tuple[DrawnTable, ...]
    functions: tuple[DrawnFunction, ...]


class Names:
    """Draws names that are free where they are to be used."""

    def __init__(self, draw: st.DrawFn, *taken: str) -> None:
        self._draw = draw
        self._taken = set(taken)

    def new(self, fits: Callable[[str], bool] = lambda _: True) -> str:
        """Return a name that was not returned before."""
        name = self._draw(names.filter(lambda name: name not in self._taken and fits(name)))
        self._taken.add(name)
        return name


@st.composite
def databases(draw: st.DrawFn) -> tuple[DrawnSchema, ...]:
    """Draw the schemas of a database."""
    schema_names = Names(draw, "public", "information_schema")
    fits = lambda name: not name.startswith("pg_")  # noqa: E731  # one line, used in the next
    drawn = [_schema(draw, schema_names.new(fits)) for _ in range(draw(st.integers(1, 3)))]
    tables = [table for schema in drawn for table in schema.tables]
    targets = [(table, key) for table in tables for key in table.keys if _can_be_referenced(table, key)]
    for table in tables if targets else ():
        for _ in range(draw(st.integers(0, 2))):
            target, key = draw(st.sampled_from(targets))
            table.references.append(_reference(draw, table, target, key))
    return tuple(drawn)


def _can_be_referenced(table: DrawnTable, key: Key) -> bool:
    types = {column.name: column.type for column in table.columns}
    # PostgreSQL cannot check an FK on most arrays: "cannot determine element type".
    return not key.deferrable and not any(types[name].array for name in key.columns)


def _schema(draw: st.DrawFn, name: str) -> DrawnSchema:
    relations = Names(draw)  # types, tables and indexes share their names: a table has a type too
    enums = tuple(
        EnumType(relations.new(), tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True))), draw(comments))
        for _ in range(draw(st.integers(0, 2)))
    )
    domains = tuple(
        DomainType(relations.new(), draw(_base_types), draw(st.booleans()), draw(st.none() | names), draw(comments))
        for _ in range(draw(st.integers(0, 2)))
    )
    own = [
        *(Type(Identifier(name, e.name), {"kind": "enum"}, e.name, schema=name) for e in enums),
        *(
            Type(
                Identifier(name, d.name),
                {"kind": "domain"},
                d.name,
                schema=name,
                refuses_null=d.not_null,
                array=d.base.array,
            )
            for d in domains
        ),
    ]
    types = st.one_of(_base_types, st.sampled_from(own)) if own else _base_types
    tables = tuple(_table(draw, name, relations, types) for _ in range(draw(st.integers(0, 3))))
    functions = draw(
        st.lists(
            st.builds(
                DrawnFunction,
                name=names,
                argument=names,
                type=st.sampled_from(["integer", "text", "date[]"]),
                source=_texts,
                kind=st.sampled_from(["function", "procedure"]),
                comment=comments,
            ),
            max_size=3,
            unique_by=lambda one: (one.name, one.type),
        )
    )
    return DrawnSchema(name, draw(comments), enums, domains, tables, tuple(functions))


def _table(draw: st.DrawFn, schema: str, relations: Names, types: st.SearchStrategy[Type]) -> DrawnTable:
    name = relations.new()
    column_names = Names(draw, *_SYSTEM_COLUMNS)
    columns = tuple(_column(draw, column_names.new(), draw(types)) for _ in range(draw(st.integers(0, 6))))
    live = [column.name for column in columns if not column.dropped]
    if not live:
        return DrawnTable(schema, name, columns, (), (), (), draw(comments))
    some = st.lists(st.sampled_from(live), min_size=1, max_size=3, unique=True).map(tuple)
    keys = []
    # The server makes one constraint of two over the same columns.
    for position, key_columns in enumerate(draw(st.lists(some, max_size=3, unique=True))):
        deferrable = draw(st.booleans())
        keys.append(
            Key(
                name=relations.new(),
                primary=position == 0 and draw(st.booleans()),
                columns=key_columns,
                include=draw(st.just(()) | some),
                deferrable=deferrable,
                deferred=deferrable and draw(st.booleans()),
                comment=draw(comments),
            )
        )
    constraint_names = Names(draw, *(key.name for key in keys))
    checks = tuple(
        Check(constraint_names.new(), draw(st.sampled_from(live)), draw(st.booleans()), draw(comments))
        for _ in range(draw(st.integers(0, 2)))
    )
    index_columns = st.builds(IndexColumn, st.sampled_from(live), st.booleans(), st.booleans(), st.booleans())
    indexes = tuple(
        DrawnIndex(
            name=relations.new(),
            unique=draw(st.booleans()),
            keys=tuple(draw(st.lists(index_columns, min_size=1, max_size=3))),
            include=draw(st.just(()) | some),
            predicate=draw(st.none() | st.sampled_from(live)),
            comment=draw(comments),
        )
        for _ in range(draw(st.integers(0, 2)))
    )
    return DrawnTable(schema, name, columns, tuple(keys), checks, indexes, draw(comments))


def _column(draw: st.DrawFn, name: str, type_: Type) -> Column:
    identity = draw(st.none() | st.sampled_from(["always", "by default"])) if type_.whole else None
    default: str | int | None = None
    if identity is None and type_.whole:
        default = draw(st.none() | st.integers(0, 30_000))
    elif type_.text:
        default = draw(st.none() | _texts)
    return Column(name, type_, draw(st.booleans()), default, identity, draw(comments), draw(st.integers(0, 4)) == 0)


def _reference(draw: st.DrawFn, table: DrawnTable, target: DrawnTable, key: Key) -> Reference:
    column_names = Names(draw, *_SYSTEM_COLUMNS, *(c.name for c in table.columns), *(c.name for c in table.live()))
    taken = [*(k.name for k in table.keys), *(c.name for c in table.checks), *(r.name for r in table.references)]
    types = {column.name: column.type for column in target.columns}
    deferrable = draw(st.booleans())
    actions = st.sampled_from(["no action", "restrict", "cascade", "set null", "set default"])
    pairs = draw(st.permutations(key.columns))  # a key may be referenced in any order
    return Reference(
        name=Names(draw, *taken).new(),
        columns=tuple(Column(column_names.new(), types[referenced]) for referenced in pairs),
        ref_schema=target.schema,
        ref_table=target.name,
        ref_columns=tuple(pairs),
        on_delete=draw(actions),
        on_update=draw(actions),
        full=draw(st.booleans()),
        deferrable=deferrable,
        deferred=deferrable and draw(st.booleans()),
        valid=draw(st.booleans()),
        comment=draw(comments),
    )
