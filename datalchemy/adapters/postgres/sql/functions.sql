-- A row is a function, procedure, aggregate or window function that neither an extension nor a range type brings.
-- Parameters: schemas text[], function_source bool. Row: FunctionRow. The sources stay at the server unless asked for.
-- Serves PostgreSQL 13 and later. `language`, `arguments` and `argument_types` are null where the catalog has lost the
-- language or a type. The digest is that of the source, of the file and symbol of a function in C, or of all that makes
-- an aggregate; in an SQL_ASCII database it is that of the bytes, elsewhere that of the text in UTF-8.
with encoding (name) as (
    select case pg_catalog.current_setting('server_encoding') when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end
)
select
    p.oid as function_oid,
    n.nspname::text as schema,
    p.proname::text as name,
    p.prokind::text as kind,
    case when used.is_known then pg_catalog.pg_get_function_identity_arguments(p.oid) end as arguments,
    used.schemas as argument_schemas,
    used.names as argument_types,
    case when used.is_known then pg_catalog.pg_get_function_result(p.oid) end as result,
    l.lanname::text as language,
    p.provolatile::text as volatility,
    p.proparallel::text as parallel,
    p.proisstrict as is_strict,
    p.prosecdef as security_definer,
    exists (
        select from pg_catalog.unnest(p.proconfig) as c (setting)
        where pg_catalog.starts_with(c.setting, 'search_path=')
    ) as search_path_set,
    pg_catalog.encode(pg_catalog.sha256(
        case
            when g.aggfnoid is null then pg_catalog.convert_to(p.prosrc, e.name)
                || coalesce('\x00'::bytea || pg_catalog.convert_to(p.probin, e.name), '')
            else pg_catalog.convert_to(row(
                g.aggkind, g.aggnumdirectargs, g.aggtransfn::oid::pg_catalog.regprocedure,
                g.aggfinalfn::oid::pg_catalog.regprocedure, g.aggcombinefn::oid::pg_catalog.regprocedure,
                g.aggserialfn::oid::pg_catalog.regprocedure, g.aggdeserialfn::oid::pg_catalog.regprocedure,
                g.aggmtransfn::oid::pg_catalog.regprocedure, g.aggminvtransfn::oid::pg_catalog.regprocedure,
                g.aggmfinalfn::oid::pg_catalog.regprocedure, g.aggfinalextra, g.aggmfinalextra, g.aggfinalmodify,
                g.aggmfinalmodify, g.aggsortop::pg_catalog.regoperator, g.aggtranstype::pg_catalog.regtype,
                g.aggtransspace, g.aggmtranstype::pg_catalog.regtype, g.aggmtransspace, g.agginitval, g.aggminitval
            )::text, e.name)
        end
    ), 'hex') as source_sha256,
    case when %(function_source)s and g.aggfnoid is null then p.prosrc end as source
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
cross join encoding as e
cross join lateral (
    select
        pg_catalog.array_agg(tn.nspname::text order by a.position) filter (where a.position <= p.pronargs) as schemas,
        pg_catalog.array_agg(t.typname::text order by a.position) filter (where a.position <= p.pronargs) as names,
        pg_catalog.bool_and(tn.oid is not null) as is_known
    from pg_catalog.unnest(p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}'))
        with ordinality as a (type_oid, position)
    left join pg_catalog.pg_type as t on t.oid = a.type_oid
    left join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
) as used
left join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_aggregate as g on g.aggfnoid = p.oid
where n.nspname = any(%(schemas)s)
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i')
    )
order by p.oid
