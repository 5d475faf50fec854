-- A row is one parent of a table, by inheritance or partitioning; either may be outside the schemas asked for.
-- Parameters: schemas text[]. Row: ParentRow.
-- Serves PostgreSQL 13 and later.
select
    h.inhrelid as relation_oid,
    n.nspname::text as schema,
    c.relname::text as name,
    h.inhseqno as position,
    h.inhparent as parent_oid,
    pn.nspname::text as parent_schema,
    pc.relname::text as parent_table
from pg_catalog.pg_inherits as h
inner join pg_catalog.pg_class as c on c.oid = h.inhrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
inner join pg_catalog.pg_class as pc on pc.oid = h.inhparent
inner join pg_catalog.pg_namespace as pn on pn.oid = pc.relnamespace
where (n.nspname = any(%(schemas)s) or pn.nspname = any(%(schemas)s))
    and c.relkind in ('r', 'p', 'f')
order by h.inhrelid, h.inhseqno
