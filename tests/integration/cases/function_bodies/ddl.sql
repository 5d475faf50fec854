-- requires PostgreSQL 14
-- A body that the server has parsed has no text of its own: its digest is that of the server's spelling.
create table item (id int primary key, label varchar(9));
create function twice(a int) returns int language sql immutable return a * 2;
create function many() returns setof item language sql begin atomic
    select id, label from item where label in ('a', 'b');
    select id, label from item;
end;
create procedure fill(n int) language sql begin atomic
    insert into item select g, 'x' from generate_series(1, n) as g;
end;
create function empty() returns void language sql begin atomic end;
