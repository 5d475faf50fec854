-- A row is an object with its owner and what one role has granted to another on it; the grant is null where there is
-- none. A column is there where it has grants of its own.
-- Parameters: schemas text[]. Row: PrivilegeRow. Asked for by capture.privileges alone.
-- Serves PostgreSQL 13 and later. Where nobody granted or revoked anything, the grants are the server's defaults. The
-- grantee is null for PUBLIC; a role that is gone is shown as the server shows it.
with objects (catalog, object_oid, part, owner, kind, acl) as (
    select 'pg_namespace', n.oid, 0, n.nspowner, 'n', n.nspacl
    from pg_catalog.pg_namespace as n
    where n.nspname = any(%(schemas)s)
    union all
    select 'pg_class', c.oid, 0, c.relowner, case c.relkind when 'S' then 's' else 'r' end, c.relacl
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
    union all
    select 'pg_class', a.attrelid, a.attnum, null, 'c', a.attacl
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_class as c on c.oid = a.attrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and a.attacl is not null and a.attnum > 0 and not a.attisdropped
    union all
    select 'pg_type', t.oid, 0, t.typowner, 'T', t.typacl
    from pg_catalog.pg_type as t
    inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
    left join pg_catalog.pg_class as c on c.oid = t.typrelid
    where n.nspname = any(%(schemas)s) and (t.typtype in ('d', 'e', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
    union all
    select 'pg_proc', p.oid, 0, p.proowner, 'f', p.proacl
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any(%(schemas)s)
        and not exists (
            select from pg_catalog.pg_depend as d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i')
        )
)
select
    o.catalog as catalog,
    o.object_oid as object_oid,
    o.part as part,
    pg_catalog.pg_get_userbyid(o.owner)::text as owner,
    o.acl is null as is_default,
    pg_catalog.pg_get_userbyid(g.grantor)::text as grantor,
    case when g.grantee <> 0 then pg_catalog.pg_get_userbyid(g.grantee)::text end as grantee,
    g.privileges as privileges,
    g.grantable as grantable
from objects as o
left join lateral (
    select
        x.grantor,
        x.grantee,
        pg_catalog.array_agg(pg_catalog.lower(x.privilege_type) order by x.privilege_type collate "C") as privileges,
        pg_catalog.array_agg(pg_catalog.lower(x.privilege_type) order by x.privilege_type collate "C")
            filter (where x.is_grantable) as grantable
    from pg_catalog.aclexplode(coalesce(o.acl, pg_catalog.acldefault(o.kind::"char", o.owner))) as x
    group by x.grantor, x.grantee
) as g on true
order by o.catalog, o.object_oid, o.part, g.grantee, g.grantor
