"""Statements for rewrite rules and row-level security policies, which may need any table: they come late."""

from collections.abc import Iterator

from datalchemy.adapters.postgres.ddl.given import REFUSED, given
from datalchemy.adapters.postgres.ddl.text import literal
from datalchemy.model.table import Policy, Rule, Table
from datalchemy.text import quoted

_STATES = {"disabled": "DISABLE RULE", "replica": "ENABLE REPLICA RULE", "always": "ENABLE ALWAYS RULE"}


def rules(schema: str, table: Table) -> Iterator[str]:
    """Yield what makes the rules of a table or view, with their states and comments."""
    name = quoted(schema, table.name)
    for one in table.rules:
        yield _rule(name, one)
        if one.enabled in _STATES:
            yield f"ALTER TABLE {name} {_STATES[one.enabled]} {quoted(one.name)}"
        yield from _comment("RULE", one, name)


def policies(schema: str, table: Table, *, of_roles: bool) -> Iterator[str]:
    """Yield what makes the policies of a table, with their comments: those of roles, or those of PUBLIC."""
    name = quoted(schema, table.name)
    for one in table.policies:
        if (one.roles is not None) != of_roles:
            continue
        parts = [f"CREATE POLICY {quoted(one.name)} ON {name}"]
        parts += [] if one.permissive else ["AS RESTRICTIVE"]
        parts += [] if one.command == "all" else [f"FOR {given(one.command.upper())}"]
        parts += [f"TO {', '.join(map(quoted, one.roles))}"] if one.roles else []
        parts += [] if one.using is None else [f"USING ({given(one.using)})"]
        parts += [] if one.with_check is None else [f"WITH CHECK ({given(one.with_check)})"]
        yield " ".join(parts)
        yield from _comment("POLICY", one, name)


def _rule(table: str, one: Rule) -> str:
    """Return the server's definition if it makes a rule of this name, and nothing else."""
    definition = (one.definition or "").strip().removesuffix(";")
    heads = tuple(f"CREATE RULE {name} AS\n    ON {one.event.upper()} TO " for name in (one.name, quoted(one.name)))
    if definition.startswith(heads) and (text := given(definition, is_list=True, is_rule=True)) != REFUSED:
        return text
    return f"CREATE RULE {quoted(one.name)} AS ON {given(one.event.upper())} TO {table} {REFUSED}"


def _comment(kind: str, one: Rule | Policy, table: str) -> Iterator[str]:
    if one.comment is not None:
        yield f"COMMENT ON {kind} {quoted(one.name)} ON {table} IS {literal(one.comment)}"
