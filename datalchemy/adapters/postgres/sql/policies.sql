-- A row is a row-level security policy.
-- Parameters: schemas text[]. Row: PolicyRow.
-- Serves PostgreSQL 13 and later.
select
    p.oid as policy_oid,
    p.polrelid as relation_oid,
    p.polname::text as name,
    p.polcmd::text as command,
    p.polpermissive as permissive
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on c.oid = p.polrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
order by p.polrelid, p.polname collate "C"
