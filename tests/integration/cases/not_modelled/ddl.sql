-- What schema.json has no place for: functions, base types, operators, collations; what uses them is still told.
create type celsius;
create function celsius_in(cstring) returns celsius language internal immutable strict as 'float8in';
create function celsius_out(celsius) returns cstring language internal immutable strict as 'float8out';
create type celsius (input = celsius_in, output = celsius_out, like = float8, default = '21.5');
create type only_a_shell;
create function area(int, int) returns int language sql immutable as 'select $1 * $2';
create procedure do_nothing() language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
create collation sorted from "C";
create text search configuration words (copy = simple);
create publication everything for all tables;

create table room (
    temperature celsius not null,
    readings celsius[],
    wide int,
    long int,
    surface int generated always as (area(wide, long)) stored,
    label text collate sorted,
    check (area(wide, long) > 0)
);
create index room_label_idx on room using gin (to_tsvector('public.words'::regconfig, label));
