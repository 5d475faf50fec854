-- A row is the multirange type that comes with a range type.
-- Parameters: schemas text[]. Row: MultirangeRow.
-- Serves PostgreSQL 14 and later.
select
    r.rngtypid as range_oid,
    mn.nspname::text as schema,
    m.typname::text as name
from pg_catalog.pg_range as r
inner join pg_catalog.pg_type as t on t.oid = r.rngtypid
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
inner join pg_catalog.pg_type as m on m.oid = r.rngmultitypid
inner join pg_catalog.pg_namespace as mn on mn.oid = m.typnamespace
where n.nspname = any(%(schemas)s)
order by r.rngtypid
