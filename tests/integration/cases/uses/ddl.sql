-- requires PostgreSQL 14
-- What an expression uses of what users made: functions with their arguments, types; an operator is told as its function.
create schema other;
create type other.mood as enum ('sad', 'ok');
create type other.pair as (a int, b int);
create function other.plain() returns int language sql immutable as 'select 1';
create function other.many(one int, two other.mood, three text[], out four int, variadic five int[])
    language sql immutable as 'select 1';
create function other.same(int, int) returns boolean language sql immutable as 'select $1 = $2';
create operator other.=== (leftarg = int, rightarg = int, function = other.same);
create domain other.base as int check (value > other.plain());
create domain other.over as other.base default other.plain() check (value::text::other.mood is not null);
create table other.t (
    id int default other.plain(),
    m other.mood default 'ok',
    g int generated always as (length('x') + other.plain()) stored,
    b text default lower('A'),
    p int check ((row(id, 1)::other.pair).a > 0 or id operator(other.===) 2),
    moods other.mood[] check (moods <> array['sad']::other.mood[]),
    exclude using btree ((id + other.plain()) with =) where (m = 'sad'),
    constraint counted check (other.many(id, m, '{}', 1, 2) > 0)
);
create index used_by_index on other.t ((id + other.plain())) where m <> 'ok'::other.mood;
create statistics other.used_by_statistics on (id + other.plain()), b from other.t;
create table other.parts (id int, m other.mood) partition by range ((id + other.plain()), m);
create table other.typed of other.pair;
create view other.seen as
    select other.plain() as a, lower('OK')::other.mood as m, array['sad']::other.mood[] as l from other.t where other.same(1, 1);
alter view other.seen alter column a set default other.plain() + 1;
create view other.bare as select now() as n from other.t;
create table other.guarded (id int, owner text);
create function other.may(text) returns boolean language sql stable as 'select true';
create function other.note() returns trigger language plpgsql as 'begin return null; end';
create policy own on other.guarded using (other.may(owner));
create trigger noted after update on other.guarded for each row when (other.may(new.owner)) execute function other.note();
create rule kept as on delete to other.guarded where other.may(old.owner) do instead nothing;
