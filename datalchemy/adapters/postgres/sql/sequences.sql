-- A row is a sequence with its options and the column that owns it ('a': serial or OWNED BY, 'i': identity).
-- Parameters: schemas text[]. Row: SequenceRow.
-- Serves PostgreSQL 13 and later. The owner is a dependency, not a matter of names; `in_default` says that the default
-- of the owner depends on the sequence: a column may own several.
select
    c.oid as sequence_oid,
    n.nspname::text as schema,
    c.relname::text as name,
    c.relpersistence::text as persistence,
    s.seqtypid as type_oid,
    s.seqstart as start,
    s.seqincrement as increment,
    s.seqmin as minimum,
    s.seqmax as maximum,
    s.seqcache as cache,
    s.seqcycle as cycle,
    d.refobjid as owner_oid,
    d.refobjsubid as owner_attnum,
    d.deptype::text as ownership,
    u.objid is not null as in_default
from pg_catalog.pg_sequence as s
inner join pg_catalog.pg_class as c on c.oid = s.seqrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.objid = c.oid
    and d.objsubid = 0
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.refobjsubid > 0
    and d.deptype in ('a', 'i')
left join pg_catalog.pg_attrdef as e on e.adrelid = d.refobjid and e.adnum = d.refobjsubid
left join pg_catalog.pg_depend as u
    on u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    and u.objid = e.oid
    and u.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and u.refobjid = c.oid
where n.nspname = any(%(schemas)s)
order by n.nspname collate "C", c.relname collate "C"
