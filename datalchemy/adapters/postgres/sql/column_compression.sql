-- A row is a column whose compression method was chosen.
-- Parameters: schemas text[]. Row: ColumnCompressionRow.
-- Serves PostgreSQL 14 and later.
select
    a.attrelid as relation_oid,
    a.attnum as attnum,
    a.attcompression::text as compression
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on c.oid = a.attrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('r', 'p', 'f', 'm')
    and a.attnum > 0
    and not a.attisdropped
    and a.attcompression <> ''
order by a.attrelid, a.attnum
