-- A row is an operator that an EXCLUDE constraint uses.
-- Parameters: schemas text[]. Row: OperatorRow.
-- Serves PostgreSQL 13 and later.
select
    o.oid as operator_oid,
    n.nspname::text as schema,
    o.oprname::text as name
from pg_catalog.pg_operator as o
inner join pg_catalog.pg_namespace as n on n.oid = o.oprnamespace
where o.oid in (
    select pg_catalog.unnest(k.conexclop)
    from pg_catalog.pg_constraint as k
    inner join pg_catalog.pg_namespace as kn on kn.oid = k.connamespace
    where k.contype = 'x' and kn.nspname = any(%(schemas)s)
)
order by o.oid
