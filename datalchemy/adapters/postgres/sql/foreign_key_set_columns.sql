-- A row is an FK whose ON DELETE SET NULL or SET DEFAULT names columns.
-- Parameters: schemas text[]. Row: ForeignKeySetColumnsRow.
-- Serves PostgreSQL 15 and later.
select
    k.oid as constraint_oid,
    k.confdelsetcols::int4[] as key
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_namespace as n on n.oid = k.connamespace
where n.nspname = any(%(schemas)s)
    and k.contype = 'f'
    and k.confdelsetcols is not null
order by k.oid
