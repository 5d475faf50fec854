-- A row is the definition of a view or materialized view.
-- Parameters: schemas text[]. Row: ViewRow.
-- Serves PostgreSQL 13 and later.
select
    c.oid as relation_oid,
    pg_catalog.pg_get_viewdef(c.oid) as definition
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('v', 'm')
order by c.oid
