-- A row is a partition whose DETACH CONCURRENTLY was interrupted.
-- Parameters: schemas text[]. Row: PendingDetachRow.
-- Serves PostgreSQL 14 and later.
select h.inhrelid as relation_oid
from pg_catalog.pg_inherits as h
inner join pg_catalog.pg_class as c on c.oid = h.inhrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and h.inhdetachpending
order by h.inhrelid
