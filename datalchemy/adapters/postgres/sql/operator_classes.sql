-- A row is an operator class; `is_default` says that it is its access method's default for its type.
-- Parameters: none. Row: OperatorClassRow.
-- Serves PostgreSQL 13 and later.
select
    o.oid as operator_class_oid,
    n.nspname::text as schema,
    o.opcname::text as name,
    o.opcdefault as is_default
from pg_catalog.pg_opclass as o
inner join pg_catalog.pg_namespace as n on n.oid = o.opcnamespace
order by o.oid
