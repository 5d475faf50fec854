-- A row is an extension of the database. Its schema is null where the catalog has lost it.
-- Parameters: none. Row: ExtensionRow.
-- Serves PostgreSQL 13 and later. The version is the installed one, whatever the server's files offer.
select
    e.extname::text as name,
    e.extversion as version,
    n.nspname::text as schema
from pg_catalog.pg_extension as e
left join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
order by e.extname collate "C"
