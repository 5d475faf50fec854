-- One row: the version, and what the session was pinned to, so that a catalog is rendered alike for everyone.
-- Parameters: none. No row type. The first column is version()'s. The timeouts were set before, by pin_timeouts.
-- Serves PostgreSQL 9.2 and later. All settings are local to the transaction, so that a pooler is left as it was.
select
    pg_catalog.version(),
    -- An SQL_ASCII database may hold any bytes: the server would refuse to hand them out as UTF-8.
    pg_catalog.set_config('client_encoding',
        case pg_catalog.current_setting('server_encoding') when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end, true),
    pg_catalog.set_config('search_path', '', true),
    pg_catalog.set_config('DateStyle', 'ISO, YMD', true),
    pg_catalog.set_config('IntervalStyle', 'postgres', true),
    pg_catalog.set_config('TimeZone', 'UTC', true),
    pg_catalog.set_config('extra_float_digits', '3', true),
    pg_catalog.set_config('bytea_output', 'hex', true),
    pg_catalog.set_config('lc_monetary', 'C', true),
    pg_catalog.set_config('quote_all_identifiers', 'off', true),
    pg_catalog.set_config('standard_conforming_strings', 'on', true),
    pg_catalog.set_config('jit', 'off', true)
