-- A row is a relation that a view or materialized view reads.
-- Parameters: schemas text[]. Row: ViewDependencyRow.
-- Serves PostgreSQL 13 and later. A view depends on what its rewrite rule depends on (manual: pg_depend).
select distinct
    w.ev_class as relation_oid,
    rn.nspname::text as ref_schema,
    rc.relname::text as ref_table
from pg_catalog.pg_rewrite as w
inner join pg_catalog.pg_class as c on c.oid = w.ev_class
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
inner join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    and d.objid = w.oid
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.refobjid <> w.ev_class
inner join pg_catalog.pg_class as rc on rc.oid = d.refobjid and rc.relkind in ('r', 'p', 'f', 'v', 'm')
inner join pg_catalog.pg_namespace as rn on rn.oid = rc.relnamespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('v', 'm')
    and w.rulename = '_RETURN'
order by relation_oid, ref_schema, ref_table
