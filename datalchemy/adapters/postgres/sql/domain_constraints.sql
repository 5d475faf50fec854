-- A row is a CHECK or a named NOT NULL (PostgreSQL 17) of a domain.
-- Parameters: schemas text[]. Row: DomainConstraintRow.
-- Serves PostgreSQL 13 and later.
select
    k.oid as constraint_oid,
    k.contypid as type_oid,
    k.conname::text as name,
    k.contype::text as kind,
    k.convalidated as validated,
    case when k.contype = 'c' then pg_catalog.pg_get_expr(k.conbin, 0) end as expression,
    case when k.contype = 'c' then pg_catalog.pg_get_constraintdef(k.oid) end as definition
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_type as t on t.oid = k.contypid
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any(%(schemas)s)
    and k.contype in ('c', 'n')
order by k.contypid, k.conname collate "C", k.oid
