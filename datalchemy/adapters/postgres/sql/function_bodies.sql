-- A row is a function or procedure whose source is a parsed body (BEGIN ATOMIC, RETURN), which only the server can spell.
-- Parameters: schemas text[], function_source bool. Row: FunctionBodyRow. Such a one has no other source.
-- Serves PostgreSQL 14 and later. To spell a body, the server locks what it reads, as with a view.
with bodies (function_oid, body) as (
    select p.oid, pg_catalog.pg_get_function_sqlbody(p.oid)
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any(%(schemas)s) and p.prosqlbody is not null
        and not exists (
            select from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i')
        )
)
select
    b.function_oid as function_oid,
    pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(b.body,
        case pg_catalog.current_setting('server_encoding') when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end
    )), 'hex') as body_sha256,
    case when %(function_source)s then b.body end as source
from bodies as b
order by b.function_oid
