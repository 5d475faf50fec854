-- A row is a trigger that a user made, without its arguments: they may hold secrets.
-- Parameters: schemas text[]. Row: TriggerRow. `type` is the bit set of pg_trigger.tgtype.
-- Serves PostgreSQL 13 and later. Before 15 a partition's clone of a user's trigger is marked as internal, as the
-- triggers of an FK or of a deferrable key are: those belong to a constraint that is no constraint trigger. The
-- definition is for the WHEN in it; the server cuts off the arguments, whose length is known, before it answers.
select
    g.oid as trigger_oid,
    g.tgrelid as relation_oid,
    g.tgname::text as name,
    g.tgtype as type,
    g.tgattr::int2[] as update_of,
    g.tgnargs as argument_count,
    g.tgoldtable::text as old_table,
    g.tgnewtable::text as new_table,
    g.tgdeferrable as is_deferrable,
    g.tginitdeferred as initially_deferred,
    g.tgqual is not null as has_when,
    case
        when g.tgqual is not null then pg_catalog.convert_from(
            pg_catalog.substring(
                pg_catalog.convert_to(pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.getdatabaseencoding()),
                1,
                pg_catalog.octet_length(
                    pg_catalog.convert_to(pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.getdatabaseencoding())
                ) - written.bytes
            ),
            pg_catalog.getdatabaseencoding()
        )
    end as definition,
    g.tgenabled::text as enabled,
    g.tgconstraint <> 0 as is_constraint,
    g.tgparentid <> 0 as inherited,
    fn.nspname::text as function_schema,
    f.proname::text as function_name
from pg_catalog.pg_trigger as g
inner join pg_catalog.pg_class as c on c.oid = g.tgrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
inner join pg_catalog.pg_proc as f on f.oid = g.tgfoid
inner join pg_catalog.pg_namespace as fn on fn.oid = f.pronamespace
left join pg_catalog.pg_constraint as k on k.oid = g.tgconstraint
cross join lateral (
    -- `(`, `)`, and each argument in quotes, a quote in it doubled, `, ` between them; a NUL ends each that is kept.
    select 2 + pg_catalog.octet_length(g.tgargs) - g.tgnargs + 2 * g.tgnargs + 2 * greatest(g.tgnargs - 1, 0)
        + pg_catalog.length(pg_catalog.encode(g.tgargs, 'escape'))
        - pg_catalog.length(pg_catalog.replace(pg_catalog.encode(g.tgargs, 'escape'), '''', '')) as bytes
) as written
where n.nspname = any(%(schemas)s)
    and (not g.tgisinternal or (g.tgparentid <> 0 and (k.oid is null or k.contype = 't')))
order by g.tgrelid, g.tgname collate "C"
