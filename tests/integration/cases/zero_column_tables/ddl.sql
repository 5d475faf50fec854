-- A table, a view and a composite type may have no column at all.
create table nothing ();
create table all_dropped (a int primary key, b text);
alter table all_dropped drop column a, drop column b;
create table child () inherits (nothing);
create view no_column as select;
create type no_attribute as ();
