-- A row is a constraint that is not enforced, or that compares periods (WITHOUT OVERLAPS, PERIOD).
-- Parameters: schemas text[]. Row: ConstraintVariantRow.
-- Serves PostgreSQL 18 and later.
select
    k.oid as constraint_oid,
    k.conenforced as enforced,
    k.conperiod as period
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_namespace as n on n.oid = k.connamespace
where n.nspname = any(%(schemas)s)
    and (k.conperiod or not k.conenforced)
order by k.oid
