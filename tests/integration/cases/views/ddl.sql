-- Views are told with their definition, their options and what they read; their columns may have defaults.
create schema other;
create table author (id int primary key, name varchar(40) not null, born date);
create table other.book (id int primary key, author_id int references author, title text, price numeric(8, 2));
create view book_list as
    select b.id, b.title, a.name as author, b.price * 2 as "double price", array[b.id, a.id] as ids
    from other.book b join author a on a.id = b.author_id;
create view on_view with (security_barrier = true) as
    select l.id, l.title, a.born from book_list l join author a on a.name::text = l.author::text
    where exists (select 1 from other.book b where b.title = l.title);
create view other.book_list as
    select b.id from other.book b join public.book_list l on l.id = b.id union all select 2 as id;
create view constant (a, b) as select 1, 'x'::text;
alter view book_list alter column title set default 'untitled';
comment on view book_list is 'Books with their authors';
comment on column book_list.author is 'The name only';
