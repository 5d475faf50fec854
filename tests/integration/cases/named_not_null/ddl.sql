-- requires PostgreSQL 18
-- NOT NULL constraints have names, may be NO INHERIT or NOT VALID, and keep their names when a table is renamed.
create table old_name (
    a int not null,
    b int constraint "b is needed" not null,
    c int constraint c_here_only not null no inherit,
    d int,
    e int,
    id int primary key
);
alter table old_name add constraint d_not_valid not null d not valid;
alter table old_name add constraint e_added not null e;
comment on constraint "b is needed" on old_name is 'b is needed, too';
create table child (f int, constraint c_in_child not null c, constraint a_in_child not null a) inherits (old_name);
alter table old_name rename to new_name;

create domain needed as text constraint needed_always not null;
comment on constraint needed_always on domain needed is 'There is always a text';
create table uses_domain (x needed);
