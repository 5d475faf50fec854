-- A row counts the objects of one kind that schema.json has no place for, in one schema or (null) in the database, and
-- names the first twenty; those that belong to an extension, or that come with a type, are left out.
-- Parameters: schemas text[]. Row: NotModelledRow.
-- Serves PostgreSQL 13 and later.
with members (class_oid, object_oid) as (
    select d.classid, d.objid
    from pg_catalog.pg_depend as d
    where (d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e')
        -- the cast of a range type comes with it
        or (d.deptype = 'i' and d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass)
),
found (class_oid, object_oid, schema_oid, kind, name) as (
    select 'pg_catalog.pg_type'::pg_catalog.regclass::oid, t.oid, t.typnamespace,
        case when t.typisdefined then 'base type' else 'shell type' end, t.typname::text
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_type as e on e.oid = t.typelem and e.typarray = t.oid
    where e.oid is null and t.typtype not in ('c', 'd', 'e', 'r', 'm')
    union all
    select 'pg_catalog.pg_operator'::pg_catalog.regclass::oid, o.oid, o.oprnamespace, 'operator',
        o.oprname::text || ' (' || pg_catalog.format_type(o.oprleft, null) || ', '
            || pg_catalog.format_type(o.oprright, null) || ')'
    from pg_catalog.pg_operator as o
    union all
    select 'pg_catalog.pg_opclass'::pg_catalog.regclass::oid, o.oid, o.opcnamespace, 'operator class',
        o.opcname::text || ' (' || coalesce(a.amname::text, '?') || ')'
    from pg_catalog.pg_opclass as o
    left join pg_catalog.pg_am as a on a.oid = o.opcmethod
    union all
    select 'pg_catalog.pg_opfamily'::pg_catalog.regclass::oid, o.oid, o.opfnamespace, 'operator family',
        o.opfname::text || ' (' || coalesce(a.amname::text, '?') || ')'
    from pg_catalog.pg_opfamily as o
    left join pg_catalog.pg_am as a on a.oid = o.opfmethod
    union all
    select 'pg_catalog.pg_collation'::pg_catalog.regclass::oid, l.oid, l.collnamespace, 'collation', l.collname::text
    from pg_catalog.pg_collation as l
    union all
    select 'pg_catalog.pg_conversion'::pg_catalog.regclass::oid, v.oid, v.connamespace, 'conversion', v.conname::text
    from pg_catalog.pg_conversion as v
    union all
    select 'pg_catalog.pg_ts_config'::pg_catalog.regclass::oid, x.oid, x.cfgnamespace, 'text search configuration', x.cfgname::text
    from pg_catalog.pg_ts_config as x
    union all
    select 'pg_catalog.pg_ts_dict'::pg_catalog.regclass::oid, x.oid, x.dictnamespace, 'text search dictionary', x.dictname::text
    from pg_catalog.pg_ts_dict as x
    union all
    select 'pg_catalog.pg_ts_parser'::pg_catalog.regclass::oid, x.oid, x.prsnamespace, 'text search parser', x.prsname::text
    from pg_catalog.pg_ts_parser as x
    union all
    select 'pg_catalog.pg_ts_template'::pg_catalog.regclass::oid, x.oid, x.tmplnamespace, 'text search template', x.tmplname::text
    from pg_catalog.pg_ts_template as x
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, c.oid, c.relnamespace,
        'relation of kind ' || c.relkind::text, c.relname::text
    from pg_catalog.pg_class as c
    where c.relkind not in ('r', 'p', 'f', 'v', 'm', 'S', 'c', 'i', 'I', 't')
    union all
    select 'pg_catalog.pg_constraint'::pg_catalog.regclass::oid, k.oid, k.connamespace,
        'constraint of kind ' || k.contype::text, k.conname::text
    from pg_catalog.pg_constraint as k
    where k.contype not in ('c', 'f', 'n', 'p', 'u', 'x', 't')
),
found_globally (class_oid, object_oid, kind, name) as (
    select 'pg_catalog.pg_cast'::pg_catalog.regclass::oid, c.oid, 'cast',
        pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null)
    from pg_catalog.pg_cast as c
    where c.oid >= 16384
    union all
    select 'pg_catalog.pg_event_trigger'::pg_catalog.regclass::oid, e.oid, 'event trigger', e.evtname::text
    from pg_catalog.pg_event_trigger as e
    union all
    select 'pg_catalog.pg_publication'::pg_catalog.regclass::oid, p.oid, 'publication', p.pubname::text
    from pg_catalog.pg_publication as p
    union all
    -- no extension owns one; before PostgreSQL 14 its oid is not for everyone to read
    select 'pg_catalog.pg_subscription'::pg_catalog.regclass::oid, 0::oid, 'subscription', u.subname::text
    from pg_catalog.pg_subscription as u
    inner join pg_catalog.pg_database as d on d.oid = u.subdbid
    where d.datname = pg_catalog.current_database()
    union all
    select 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass::oid, w.oid, 'foreign-data wrapper', w.fdwname::text
    from pg_catalog.pg_foreign_data_wrapper as w
    union all
    select 'pg_catalog.pg_foreign_server'::pg_catalog.regclass::oid, v.oid, 'foreign server', v.srvname::text
    from pg_catalog.pg_foreign_server as v
    union all
    select 'pg_catalog.pg_transform'::pg_catalog.regclass::oid, t.oid, 'transform',
        pg_catalog.format_type(t.trftype, null) || ' for ' || coalesce(l.lanname::text, '?')
    from pg_catalog.pg_transform as t
    left join pg_catalog.pg_language as l on l.oid = t.trflang
    where t.oid >= 16384
    union all
    select 'pg_catalog.pg_am'::pg_catalog.regclass::oid, a.oid, 'access method', a.amname::text
    from pg_catalog.pg_am as a
    where a.oid >= 16384
)
select
    n.nspname::text as schema,
    f.kind as kind,
    pg_catalog.count(*) as objects,
    (pg_catalog.array_agg(f.name order by f.name collate "C"))[1:20] as names
from found as f
inner join pg_catalog.pg_namespace as n on n.oid = f.schema_oid
left join members as m on m.class_oid = f.class_oid and m.object_oid = f.object_oid
where n.nspname = any(%(schemas)s) and m.object_oid is null
group by n.nspname, f.kind
union all
select
    null,
    g.kind,
    pg_catalog.count(*),
    (pg_catalog.array_agg(g.name order by g.name collate "C"))[1:20]
from found_globally as g
left join members as m on m.class_oid = g.class_oid and m.object_oid = g.object_oid
where m.object_oid is null
group by g.kind
order by schema, kind
