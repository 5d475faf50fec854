-- A row is a range type.
-- Parameters: schemas text[]. Row: RangeRow.
-- Serves PostgreSQL 13 and later.
select
    t.oid as type_oid,
    n.nspname::text as schema,
    t.typname::text as name,
    r.rngsubtype as subtype_oid,
    r.rngsubopc as operator_class_oid,
    case when r.rngcollation <> s.typcollation then r.rngcollation end as collation_oid,
    cn.nspname::text as canonical_schema,
    cp.proname::text as canonical_name,
    dn.nspname::text as subtype_diff_schema,
    dp.proname::text as subtype_diff_name
from pg_catalog.pg_range as r
inner join pg_catalog.pg_type as t on t.oid = r.rngtypid
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
inner join pg_catalog.pg_type as s on s.oid = r.rngsubtype
left join pg_catalog.pg_proc as cp on cp.oid = r.rngcanonical
left join pg_catalog.pg_namespace as cn on cn.oid = cp.pronamespace
left join pg_catalog.pg_proc as dp on dp.oid = r.rngsubdiff
left join pg_catalog.pg_namespace as dn on dn.oid = dp.pronamespace
where n.nspname = any(%(schemas)s)
order by n.nspname collate "C", t.typname collate "C"
