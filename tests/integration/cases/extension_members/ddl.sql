-- What belongs to an extension says so; its columns, indexes and sequences go with it.
create schema owned;
create type owned.level as enum ('low', 'high');
create domain owned.code as text;
create type owned.pair as (a int, b int);
create type owned.span as range (subtype = int4);
create sequence owned.counter;
create table owned.item (id serial primary key, level owned.level);
create view owned.item_view as select a.id from owned.item a join owned.item b on a.id = b.id;
create table mine (item_id int references owned.item, level owned.level);
alter extension plpgsql add schema owned;
alter extension plpgsql add type owned.level;
alter extension plpgsql add domain owned.code;
alter extension plpgsql add type owned.pair;
alter extension plpgsql add type owned.span;
alter extension plpgsql add sequence owned.counter;
alter extension plpgsql add table owned.item;
alter extension plpgsql add view owned.item_view;
