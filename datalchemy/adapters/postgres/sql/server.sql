-- One row: who answered.
-- Parameters: none. Row: ServerRow.
-- Serves PostgreSQL 9.2 and later, so that an older server can be refused by name.
select
    pg_catalog.current_setting('server_version') as version,
    pg_catalog.current_setting('server_version_num')::int as version_num,
    pg_catalog.current_database()::text as database,
    current_user::text as role
