-- What the views call; schema.json has no functions.
create schema shapes;
create function shapes.scaled(value int, factor int default 2) returns int language sql immutable as 'select $1 * $2';
create function shapes.listed(variadic parts text[]) returns setof text language sql immutable as 'select unnest($1)';
