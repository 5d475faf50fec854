-- A row is a collation that a column, an index, a partition key, a domain or a range in the schemas could name.
-- Parameters: none. Row: CollationRow.
-- Serves PostgreSQL 13 and later.
select
    l.oid as collation_oid,
    n.nspname::text as schema,
    l.collname::text as name
from pg_catalog.pg_collation as l
inner join pg_catalog.pg_namespace as n on n.oid = l.collnamespace
order by l.oid
