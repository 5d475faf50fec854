-- What schema.json has not: created between the two sections.
create function app.weight(app.mood) returns int language sql immutable as $$ select case $1 when 'sad' then 1 else 2 end $$;
create function app.first(app.base) returns text language sql immutable as 'select $1.note';
create function app.seen(app.plain) returns int language sql immutable as 'select $1.id';
create function app.fresh() returns text language sql volatile as $$ select 'fresh' $$;
create function app.positive(int) returns boolean language sql immutable as 'select $1 > 0';
create function app.moods() returns setof app.mood language sql as $$ select 'ok'::app.mood $$;
create function app.total(int, int) returns int language sql immutable as 'select $1 + $2';
create aggregate app.summed(int) (sfunc = app.total, stype = int, initcond = '0');
create operator app.<+> (leftarg = int, rightarg = int, function = app.total);
