-- A row is a live column of a table of any kind, or a live attribute of a composite type.
-- Parameters: schemas text[]. Row: ColumnRow.
-- Serves PostgreSQL 13 and later. `attnum` keeps the holes of dropped columns: it is a key, never shown.
-- `collation_oid` is null where it is the type's own; `key_collation_oid` is what a key on the column sorts by unless
-- it says otherwise, 0 where nothing is to be collated.
select
    a.attrelid as relation_oid,
    a.attnum as attnum,
    a.attname::text as name,
    a.atttypid as type_oid,
    a.atttypmod as type_modifier,
    a.attndims as array_dimensions,
    a.attnotnull as not_null,
    a.attidentity::text as identity,
    a.attgenerated::text as generated,
    case when a.atthasdef then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as expression,
    a.atthasdef as has_expression,
    case when a.attcollation <> t.typcollation then a.attcollation end as collation_oid,
    a.attcollation as key_collation_oid,
    a.attislocal as local,
    a.attinhcount as parents,
    case when a.attstorage <> t.typstorage then a.attstorage::text end as storage,
    nullif(a.attstattarget, -1) as statistics_target,
    a.attoptions as parameters
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on c.oid = a.attrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
inner join pg_catalog.pg_type as t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = any(%(schemas)s)
    and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
    and a.attnum > 0
    and not a.attisdropped
order by a.attrelid, a.attnum
