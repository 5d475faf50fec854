-- requires PostgreSQL 16
-- A view through which rows are written may check them, or read as its user; older majors spell its text otherwise.
create table book (id int primary key, title text, price numeric(8, 2));
create view dear with (security_invoker = true) as select id, title, price from book where price > 100;
create view dear_local as select id, title from dear where id > 10 with local check option;
create view dear_cascaded with (security_barrier) as select * from dear with cascaded check option;
alter view dear_local alter column title set default 'untitled';
