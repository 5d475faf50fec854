-- A row is a function or a type that an expression uses: a default (`part` is its column), a CHECK, a key of an index
-- or of partitions, extended statistics, the default of a domain, the query of a view (`object_oid` is the view), a rule, a
-- policy, or the WHEN of a trigger.
-- A sequence is one only where it is outside the schemas asked for, and a default uses it.
-- Parameters: schemas text[]. Row: UseRow. An operator is told as its function, an array as its element. What initdb
-- makes is no dependency; the information schema's objects, which are, are left out too.
-- Serves PostgreSQL 13 and later. Before 15, a generated column itself depends on what its expression uses.
with used (class_oid, object_oid, part, used_class_oid, used_oid) as (
    select d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid
    from pg_catalog.pg_depend as d
    where (
            (d.deptype = 'n' and d.objsubid = 0)
            or (d.deptype = 'a' and d.objsubid > 0 and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
        )
        and (
            d.refclassid in (
                'pg_catalog.pg_proc'::pg_catalog.regclass,
                'pg_catalog.pg_operator'::pg_catalog.regclass,
                'pg_catalog.pg_type'::pg_catalog.regclass
            )
            or (
                d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                and d.refobjsubid = 0
            )
        )
),
held (catalog, object_oid, part, schema_oid, used_class_oid, used_oid) as (
    select 'pg_attrdef', e.adrelid, e.adnum, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_attrdef as e on e.oid = u.object_oid
    inner join pg_catalog.pg_class as c on c.oid = e.adrelid
    where u.class_oid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    union all
    select 'pg_attrdef', c.oid, u.part, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_class as c on c.oid = u.object_oid
    inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = u.part and a.attgenerated <> ''
    where u.class_oid = 'pg_catalog.pg_class'::pg_catalog.regclass and u.part > 0
    union all
    select 'pg_constraint', k.oid, 0, k.connamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_constraint as k on k.oid = u.object_oid
    where u.class_oid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.contype = 'c'
    union all
    select 'pg_class', c.oid, 0, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_class as c on c.oid = u.object_oid
    where u.class_oid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and u.part = 0
        and c.relkind in ('i', 'I', 'p')
        and not (u.used_class_oid = 'pg_catalog.pg_type'::pg_catalog.regclass and u.used_oid = c.reloftype)
    union all
    select 'pg_type', t.oid, 0, t.typnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_type as t on t.oid = u.object_oid
    where u.class_oid = 'pg_catalog.pg_type'::pg_catalog.regclass
        and t.typtype = 'd'
        and not (u.used_class_oid = 'pg_catalog.pg_type'::pg_catalog.regclass and u.used_oid = t.typbasetype)
    union all
    select 'pg_rewrite', w.ev_class, 0, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_rewrite as w on w.oid = u.object_oid
    inner join pg_catalog.pg_class as c on c.oid = w.ev_class
    where u.class_oid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.rulename = '_RETURN'
    union all
    select 'pg_rules', w.oid, 0, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_rewrite as w on w.oid = u.object_oid
    inner join pg_catalog.pg_class as c on c.oid = w.ev_class
    where u.class_oid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.rulename <> '_RETURN'
    union all
    select 'pg_policy', p.oid, 0, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_policy as p on p.oid = u.object_oid
    inner join pg_catalog.pg_class as c on c.oid = p.polrelid
    where u.class_oid = 'pg_catalog.pg_policy'::pg_catalog.regclass
    union all
    select 'pg_trigger', g.oid, 0, c.relnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_trigger as g on g.oid = u.object_oid
    inner join pg_catalog.pg_class as c on c.oid = g.tgrelid
    where u.class_oid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
        and not (u.used_class_oid = 'pg_catalog.pg_proc'::pg_catalog.regclass and u.used_oid = g.tgfoid)
    union all
    select 'pg_statistic_ext', s.oid, 0, s.stxnamespace, u.used_class_oid, u.used_oid
    from used as u
    inner join pg_catalog.pg_statistic_ext as s on s.oid = u.object_oid
    where u.class_oid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
),
named (catalog, object_oid, part, kind, used_class_oid, used_oid, schema_oid, name) as (
    select h.catalog, h.object_oid, h.part, 'function', 'pg_catalog.pg_proc'::pg_catalog.regclass, f.oid, f.pronamespace,
        f.proname
    from held as h
    inner join pg_catalog.pg_namespace as n on n.oid = h.schema_oid and n.nspname = any(%(schemas)s)
    left join pg_catalog.pg_operator as o
        on h.used_class_oid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = h.used_oid
    inner join pg_catalog.pg_proc as f on f.oid = coalesce(o.oprcode::pg_catalog.oid, h.used_oid)
    where h.used_class_oid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
    union
    select h.catalog, h.object_oid, h.part, 'sequence', 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace,
        c.relname
    from held as h
    inner join pg_catalog.pg_namespace as n on n.oid = h.schema_oid and n.nspname = any(%(schemas)s)
    inner join pg_catalog.pg_class as c on c.oid = h.used_oid and c.relkind = 'S'
    inner join pg_catalog.pg_namespace as cn on cn.oid = c.relnamespace and cn.nspname <> all(%(schemas)s)
    where h.used_class_oid = 'pg_catalog.pg_class'::pg_catalog.regclass
    union
    select h.catalog, h.object_oid, h.part, 'type', 'pg_catalog.pg_type'::pg_catalog.regclass, coalesce(e.oid, t.oid),
        coalesce(e.typnamespace, t.typnamespace), coalesce(e.typname, t.typname)
    from held as h
    inner join pg_catalog.pg_namespace as n on n.oid = h.schema_oid and n.nspname = any(%(schemas)s)
    inner join pg_catalog.pg_type as t on t.oid = h.used_oid
    left join pg_catalog.pg_type as e on e.oid = t.typelem and e.typarray = t.oid
    where h.used_class_oid = 'pg_catalog.pg_type'::pg_catalog.regclass
)
select
    m.catalog as catalog,
    m.object_oid as object_oid,
    m.part::int4 as part,
    m.kind as kind,
    n.nspname::text as schema,
    m.name::text as name,
    case when m.kind = 'function' then array(
        select pg_catalog.format_type(a.type_oid, null)
        from pg_catalog.unnest(f.proargtypes::pg_catalog.oid[]) with ordinality as a (type_oid, place)
        order by a.place
    ) end as arguments,
    x.extname::text as extension
from named as m
inner join pg_catalog.pg_namespace as n on n.oid = m.schema_oid and n.nspname <> 'information_schema'
left join pg_catalog.pg_proc as f on m.kind = 'function' and f.oid = m.used_oid
left join pg_catalog.pg_depend as d
    on d.classid = m.used_class_oid
    and d.objid = m.used_oid
    and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    and d.deptype = 'e'
left join pg_catalog.pg_extension as x on x.oid = d.refobjid
order by m.catalog, m.object_oid, m.part, m.kind, m.used_oid
