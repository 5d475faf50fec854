-- A row is a stand-alone composite type; its attributes come with the columns, under `relation_oid`.
-- Parameters: schemas text[]. Row: CompositeRow.
-- Serves PostgreSQL 13 and later.
select
    t.oid as type_oid,
    c.oid as relation_oid,
    n.nspname::text as schema,
    t.typname::text as name
from pg_catalog.pg_type as t
inner join pg_catalog.pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any(%(schemas)s) and t.typtype = 'c'
order by n.nspname collate "C", t.typname collate "C"
