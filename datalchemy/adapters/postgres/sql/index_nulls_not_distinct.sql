-- A row is a unique index that holds NULLs equal.
-- Parameters: schemas text[]. Row: IndexNullsNotDistinctRow.
-- Serves PostgreSQL 15 and later.
select i.indexrelid as index_oid
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on c.oid = i.indrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and i.indnullsnotdistinct
order by i.indexrelid
