-- A row is a comment on an object, or on a part of one (a column), that lies in the schemas asked for.
-- Parameters: schemas text[]. Row: CommentRow.
-- Serves PostgreSQL 13 and later. The catalog is part of the key: OIDs are unique only inside one.
select
    d.classoid::pg_catalog.regclass::text as catalog,
    d.objoid as object_oid,
    d.objsubid as part,
    d.description as comment
from pg_catalog.pg_description as d
left join pg_catalog.pg_class as c
    on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objoid
left join pg_catalog.pg_type as t
    on d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass and t.oid = d.objoid
left join pg_catalog.pg_constraint as k
    on d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objoid
left join pg_catalog.pg_statistic_ext as s
    on d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass and s.oid = d.objoid
left join pg_catalog.pg_proc as p
    on d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.objoid
left join pg_catalog.pg_namespace as n
    on n.oid = coalesce(c.relnamespace, t.typnamespace, k.connamespace, s.stxnamespace, p.pronamespace)
where d.classoid in (
        'pg_catalog.pg_class'::pg_catalog.regclass,
        'pg_catalog.pg_type'::pg_catalog.regclass,
        'pg_catalog.pg_constraint'::pg_catalog.regclass,
        'pg_catalog.pg_statistic_ext'::pg_catalog.regclass,
        'pg_catalog.pg_proc'::pg_catalog.regclass,
        'pg_catalog.pg_namespace'::pg_catalog.regclass,
        'pg_catalog.pg_trigger'::pg_catalog.regclass,
        'pg_catalog.pg_policy'::pg_catalog.regclass,
        'pg_catalog.pg_rewrite'::pg_catalog.regclass
    )
    and (n.nspname is null or n.nspname = any(%(schemas)s))
order by d.classoid, d.objoid, d.objsubid
