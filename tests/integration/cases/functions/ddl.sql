-- Functions of each kind: identity, result, flags, digest of the source. What comes with a type or an extension is left out.
create schema lib;
create type lib.mood as enum ('sad', 'ok');
create domain lib.code as text;
create table item (id int primary key, label text);

create function nothing() returns void language sql as '';
create function same(a int) returns int language sql immutable strict parallel safe as 'select a';
create function same(a text) returns text language sql stable parallel restricted as 'select a';
create function lib.same(a int) returns int language sql as 'select a';
create function "we""ird, (x"("a ""b" int, "C" lib.mood default 'ok') returns lib.code[] language sql as 'select null::lib.code[]';
create function modes(in a int, out b int, inout c text, variadic d int[]) language sql as 'select 1, $2';
create function of_table(keys int[]) returns table (id int, label text) language sql as 'select id, label from item';
create function rows_of_item() returns setof item language sql as 'table item';
create function of_row(item) returns text language sql as 'select $1.label';
create function any_of(anyelement, anyarray) returns boolean language sql as 'select $1 = any ($2)';
create function note() returns trigger language plpgsql as $$
begin
    -- the source has lines, 'quotes' and $letters$ of any kind: é, 名前
    return new;
end
$$;
create function safe(a int) returns int language sql security definer set search_path = '' as 'select a';
create function tuned(a int) returns int language sql set work_mem = '1MB' set app.search_path = 'x' as 'select a';
create function in_c(int4, int4) returns int4 language internal immutable strict as 'int4pl';
create function ranked() returns bigint language internal window immutable as 'window_rank';
create procedure act(inout a int) language plpgsql as 'begin a := 1; end';
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
create aggregate total(bigint) (sfunc = int8pl, stype = bigint, combinefunc = int8pl, parallel = safe);
create aggregate lib.nth(float8 order by anyelement) (
    sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
create aggregate counted(*) (sfunc = int8inc, stype = bigint, initcond = '0');

create function brought() returns int language sql as 'select 1';
alter extension plpgsql add function brought();
create type span as range (subtype = int4);

create trigger note before insert on item for each row execute function note();
comment on function same(int) is 'The same number.';
comment on procedure act(int) is 'Acts.';
comment on aggregate total(int) is 'A sum.';
