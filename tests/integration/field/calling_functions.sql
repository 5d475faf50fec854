-- requires PostgreSQL 14
-- What calls functions whose arguments are types of the script: neither can come first as a whole.
create schema app;
create type app.mood as enum ('sad', 'ok');
create type app.pair as (low int, high int);
create table app.base (id int primary key, note text, m app.mood);
create view app.plain as select id, m from app.base;
create function app.weight(app.mood) returns int language sql immutable as $$ select case $1 when 'sad' then 1 else 2 end $$;
create function app.first(app.base) returns text language sql immutable as 'select $1.note';
create function app.seen(app.plain) returns int language sql immutable as 'select $1.id';
create function app.fresh() returns text language sql volatile as $$ select 'fresh' $$;
create function app.positive(int) returns boolean language sql immutable as 'select $1 > 0';
create function app.moods() returns setof app.mood language sql as $$ select 'ok'::app.mood $$;
create function app.total(int, int) returns int language sql immutable as 'select $1 + $2';
create aggregate app.summed(int) (sfunc = app.total, stype = int, initcond = '0');
create operator app.<+> (leftarg = int, rightarg = int, function = app.total);
create domain app.counted as int default app.total(1, 2) check (app.positive(value)) check (value < 100);
create domain app.listed as int check (app.positive(value));
create domain app.over_listed as app.listed[] default array[1]::app.listed[];
create table app.calling (
    id app.counted primary key, note text default app.fresh(), m app.mood default 'ok' check (app.weight(m) > 0), l app.over_listed,
    n int default 1 operator(app.<+>) 2, w int generated always as (app.weight('ok')) stored, base_id int references app.base,
    constraint low check (app.total(n, 1) operator(app.<+>) 3 > 0)
);
comment on constraint low on app.calling is 'low';
comment on domain app.counted is 'counted';
alter table app.base add column late text default app.fresh() not null, add constraint late_check check (app.weight(m) < 9);
create table app.inheriting (more int default app.total(1, 1)) inherits (app.base);
alter table app.inheriting alter column late set default 'x' || app.fresh();
create table app.parts (id int default app.total(2, 2), m app.mood, check (app.positive(id))) partition by list (app.weight(m));
create table app.part_1 partition of app.parts (constraint own check (app.total(id, 1) > 0)) for values in (1);
create table app.ordinary (id int default app.total(2, 2), check (app.positive(id))) partition by range (id);
create table app.ordinary_1 partition of app.ordinary for values from (1) to (9);
create view app.over_functions as select app.weight(m) as w, app.first(b) as f, app.summed(id) over () as s from app.base b, app.moods();
create view app.over_views as select w from app.over_functions;
create view app.seen as select app.seen(p) from app.plain p;
create materialized view app.kept as select m from app.moods() as m(m) group by m;
create view app.with_defaults as select id, note from app.base;
alter view app.with_defaults alter column note set default app.fresh();
create view app.grouped as select id, note, count(*) from app.base group by id;
create table app.of_view (v app.over_functions, g app.grouped);
create index on app.base (app.weight(m)) where app.first(base.*) <> '';
create statistics app.weights (ndistinct) on (app.weight(m)), id from app.base;
create unique index on app.kept (m);
create domain app.in_rows as int check (app.positive(value));
create domain app.over_in_rows as app.in_rows;
create table app.holding (v app.over_in_rows);
create table app.of_holding (h app.holding[]);
