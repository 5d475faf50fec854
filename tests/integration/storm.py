"""DDL without end from a connection of its own, in transactions each of which leaves a state that is written down."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from datalchemy.model.constraints import CheckConstraint, ForeignKey, PrimaryKey
from datalchemy.model.schema import Schema

BALL = "ball"
Facts = frozenset[tuple[str | None, ...]]

# What a schema holds, asked for in plain SQL: the oracle shares nothing with the queries of the product.
_FACTS = """
select 'column', c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
    (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d where (d.adrelid, d.adnum) = (a.attrelid, a.attnum)),
    col_description(a.attrelid, a.attnum)
from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'v') and c.relname <> 'ball'
union all
select 'constraint', c.relname, k.conname, k.contype::text, pg_get_expr(k.conbin, k.conrelid),
    (select relname::text from pg_class where oid = k.confrelid), null
from pg_constraint as k inner join pg_class as c on c.oid = k.conrelid
where c.relnamespace = %(schema)s::regnamespace and k.contype in ('c', 'p', 'f') and c.relname <> 'ball'
union all
select 'index', c.relname, x.relname, pg_get_indexdef(i.indexrelid), null, null, null
from pg_index as i inner join pg_class as c on c.oid = i.indrelid inner join pg_class as x on x.oid = i.indexrelid
where c.relnamespace = %(schema)s::regnamespace and c.relname <> 'ball'
union all
select 'view', c.relname, pg_get_viewdef(c.oid), null, null, null, null
from pg_class as c where c.relnamespace = %(schema)s::regnamespace and c.relkind = 'v'
union all
select 'enum', t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder), null, null, null, null
from pg_type as t inner join pg_enum as e on e.enumtypid = t.oid
where t.typnamespace = %(schema)s::regnamespace group by t.oid, t.typname
union all
select 'sequence', c.relname, null, null, null, null, null
from pg_class as c where c.relnamespace = %(schema)s::regnamespace and c.relkind = 'S'
"""
_TABLES = "select relname from pg_class where relnamespace = %s::regnamespace and relkind = 'r' and relname <> 'ball'"
_CHANGES = (
    "create table {s}.t{g} (id int primary key, c{g} text default '{g}', n int not null check (n > {g}))",
    "create table {s}.t{g} (id int primary key, m {s}.{mood} default '{label}', q int default nextval('{s}.{queue}'))",
    "drop table {s}.{t} cascade",
    "alter table {s}.{t} rename to t{g}",
    "alter table {s}.{t} add column a{g} int default {s}.{answer}() check (a{g} <> {g})",
    "alter table {s}.{t} add column a{g} int; comment on column {s}.{t}.a{g} is '{g}'; create index on {s}.{t} (a{g})",
    "alter table {s}.{t} rename column id to id{g}; comment on column {s}.{t}.id{g} is '{g}';"
    "alter table {s}.{t} rename column id{g} to id",
    "alter table {s}.{t} alter column id type bigint",
    "alter table {s}.{t} add constraint to_{g} foreign key (id) references {s}.{u} (id)",
    "alter table {s}.{t} rename constraint {t}_pkey to key{g}",
    "create view {s}.v{g} as select id, {s}.{answer}() as answer from {s}.{t} where id > {g}",
    "create index i{g} on {s}.{t} ((id + {g})) where id <> {g}",
    "alter function {s}.{answer}() rename to answer{g}",
    "alter sequence {s}.{queue} rename to queue{g}",
    "alter type {s}.{mood} rename to mood{g}",
    "alter type {s}.{mood} rename value '{label}' to 'label{g}'",
)
_NAMES = {
    "answer": "select proname from pg_proc where pronamespace = %s::regnamespace",
    "queue": "select relname from pg_class where relnamespace = %s::regnamespace and relkind = 'S'",
    "mood": "select typname from pg_type where typnamespace = %s::regnamespace and typtype = 'e'",
    "label": "select enumlabel from pg_enum where enumtypid in "
    "(select oid from pg_type where typnamespace = %s::regnamespace)",
}


@dataclass(frozen=True)
class State:
    """What a schema held, and when a reader could have seen it: from the first moment on, and (later) until which."""

    facts: Facts
    since: float


@dataclass
class Storm:
    """Changes one schema, again and again, until it is stopped; each state has a generation, the schema's comment.

    One table, the ball, lies in one of `schemas` and is moved between them.
    """

    url: str
    schema: str
    schemas: tuple[str, ...]
    seed: int
    states: dict[int, State] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def prepare(self) -> None:
        """Make the schema, with something in it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            s = self.schema
            connection.execute(
                f"create schema {s}; create type {s}.mood as enum ('calm', 'wild'); create sequence {s}.queue;"
                f"create function {s}.answer() returns int language sql immutable as 'select 42';"
                f"create table {s}.t0 (id int primary key); create table {s}.t00 (id int primary key)".encode()
            )
            if s == self.schemas[0]:
                connection.execute(f"create table {s}.{BALL} (id int)".encode())
            self._commit(connection, 0)

    def blow(self) -> None:
        """Change the schema until `stopped`: bursts of transactions, and lulls between them."""
        chance = random.Random(self.seed)  # noqa: S311  # no secret
        generation = 0
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("set lock_timeout = '500ms'")
            while not self.stopped.is_set():
                for _ in range(chance.randint(1, 4)):
                    generation += 1
                    self._change(connection, generation, chance)
                self.stopped.wait(chance.choice((0.02, 0.2, 0.8, 1.5)))

    def _change(self, connection: psycopg.Connection, generation: int, chance: random.Random) -> None:
        try:
            with connection.transaction():
                for _ in range(chance.randint(1, 4)):
                    self._step(connection, f"{generation}_{chance.randrange(1000)}", chance)
                if chance.random() < 0.2:
                    self._catch_the_ball(connection)
                facts = self._note(connection, generation)
                # Before the commit is sent nobody sees the state; after it came back, nobody sees the one before.
                self.states[generation] = State(facts, time.monotonic())
        except (
            psycopg.errors.LockNotAvailable,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.UndefinedTable,
        ) as late:
            self.states.pop(generation, None)
            name = type(late).__name__
            self.failed[name] = self.failed.get(name, 0) + 1
        else:
            self._superseded(generation)

    def _step(self, connection: psycopg.Connection, generation: str, chance: random.Random) -> None:
        names = {key: self._one(connection, query, chance) for key, query in _NAMES.items()}
        tables = [row[0] for row in connection.execute(_TABLES, [self.schema]).fetchall()]
        wanted = [change for change in _CHANGES if tables or "{t}" not in change]
        table, other = (chance.choice(tables or [""]) for _ in range(2))
        statement = chance.choice(wanted if len(tables) < 12 else [_CHANGES[2]])
        text = statement.format(s=self.schema, g=generation, t=table, u=other, **names)
        try:
            with connection.transaction():
                connection.execute(text.encode())
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            raise
        except psycopg.Error:
            pass  # it does not apply to what is there now: no change

    def _one(self, connection: psycopg.Connection, query: str, chance: random.Random) -> str:
        return str(chance.choice(connection.execute(query.encode(), [self.schema]).fetchall())[0])

    def _catch_the_ball(self, connection: psycopg.Connection) -> None:
        for schema in self.schemas:
            if schema != self.schema:
                text = f"alter table if exists {schema}.{BALL} set schema {self.schema}"
                connection.execute(text.encode())

    def _note(self, connection: psycopg.Connection, generation: int) -> Facts:
        connection.execute(f"comment on schema {self.schema} is '{generation}'".encode())
        connection.execute("set local search_path = ''")
        return frozenset(connection.execute(_FACTS.encode(), {"schema": self.schema}).fetchall())

    def _commit(self, connection: psycopg.Connection, generation: int) -> None:
        with connection.transaction():
            facts = self._note(connection, generation)
            self.states[generation] = State(facts, time.monotonic())

    def _superseded(self, generation: int) -> None:
        before = max(number for number in self.states if number < generation)
        self.ends[before] = time.monotonic()

    def seen(self, generation: int) -> tuple[float, float]:
        """Return from when to when a reader could see this state."""
        return self.states[generation].since, self.ends.get(generation, float("inf"))


def facts_of(schema: Schema) -> Facts:
    """Return what the oracle would have told, from what the product captured."""
    return frozenset(_facts_of(schema))


def _facts_of(schema: Schema) -> Iterator[tuple[str | None, ...]]:
    for table in schema.tables:
        if table.name == BALL:
            continue
        for column in table.columns:
            shown = (column.data_type, str(column.not_null).lower(), column.default, column.comment)
            yield ("column", table.name, column.name, *shown)
        for constraint in table.constraints:
            match constraint:
                case CheckConstraint():
                    yield ("constraint", table.name, constraint.name, "c", constraint.expr, None, None)
                case PrimaryKey():
                    yield ("constraint", table.name, constraint.name, "p", None, None, None)
                case ForeignKey():
                    yield ("constraint", table.name, constraint.name, "f", None, constraint.ref_table, None)
                case _:
                    pass
        for index in table.indexes:
            yield ("index", table.name, index.name, index.definition, None, None, None)
        if table.definition is not None:
            yield ("view", table.name, table.definition, None, None, None, None)
    for enum in schema.enums:
        yield ("enum", enum.name, ",".join(enum.labels), None, None, None, None)
    for sequence in schema.sequences:
        yield ("sequence", sequence.name, None, None, None, None, None)
