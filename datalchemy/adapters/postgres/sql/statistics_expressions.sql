-- A row is an extended statistics object that has expressions.
-- Parameters: schemas text[]. Row: StatisticsExpressionsRow.
-- Serves PostgreSQL 14 and later.
select
    s.oid as statistics_oid,
    pg_catalog.pg_get_statisticsobjdef_expressions(s.oid) as expressions
from pg_catalog.pg_statistic_ext as s
inner join pg_catalog.pg_class as c on c.oid = s.stxrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and s.stxexprs is not null
order by s.oid
