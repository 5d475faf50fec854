-- One row: who answered, and how large its catalogs are: no answer about them is much larger.
-- Parameters: none. Row: ServerRow.
-- Serves PostgreSQL 9.2 and later, so that an older server can be refused by name.
select
    pg_catalog.current_setting('server_version') as version,
    pg_catalog.current_setting('server_version_num')::int as version_num,
    pg_catalog.current_database()::text as database,
    current_user::text as role,
    (
        select pg_catalog.sum(pg_catalog.pg_table_size(c.oid))::int8
        from pg_catalog.pg_class as c
        where c.relnamespace = 11 -- pg_catalog, by its fixed OID
            and c.relname in ('pg_attrdef', 'pg_attribute', 'pg_class', 'pg_constraint', 'pg_depend', 'pg_description',
                'pg_enum', 'pg_index', 'pg_inherits', 'pg_namespace', 'pg_policy', 'pg_proc', 'pg_rewrite',
                'pg_statistic_ext', 'pg_trigger', 'pg_type')
    ) as catalog_bytes
