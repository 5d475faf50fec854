-- A view that is VALUES and no more, and constants in branches of a UNION that nobody named.
create table reading (id int primary key, kind text, level int default -1::int check (level > -40::int));
create view grade (rank, label) as values (1, 'low'), (2, 'high');
create view kind as select kind from reading union select 'none';
create view known as select id from reading where kind in (select 'wind' union select 'rain');
create index on reading ((level - (-1::int)));
