-- A row is a key of an index that has operator class parameters or a statistics target of its own.
-- Parameters: schemas text[]. Row: IndexKeyOptionsRow.
-- Serves PostgreSQL 13 and later.
select
    a.attrelid as index_oid,
    a.attnum as position,
    a.attoptions as parameters,
    nullif(a.attstattarget, -1) as statistics_target
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on c.oid = a.attrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('i', 'I')
    and (a.attoptions is not null or a.attstattarget >= 0)
order by a.attrelid, a.attnum
