-- A row is an enum type with its labels in their sort order.
-- Parameters: schemas text[]. Row: EnumRow.
-- Serves PostgreSQL 13 and later.
select
    t.oid as type_oid,
    n.nspname::text as schema,
    t.typname::text as name,
    array(
        select l.enumlabel::text
        from pg_catalog.pg_enum as l
        where l.enumtypid = t.oid
        order by l.enumsortorder
    ) as labels
from pg_catalog.pg_type as t
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any(%(schemas)s) and t.typtype = 'e'
order by n.nspname collate "C", t.typname collate "C"
