"""The objects that a table has by name: triggers, policies, rules, extended statistics. Rows → values."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from datalchemy.adapters.postgres.assemble.lookup import Lookup, by_name, from_code, grouped
from datalchemy.adapters.postgres.canonical_sql import when_condition
from datalchemy.adapters.postgres.errors import object_vanished
from datalchemy.adapters.postgres.rows.tables import PolicyRow, RuleRow, StatisticsRow, TriggerRow
from datalchemy.errors import CatalogError
from datalchemy.model.base import QualifiedName
from datalchemy.model.table import Policy, Rule, Statistics, Trigger

_Row = TypeVar("_Row", TriggerRow, PolicyRow, RuleRow, StatisticsRow)
_Value = TypeVar("_Value")
_ENABLED = {"O": "origin", "D": "disabled", "R": "replica", "A": "always"}
_COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}
_RULE_EVENTS = {"1": "select", "2": "update", "3": "insert", "4": "delete"}
_STATISTICS_KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv", "e": "expressions"}
# Bits of pg_trigger.tgtype (pg_trigger.h)
_ROW, _BEFORE, _INSTEAD = 1, 2, 64
_EVENTS = ((4, "insert"), (16, "update"), (8, "delete"), (32, "truncate"))


class TableObjectAssembler:
    """Builds the objects of one table at a time, from rows grouped once."""

    def __init__(self, lookup: Lookup) -> None:
        rows = lookup.rows
        self._lookup = lookup
        self._triggers = grouped(rows.triggers, lambda row: row.relation_oid)
        self._policies = grouped(rows.policies, lambda row: row.relation_oid)
        self._rules = grouped(rows.rules, lambda row: row.relation_oid)
        self._statistics = grouped(rows.statistics, lambda row: row.relation_oid)
        self._expressions = {row.statistics_oid: row.expressions for row in rows.statistics_expressions}

    def of_table(self, relation_oid: int) -> dict[str, Any]:
        """Return `triggers`, `policies` and `rules` by name, and extended `statistics` by (schema, name)."""

        def built(rows: Mapping[int, list[_Row]], build: Callable[[_Row], _Value]) -> list[_Value]:
            found = rows.get(relation_oid, ())
            return self._lookup.built(found, build, lambda row: self._lookup.place(relation_oid, name=row.name))

        return {
            "triggers": by_name(built(self._triggers, self._trigger)),
            "policies": by_name(built(self._policies, self._policy)),
            "rules": by_name(built(self._rules, self._rule)),
            "statistics": tuple(
                sorted(built(self._statistics, self._statistics_object), key=lambda one: (one.schema_name, one.name))
            ),
        }

    def _policy(self, row: PolicyRow) -> Policy:
        roles = tuple(role for role in row.roles or () if role is not None)
        if len(roles) < len(row.roles or ()):
            raise CatalogError(
                f"the policy {row.name} names a role that does not exist", remedy="create the policy again"
            )
        return Policy(
            name=row.name,
            command=from_code(_COMMANDS, row.command, "the policy command"),
            permissive=row.permissive,
            roles=roles or None,
            using=_rendered(row.has_using, row.using_expression, f"the USING of the policy {row.name}"),
            with_check=_rendered(
                row.has_with_check, row.with_check_expression, f"the WITH CHECK of the policy {row.name}"
            ),
            uses=self._lookup.uses("pg_policy", row.policy_oid),
            comment=self._lookup.comment("pg_policy", row.policy_oid),
        )

    def _rule(self, row: RuleRow) -> Rule:
        return Rule(
            name=row.name,
            event=from_code(_RULE_EVENTS, row.event, "the rule event"),
            instead=row.instead,
            enabled=from_code(_ENABLED, row.enabled, "the rule state"),
            definition=_rendered(True, row.definition, f"the rule {row.name}"),
            uses=self._lookup.uses("pg_rules", row.rule_oid),
            comment=self._lookup.comment("pg_rewrite", row.rule_oid),
        )

    def _trigger(self, row: TriggerRow) -> Trigger:
        definition = _rendered(row.has_when, row.definition, f"the trigger {row.name}")
        timing = "instead_of" if row.type & _INSTEAD else "before" if row.type & _BEFORE else "after"
        return Trigger(
            name=row.name,
            timing=timing,
            events=tuple(name for bit, name in _EVENTS if row.type & bit),
            row=bool(row.type & _ROW),
            function=QualifiedName(schema_name=row.function_schema, name=row.function_name),
            enabled=from_code(_ENABLED, row.enabled, "the trigger state"),
            constraint=row.is_constraint,
            inherited=row.inherited,
            update_of=self._lookup.columns(row.relation_oid, row.update_of) or None,
            when=None if definition is None else when_condition(definition),
            old_table=row.old_table,
            new_table=row.new_table,
            deferrable=row.is_deferrable or None,
            initially_deferred=row.initially_deferred or None,
            argument_count=row.argument_count or None,
            uses=self._lookup.uses("pg_trigger", row.trigger_oid),
            comment=self._lookup.comment("pg_trigger", row.trigger_oid),
        )

    def _statistics_object(self, row: StatisticsRow) -> Statistics:
        expressions: list[str] | None = []
        if row.statistics_oid in self._expressions:
            expressions = self._expressions[row.statistics_oid]
            if expressions is None:
                raise object_vanished(f"the statistics object {row.name}")
        return Statistics(
            schema_name=row.schema,
            name=row.name,
            kinds=tuple(from_code(_STATISTICS_KINDS, kind, "the statistics kind") for kind in sorted(row.kinds)),
            columns=self._lookup.columns(row.relation_oid, row.key),
            expressions=tuple(expressions or ()),
            statistics_target=row.statistics_target,
            uses=self._lookup.uses("pg_statistic_ext", row.statistics_oid),
            comment=self._lookup.comment("pg_statistic_ext", row.statistics_oid),
        )


def _rendered(expected: bool, text: str | None, what: str) -> str | None:
    """Return the server's text; None where there is none to expect.

    Raises:
        CatalogError: the server gave none: the object vanished.
    """
    if expected and not text:
        raise object_vanished(what)
    return text if expected else None
