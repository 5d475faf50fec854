-- A row is a constraint of a table. Kinds are an allow-list; constraint triggers are told with the triggers.
-- Parameters: schemas text[]. Row: ConstraintRow. Keys are attnums, to be mapped by attnum.
-- Serves PostgreSQL 13 and later. An FK towards a partitioned table has a clone for each of its partitions, on
-- the same referencing table: those are the server's own means and left out (manual: pg_constraint.conparentid).
select
    k.oid as constraint_oid,
    k.conrelid as relation_oid,
    k.conname::text as name,
    k.contype::text as kind,
    k.condeferrable as deferrable,
    k.condeferred as initially_deferred,
    k.convalidated as validated,
    k.conislocal as local,
    k.coninhcount > 0 or k.conparentid <> 0 as inherited,
    k.connoinherit as no_inherit,
    k.conkey::int4[] as key,
    k.confrelid as ref_relation_oid,
    rn.nspname::text as ref_schema,
    rc.relname::text as ref_table,
    k.confkey::int4[] as ref_key,
    k.confupdtype::text as on_update,
    k.confdeltype::text as on_delete,
    k.confmatchtype::text as match,
    k.conindid as index_oid,
    k.conexclop::oid[] as operators,
    case when k.contype = 'c' then pg_catalog.pg_get_expr(k.conbin, k.conrelid) end as expression,
    case when k.contype in ('c', 'x') then pg_catalog.pg_get_constraintdef(k.oid) end as definition
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_class as c on c.oid = k.conrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as rc on rc.oid = k.confrelid
left join pg_catalog.pg_namespace as rn on rn.oid = rc.relnamespace
left join pg_catalog.pg_constraint as p on p.oid = k.conparentid and k.contype = 'f'
where n.nspname = any(%(schemas)s)
    and k.contype in ('c', 'f', 'n', 'p', 'u', 'x')
    and (p.oid is null or (p.conrelid <> k.conrelid and p.confrelid = k.confrelid))
order by k.conrelid, k.conname collate "C", k.oid
