-- A row is the key of a partitioned table; `key` holds attnums, 0 for an expression.
-- Parameters: schemas text[]. Row: PartitionKeyRow. `expressions` is the server's list of all of them in one text.
-- Serves PostgreSQL 13 and later.
select
    p.partrelid as relation_oid,
    p.partstrat::text as strategy,
    pg_catalog.string_to_array(p.partattrs::text, ' ')::int4[] as key,
    pg_catalog.string_to_array(p.partclass::text, ' ')::oid[] as operator_classes,
    pg_catalog.string_to_array(p.partcollation::text, ' ')::oid[] as collations,
    pg_catalog.pg_get_expr(p.partexprs, p.partrelid) as expressions,
    pg_catalog.pg_get_partkeydef(p.partrelid) as definition
from pg_catalog.pg_partitioned_table as p
inner join pg_catalog.pg_class as c on c.oid = p.partrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
order by p.partrelid
