-- A row is a trigger that a user made, without its arguments: they may hold secrets.
-- Parameters: schemas text[]. Row: TriggerRow. `type` is the bit set of pg_trigger.tgtype.
-- Serves PostgreSQL 13 and later. Before 15 a partition's clone of a user's trigger is marked as internal, as the
-- triggers of an FK or of a deferrable key are: those belong to a constraint that is no constraint trigger.
select
    g.oid as trigger_oid,
    g.tgrelid as relation_oid,
    g.tgname::text as name,
    g.tgtype as type,
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
where n.nspname = any(%(schemas)s)
    and (not g.tgisinternal or (g.tgparentid <> 0 and (k.oid is null or k.contype = 't')))
order by g.tgrelid, g.tgname collate "C"
