-- A row is a distinct (type, modifier) that a column, attribute, domain, range or sequence in the schemas uses.
-- Parameters: schemas text[]. Row: TypeRow. `domain_not_null` looks along the whole chain of domains.
-- Serves PostgreSQL 13 and later. An array type is one whose element names it as its array (int2vector is none).
with recursive used (type_oid, type_modifier) as (
    select a.atttypid, a.atttypmod
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_class as c on c.oid = a.attrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s)
        and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
        and a.attnum > 0
        and not a.attisdropped
    union
    select t.typbasetype, t.typtypmod
    from pg_catalog.pg_type as t
    inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
    where n.nspname = any(%(schemas)s) and t.typtype = 'd'
    union
    select r.rngsubtype, -1
    from pg_catalog.pg_range as r
    inner join pg_catalog.pg_type as t on t.oid = r.rngtypid
    inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
    where n.nspname = any(%(schemas)s)
    union
    select s.seqtypid, -1
    from pg_catalog.pg_sequence as s
    inner join pg_catalog.pg_class as c on c.oid = s.seqrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s)
),
chain (type_oid, base_oid, not_null) as (
    select t.oid, t.typbasetype, t.typnotnull
    from pg_catalog.pg_type as t
    where t.typtype = 'd' and t.oid in (select u.type_oid from used as u)
    union all
    select l.type_oid, t.typbasetype, t.typnotnull
    from chain as l
    inner join pg_catalog.pg_type as t on t.oid = l.base_oid and t.typtype = 'd'
),
closed (type_oid) as (
    select l.type_oid
    from chain as l
    group by l.type_oid
    having pg_catalog.bool_or(l.not_null)
)
select
    u.type_oid as type_oid,
    u.type_modifier as type_modifier,
    pg_catalog.format_type(u.type_oid, u.type_modifier) as data_type,
    n.nspname::text as schema,
    t.typname::text as name,
    t.typtype::text as kind,
    en.nspname::text as element_schema,
    e.typname::text as element_name,
    e.typtype::text as element_kind,
    o.type_oid is not null as domain_not_null
from used as u
inner join pg_catalog.pg_type as t on t.oid = u.type_oid
inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_type as e on e.oid = t.typelem and e.typarray = t.oid
left join pg_catalog.pg_namespace as en on en.oid = e.typnamespace
left join closed as o on o.type_oid = u.type_oid
order by u.type_oid, u.type_modifier
