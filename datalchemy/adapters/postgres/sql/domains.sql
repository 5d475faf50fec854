-- A row is a domain; its base may be a further domain.
-- Parameters: schemas text[]. Row: DomainRow.
-- Serves PostgreSQL 13 and later.
select
    t.oid as type_oid,
    n.nspname::text as schema,
    t.typname::text as name,
    t.typbasetype as base_oid,
    t.typtypmod as base_modifier,
    t.typndims as array_dimensions,
    t.typnotnull as not_null,
    coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault) as default_expression,
    case when t.typcollation <> b.typcollation then t.typcollation end as collation_oid
from pg_catalog.pg_type as t
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
inner join pg_catalog.pg_type as b on b.oid = t.typbasetype
where n.nspname = any(%(schemas)s) and t.typtype = 'd'
order by n.nspname collate "C", t.typname collate "C"
