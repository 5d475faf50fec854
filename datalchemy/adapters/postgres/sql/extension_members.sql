-- A row is an object that an extension owns: a schema, a relation or a type.
-- Parameters: none. Row: ExtensionMemberRow.
-- Serves PostgreSQL 13 and later.
select
    d.classid::pg_catalog.regclass::text as catalog,
    d.objid as object_oid,
    e.extname::text as extension
from pg_catalog.pg_depend as d
inner join pg_catalog.pg_extension as e on e.oid = d.refobjid
where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    and d.deptype = 'e'
    and d.classid in (
        'pg_catalog.pg_namespace'::pg_catalog.regclass,
        'pg_catalog.pg_class'::pg_catalog.regclass,
        'pg_catalog.pg_type'::pg_catalog.regclass
    )
order by d.classid, d.objid
