-- A row is an index of a table or materialized view, live ones and those that a failed build left invalid.
-- Parameters: schemas text[]. Row: IndexRow. `key` holds attnums, 0 for an expression, INCLUDE columns last.
-- Serves PostgreSQL 13 and later. Only the PRIMARY KEY, UNIQUE or EXCLUDE of the same table owns its index: an FK
-- names in conindid the index it leans on.
select
    i.indexrelid as index_oid,
    i.indrelid as relation_oid,
    ic.relname::text as name,
    i.indisunique as is_unique,
    i.indisprimary as is_primary,
    am.amname::text as method,
    pg_catalog.pg_indexam_has_property(am.oid, 'can_order') as can_order,
    i.indnkeyatts as key_count,
    pg_catalog.string_to_array(i.indkey::text, ' ')::int4[] as key,
    pg_catalog.string_to_array(i.indoption::text, ' ')::int4[] as options,
    pg_catalog.string_to_array(i.indclass::text, ' ')::oid[] as operator_classes,
    pg_catalog.string_to_array(i.indcollation::text, ' ')::oid[] as collations,
    case when i.indexprs is not null then array(
        select case when p.attnum = 0
            then pg_catalog.pg_get_indexdef(i.indexrelid, p.ord::int4, false)
        end
        from pg_catalog.unnest(pg_catalog.string_to_array(i.indkey::text, ' ')::int4[])
            with ordinality as p (attnum, ord)
        where p.ord <= i.indnkeyatts
        order by p.ord
    ) end as expressions,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
    i.indpred is not null as is_partial,
    i.indisvalid as is_valid,
    i.indisclustered as clustered,
    i.indisreplident as replica_identity,
    k.conname::text as constraint_name,
    pn.nspname::text as parent_schema,
    pc.relname::text as parent_name,
    ts.spcname::text as tablespace,
    ic.reloptions as parameters,
    pg_catalog.pg_get_indexdef(i.indexrelid) as definition
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as ic on ic.oid = i.indexrelid
inner join pg_catalog.pg_am as am on am.oid = ic.relam
inner join pg_catalog.pg_class as c on c.oid = i.indrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_constraint as k
    on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
left join pg_catalog.pg_inherits as h on h.inhrelid = i.indexrelid
left join pg_catalog.pg_class as pc on pc.oid = h.inhparent
left join pg_catalog.pg_namespace as pn on pn.oid = pc.relnamespace
left join pg_catalog.pg_tablespace as ts on ts.oid = ic.reltablespace
where n.nspname = any(%(schemas)s)
    and c.relkind in ('r', 'p', 'm')
    and i.indislive
order by i.indrelid, ic.relname collate "C"
