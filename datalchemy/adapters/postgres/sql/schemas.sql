-- A row is a schema that a user made: system, TOAST and temporary schemas are left out.
-- Parameters: none. Row: SchemaRow.
-- Serves PostgreSQL 13 and later.
select
    n.oid as schema_oid,
    n.nspname::text as name
from pg_catalog.pg_namespace as n
where n.nspname <> 'information_schema'
    and n.nspname !~ '^pg_'
order by n.nspname collate "C"
