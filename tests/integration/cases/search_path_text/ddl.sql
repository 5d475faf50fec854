-- Every name in rendered text is qualified, whatever search path the objects were made with or the reader starts with.
create schema app;
create schema lib;
do $$ begin execute format('alter database %I set search_path = app, lib, public', current_database()); end $$;
set search_path = app, lib, public;

create type lib.color as enum ('red', 'blue');
create domain lib.label as text check (value <> 'none');
create function lib.clean(v text) returns text language sql immutable as 'select lower(v)';
create sequence lib.counter;
create table app.item (
    id int default nextval('counter') primary key,
    color color default 'red',
    label label default 'x'::label,
    labels label[],
    cleaned text generated always as (clean('A')) stored,
    kind regclass default 'app.item'::regclass,
    constraint item_color_check check (color <> 'blue'::color and clean(label) <> '')
);
create index item_clean_idx on app.item (clean(label)) where color = 'red';
create table app.item_log (item_id int references item, color color) partition by list (color);
create table lib.item_log_red partition of app.item_log for values in ('red');
create view app.item_view as select i.id, clean(l.color::text) as c from item i join item_log l on l.item_id = i.id;
