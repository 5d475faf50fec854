-- One row: a text that changes with every committed change of a user's object, whatever it is.
-- Parameters: none. Row: CatalogStateRow. Taken in the capture's snapshot and again after it: equal, or DDL came between.
-- Serves PostgreSQL 13 and later. Each change of a catalog row writes a new version of it with a later xmin (manual:
-- "System Columns"), so the number of rows or the sum of their xmins changes with it. pg_class is compared by content:
-- TRUNCATE and REFRESH MATERIALIZED VIEW rewrite its rows without changing what is told; the latter makes a TOAST table
-- anew. Temporary objects and TOAST tables are left out. Of the objects that initdb makes, only schemas are looked at.
with settled (schema_oid) as (
    select n.oid
    from pg_catalog.pg_namespace as n
    where n.nspname !~ '^pg_(toast|temp_)'
),
relations (relation_oid) as (
    select c.oid
    from pg_catalog.pg_class as c
    where c.oid >= 16384 and c.relnamespace in (select s.schema_oid from settled as s)
),
parts (catalog, versions) as (
    select 'pg_namespace', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_namespace as x
    where x.nspname !~ '^pg_(toast_)?temp_'
    union all
    select 'pg_class', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(pg_catalog.hashtextextended(
        pg_catalog.concat_ws(' ', x.oid, x.relname, x.relnamespace, x.reloftype, x.relam, x.reltablespace, x.relpersistence,
            x.relrowsecurity, x.relforcerowsecurity, x.relreplident, x.relispartition, x.reloptions, x.relpartbound::text),
        0)::numeric), 0)::text
    from pg_catalog.pg_class as x
    where x.oid in (select r.relation_oid from relations as r)
    union all
    select 'pg_attribute', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_attribute as x
    where x.attnum > 0 and x.attrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_attrdef', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_attrdef as x
    where x.adrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_constraint', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_constraint as x
    where x.oid >= 16384 and x.connamespace in (select s.schema_oid from settled as s)
    union all
    select 'pg_index', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_index as x
    where x.indrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_inherits', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_inherits as x
    where x.inhrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_type', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_type as x
    where x.oid >= 16384 and x.typnamespace in (select s.schema_oid from settled as s)
    union all
    select 'pg_enum', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_enum as x
    where x.oid >= 16384
    union all
    select 'pg_range', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_range as x
    where x.rngtypid >= 16384
    union all
    select 'pg_sequence', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_sequence as x
    where x.seqrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_proc', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_proc as x
    where x.oid >= 16384 and x.pronamespace in (select s.schema_oid from settled as s)
    union all
    select 'pg_operator', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_operator as x
    where x.oid >= 16384
    union all
    select 'pg_opclass', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_opclass as x
    where x.oid >= 16384
    union all
    select 'pg_collation', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_collation as x
    where x.oid >= 16384
    union all
    select 'pg_rewrite', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_rewrite as x
    where x.ev_class in (select r.relation_oid from relations as r)
    union all
    select 'pg_trigger', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_trigger as x
    where x.tgrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_policy', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_policy as x
    where x.polrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_statistic_ext', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_statistic_ext as x
    where x.stxrelid in (select r.relation_oid from relations as r)
    union all
    select 'pg_extension', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_extension as x
    where x.oid >= 16384
    union all
    select 'pg_description', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_description as x
    where x.objoid >= 16384 or x.classoid = 'pg_catalog.pg_namespace'::regclass
    union all
    select 'pg_ts_config', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_ts_config as x
    where x.oid >= 16384
    union all
    select 'pg_ts_dict', pg_catalog.count(*)::text || ' ' || coalesce(pg_catalog.sum(x.xmin::text::int8), 0)::text
    from pg_catalog.pg_ts_dict as x
    where x.oid >= 16384
)
select pg_catalog.string_agg(p.catalog || ' ' || p.versions, ', ' order by p.catalog collate "C") as state
from parts as p
