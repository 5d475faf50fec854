-- A row is a column of a table outside the schemas asked for that an FK inside them references.
-- Parameters: schemas text[]. Row: OutsideColumnRow.
-- Serves PostgreSQL 13 and later.
select distinct
    a.attrelid as relation_oid,
    a.attnum as attnum,
    a.attname::text as name
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_class as c on c.oid = k.conrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
inner join pg_catalog.pg_class as rc on rc.oid = k.confrelid
inner join pg_catalog.pg_namespace as rn on rn.oid = rc.relnamespace
inner join pg_catalog.pg_attribute as a on a.attrelid = k.confrelid and a.attnum = any(k.confkey)
where k.contype = 'f'
    and n.nspname = any(%(schemas)s)
    and rn.nspname <> all(%(schemas)s)
order by a.attrelid, a.attnum
