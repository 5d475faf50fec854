-- A row is a table of any kind: ordinary, partitioned, foreign, view, materialized view.
-- Parameters: schemas text[]. Row: RelationRow.
-- Serves PostgreSQL 13 and later. The name of a foreign table's server is read, never its options.
select
    c.oid as relation_oid,
    n.nspname::text as schema,
    c.relname::text as name,
    c.relkind::text as kind,
    c.relpersistence::text as persistence,
    c.relispartition as is_partition,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
    tn.nspname::text as type_schema,
    t.typname::text as type_name,
    c.relispopulated as populated,
    fs.srvname::text as server,
    case when am.amname <> 'heap' then am.amname::text end as access_method,
    ts.spcname::text as tablespace,
    c.reloptions as parameters,
    tc.reloptions as toast_parameters,
    c.relreplident::text as replica_identity,
    c.relrowsecurity as row_security_enabled,
    c.relforcerowsecurity as row_security_forced,
    c.reltuples as estimated_rows,
    c.relpages as estimated_pages
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as tc on tc.oid = c.reltoastrelid
left join pg_catalog.pg_type as t on t.oid = c.reloftype
left join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
left join pg_catalog.pg_foreign_table as ft on ft.ftrelid = c.oid
left join pg_catalog.pg_foreign_server as fs on fs.oid = ft.ftserver
left join pg_catalog.pg_am as am on am.oid = c.relam
left join pg_catalog.pg_tablespace as ts on ts.oid = c.reltablespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('r', 'p', 'f', 'v', 'm')
order by n.nspname collate "C", c.relname collate "C"
