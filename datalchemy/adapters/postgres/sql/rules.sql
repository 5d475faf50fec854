-- A row is a rewrite rule, but for the one that makes a view a view.
-- Parameters: schemas text[]. Row: RuleRow.
-- Serves PostgreSQL 13 and later.
select
    w.oid as rule_oid,
    w.ev_class as relation_oid,
    w.rulename::text as name,
    w.ev_type::text as event,
    w.is_instead as instead,
    w.ev_enabled::text as enabled,
    pg_catalog.pg_get_ruledef(w.oid) as definition
from pg_catalog.pg_rewrite as w
inner join pg_catalog.pg_class as c on c.oid = w.ev_class
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
    and w.rulename <> '_RETURN'
order by w.ev_class, w.rulename collate "C"
