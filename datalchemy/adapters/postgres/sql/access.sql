-- One row: how many schemas and tables of users there are, and from how many of the tables this role may select.
-- Parameters: none. Row: AccessRow.
-- Serves PostgreSQL 13 and later. Reading the catalogs needs no privilege: a run captures tables that it may not select.
select
    (
        select pg_catalog.count(*)
        from pg_catalog.pg_namespace as n
        where n.nspname <> 'information_schema'
            and n.nspname !~ '^pg_'
    ) as schemas,
    pg_catalog.count(*) as tables,
    pg_catalog.count(*) filter (
        where pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
    ) as selectable_tables
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname <> 'information_schema'
    and n.nspname !~ '^pg_'
    and c.relkind in ('r', 'p', 'f', 'v', 'm')
