-- A row is an extended statistics object on a table in the schemas; `key` holds attnums.
-- Parameters: schemas text[]. Row: StatisticsRow.
-- Serves PostgreSQL 13 and later.
select
    s.oid as statistics_oid,
    s.stxrelid as relation_oid,
    sn.nspname::text as schema,
    s.stxname::text as name,
    pg_catalog.string_to_array(s.stxkeys::text, ' ')::int4[] as key,
    s.stxkind::text[] as kinds,
    nullif(s.stxstattarget, -1) as statistics_target
from pg_catalog.pg_statistic_ext as s
inner join pg_catalog.pg_namespace as sn on sn.oid = s.stxnamespace
inner join pg_catalog.pg_class as c on c.oid = s.stxrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
order by s.stxrelid, sn.nspname collate "C", s.stxname collate "C"
