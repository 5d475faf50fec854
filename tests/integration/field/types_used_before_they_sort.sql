-- Defaults and CHECKs that name types which sort behind them, also row types of tables.
create type zz_state as enum ('open', 'closed');
create type zz_pair as (low int, high int);
create domain aa_state as text default ('open'::zz_state)::text check (value::zz_state is not null);
create domain ab_states as text[] default array['open'::zz_state, 'closed']::text[] check (value::zz_state[] is not null);
alter domain aa_state add constraint not_closed check (value::zz_state <> 'closed') not valid;
create table zy_row (a int, b text, s aa_state);
create domain aa_row as text default (row(1, 'b', 'open')::zy_row)::text check ((value::zy_row).a > 0);
create table holder (
    s aa_state, l ab_states, r aa_row, p text default (row(1, 2)::zz_pair)::text check ((p::zz_pair).low < (p::zz_pair).high),
    x text default (row(1, 'b', 'open')::zy_row)::text, constraint row_check check (x::zy_row is not null),
    g int generated always as ((row(1, 2)::zz_pair).high) stored
);
create table parent (a int, t text check (t::zz_state is not null), d text default 'open'::zz_state);
create table child (more int) inherits (parent);
alter table child alter column d drop default;
create table grandchild (s zz_state) inherits (child);
alter table grandchild alter column d set default 'closed'::zz_state;
create table root (k text default 'open'::zz_state, v int, check (k::zz_state is not null)) partition by list (((row(v, 1)::zz_pair).low));
create table leaf partition of root for values in (1);
create view a_view as select 'open'::text::zz_state as s, (row(1, 'b', 'open')::zy_row) as r;
create view b_view as select s from holder;
alter view b_view alter column s set default ('closed'::zz_state)::text;
create index on holder (((row(g, 1)::zz_pair).low)) where row(g, 1)::zz_pair = row(1, 1)::zz_pair;
comment on constraint row_check on holder is 'of a row';
