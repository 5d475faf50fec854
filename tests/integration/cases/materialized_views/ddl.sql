-- Materialized views are told with definition, columns, indexes and storage, filled or not.
create table sale (id int primary key, day date not null, amount numeric(8, 2));
create materialized view per_day as
    select s.day, sum(t.amount) as total from sale s join sale t on t.id = s.id group by s.day;
create materialized view not_filled with (fillfactor = 80, autovacuum_enabled = false) as
    select p.day, s.id from per_day p join sale s on s.day = p.day with no data;
create unique index per_day_idx on per_day (day);
create index per_day_partial_idx on per_day (total desc) where total > 0;
alter materialized view per_day cluster on per_day_idx;
alter materialized view per_day alter column total set statistics 200;
comment on materialized view per_day is 'Refreshed at night';
comment on column per_day.total is 'Of that day';
