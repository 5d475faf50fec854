-- A row is a row-level security policy.
-- Parameters: schemas text[]. Row: PolicyRow.
-- Serves PostgreSQL 13 and later. Role 0 is PUBLIC, which stands alone (manual: "pg_policy"). A role that the catalog has
-- lost is null.
select
    p.oid as policy_oid,
    p.polrelid as relation_oid,
    p.polname::text as name,
    p.polcmd::text as command,
    p.polpermissive as permissive,
    case
        when p.polroles <> '{0}' then array(
            select nullif(
                pg_catalog.pg_get_userbyid(r.oid)::text, pg_catalog.format('unknown (OID=%%s)', r.oid)
            )
            from pg_catalog.unnest(p.polroles) as r (oid)
            order by pg_catalog.pg_get_userbyid(r.oid) collate "C"
        )
    end as roles,
    p.polqual is not null as has_using,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using_expression,
    p.polwithcheck is not null as has_with_check,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check_expression
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on c.oid = p.polrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
order by p.polrelid, p.polname collate "C"
