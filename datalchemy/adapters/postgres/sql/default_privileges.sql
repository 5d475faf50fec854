-- A row is what a role grants, by itself, on the objects of one kind that it will make: in one schema or (null) anywhere.
-- Parameters: schemas text[]. Row: DefaultPrivilegeRow. Asked for by capture.privileges alone.
-- Serves PostgreSQL 13 and later. The grant is null where there is none; its grantee is null for PUBLIC.
select
    d.oid as default_oid,
    pg_catalog.pg_get_userbyid(d.defaclrole)::text as role,
    n.nspname::text as schema,
    d.defaclobjtype::text as objects,
    pg_catalog.pg_get_userbyid(g.grantor)::text as grantor,
    case when g.grantee <> 0 then pg_catalog.pg_get_userbyid(g.grantee)::text end as grantee,
    g.privileges as privileges,
    g.grantable as grantable
from pg_catalog.pg_default_acl as d
left join pg_catalog.pg_namespace as n on n.oid = d.defaclnamespace
left join lateral (
    select
        x.grantor,
        x.grantee,
        pg_catalog.array_agg(pg_catalog.lower(x.privilege_type) order by x.privilege_type collate "C") as privileges,
        pg_catalog.array_agg(pg_catalog.lower(x.privilege_type) order by x.privilege_type collate "C")
            filter (where x.is_grantable) as grantable
    from pg_catalog.aclexplode(d.defaclacl) as x
    group by x.grantor, x.grantee
) as g on true
where d.defaclnamespace = 0 or n.nspname = any(%(schemas)s)
order by d.oid, g.grantee, g.grantor
