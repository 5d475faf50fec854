"""Credentials that somebody left in a schema: in a default, a comment, a view ... They are found, and can be masked.

What a server keeps in places meant for secrets (options of foreign servers, user mappings, subscriptions, the
arguments of triggers) is never read; this is about texts that are a part of the structure.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from datalchemy.analysis.credentials.shapes import Found
from datalchemy.analysis.credentials.sql import in_default, in_sql
from datalchemy.analysis.credentials.texts import in_plain, in_value, mask
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.model.base import FrozenModel, Parameter
from datalchemy.model.constraints import (
    CheckConstraint,
    ConstraintBase,
    Exclude,
    ExcludeElement,
    ForeignKey,
    NotNullConstraint,
    PrimaryKey,
    Unique,
)
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import (
    Column,
    Index,
    IndexKey,
    PartitionKey,
    PartitionKeyElement,
    PartitionOf,
    Policy,
    Rule,
    Statistics,
    Table,
    Trigger,
)
from datalchemy.model.types import Composite, CompositeAttribute, Domain, Enum, Range, Sequence
from datalchemy.secrets.references import MASK
from datalchemy.text import quoted

_Model = TypeVar("_Model", bound=FrozenModel)
_Path = tuple[Any, ...]
_Find = Callable[[str, str], list[Found]]
_REMEMBERED_LENGTH = 300


def find_credentials(schema: DatabaseSchema) -> tuple[Diagnostic, ...]:
    """Return a warning for each text that looks like it carries a credential, in the order of the file.

    A warning names the text and where it stands, never the value. What a child or partition has from a parent that is
    in the file is told of the parent alone. Time is linear in the length of the texts.
    """
    walk = _Walk()
    walk.model(schema, ())
    own = {hit.essence for hit in walk.hits if not hit.inherited}
    told: dict[tuple[str, str], tuple[Place, dict[str, None]]] = {}
    for hit in walk.hits:
        if not (hit.inherited and hit.essence in own):
            _, reasons = told.setdefault((hit.what, _described(hit.path)), (_place(hit.path), {}))
            reasons.update(dict.fromkeys(one.what for one in hit.found))
    return tuple(
        Diagnostic(
            code=WarningCode.CREDENTIAL_IN_SCHEMA,
            message=f"the {what} of {owner} looks like it holds a credential: {', '.join(reasons)}",
            where=where,
        )
        for (what, owner), (where, reasons) in told.items()
    )


def mask_credentials(schema: DatabaseSchema) -> DatabaseSchema:
    """Return the structure with `***` for each value that looks like a credential.

    The fingerprint is that of the masked structure: one of the whole structure would let a guess be tried. Without a
    finding the structure is returned as it is.
    """
    masked = _Walk().model(schema, ())
    return masked if masked is schema else masked.model_copy(update={"fingerprint": fingerprint(masked.schemas)})


def mask_text(text: str) -> str:
    """Return a text that is no SQL with `***` for each value that looks like a credential."""
    return mask(text, in_plain(text), MASK)


class _Text(NamedTuple):
    """A field that holds a text, or several; what it is called; how it is searched."""

    field: str
    what: str
    find: _Find


class _Plan(NamedTuple):
    """What a model is called, which of its fields hold texts, and which hold further models."""

    noun: str
    texts: tuple[_Text, ...]
    parts: tuple[str, ...] = ()


class _Hit(NamedTuple):
    path: _Path
    what: str
    text: str
    found: list[Found]

    @property
    def inherited(self) -> bool:
        return bool(getattr(self.path[-1], "inherited", False))

    @property
    def essence(self) -> tuple[str, str, str]:
        return self.what, getattr(self.path[-1], "name", ""), self.text


def _plain(text: str, _: str) -> list[Found]:
    return in_plain(text)


def _sql(text: str, _: str) -> list[Found]:
    return in_sql(text)


_COMMENT = _Text("comment", "comment", _plain)
_DEFINITION = _Text("definition", "definition", _sql)
_PREDICATE = _Text("predicate", "definition", _sql)
_EXPRESSION = _Text("expression", "definition", _sql)
_DEFAULT = _Text("default", "default", in_default)
_GENERATION = _Text("generation_expression", "generation expression", _sql)
_COMMENTED = (_COMMENT,)
_CONSTRAINT = _Plan("constraint", _COMMENTED)

_PLANS: dict[type[FrozenModel], _Plan] = {
    DatabaseSchema: _Plan("database", (), ("schemas",)),
    Schema: _Plan("schema", _COMMENTED, ("tables", "enums", "domains", "composites", "ranges", "sequences")),
    Table: _Plan(
        "table",
        (_COMMENT, _DEFINITION),
        (
            "columns",
            "constraints",
            "indexes",
            "partition_key",
            "partition_of",
            "parameters",
            "triggers",
            "policies",
            "rules",
            "statistics",
        ),
    ),
    Column: _Plan("column", (_DEFAULT, _GENERATION, _COMMENT), ("parameters",)),
    PrimaryKey: _CONSTRAINT,
    Unique: _CONSTRAINT,
    ForeignKey: _CONSTRAINT,
    NotNullConstraint: _CONSTRAINT,
    CheckConstraint: _Plan(
        "constraint", (_COMMENT, _Text("raw_sql", "definition", _sql), _Text("expr", "definition", _sql))
    ),
    Exclude: _Plan("constraint", (_COMMENT, _DEFINITION, _PREDICATE), ("elements",)),
    ExcludeElement: _Plan("", (_EXPRESSION,)),
    Index: _Plan("index", (_COMMENT, _DEFINITION, _PREDICATE), ("keys", "parameters")),
    IndexKey: _Plan("", (_EXPRESSION,), ("opclass_parameters",)),
    PartitionKey: _Plan("", (_Text("definition", "partition key", _sql),), ("elements",)),
    PartitionKeyElement: _Plan("", (_Text("expression", "partition key", _sql),)),
    PartitionOf: _Plan("", (_Text("bound", "partition bound", _sql),)),
    Parameter: _Plan("", (_Text("value", "storage parameters", in_value),)),
    Trigger: _Plan("trigger", _COMMENTED),
    Policy: _Plan("policy", _COMMENTED),
    Rule: _Plan("rule", _COMMENTED),
    Statistics: _Plan("statistics object", (_COMMENT, _Text("expressions", "definition", _sql))),
    Enum: _Plan("enum", (_COMMENT, _Text("labels", "labels", _plain))),
    Domain: _Plan("domain", (_COMMENT, _DEFAULT), ("constraints",)),
    Composite: _Plan("composite type", _COMMENTED, ("attributes",)),
    CompositeAttribute: _Plan("attribute", _COMMENTED),
    Range: _Plan("range", _COMMENTED),
    Sequence: _Plan("sequence", _COMMENTED),
}


class _Walk:
    """Visits every text of a structure once; notes the hits, and makes the masked structure on the way."""

    def __init__(self) -> None:
        self.hits: list[_Hit] = []
        self._known: dict[tuple[_Find, str, str], list[Found]] = {}

    def model(self, one: _Model, path: _Path) -> _Model:
        """Return the masked model, or the same when nothing is found in it."""
        plan = _PLANS[type(one)]
        inner = (*path, one) if plan.noun else path
        changes: dict[str, object] = {}
        for kind in plan.texts:
            value = getattr(one, kind.field)
            if value:
                name = getattr(one, "name", "")
                changed = (
                    self._text(value, kind, name, inner)
                    if isinstance(value, str)
                    else _same_or(value, [self._text(each, kind, name, inner) for each in value])
                )
                if changed is not value:
                    changes[kind.field] = changed
        for part in plan.parts:
            value = getattr(one, part)
            if value:
                changed = (
                    _same_or(value, [self.model(each, inner) for each in value])
                    if isinstance(value, tuple)
                    else self.model(value, inner)
                )
                if changed is not value:
                    changes[part] = changed
        return one.model_copy(update=changes) if changes else one

    def _text(self, text: str, kind: _Text, name: str, path: _Path) -> str:
        found = self._find(text, kind.find, name)
        if not found:
            return text
        self.hits.append(_Hit(path, kind.what, text, found))
        return mask(text, found, MASK)

    def _find(self, text: str, find: _Find, name: str) -> list[Found]:
        if len(text) > _REMEMBERED_LENGTH:
            return find(text, name)
        key = (find, name if find in (in_default, in_value) else "", text)
        if (known := self._known.get(key)) is None:
            known = self._known[key] = find(text, name)
        return known


def _same_or(before: tuple[Any, ...], after: list[Any]) -> tuple[Any, ...]:
    return before if all(map(_is, before, after)) else tuple(after)


def _is(one: object, other: object) -> bool:
    return one is other


def _noun(model: Any) -> str:
    return str(model.kind.replace("_", " ")) if isinstance(model, Table) else _PLANS[type(model)].noun


def _described(path: _Path) -> str:
    """Return `column "c" of table "s"."t"`: what stands at the end of a path from the database down."""
    _, schema, *below = path
    if not below:
        return f"schema {quoted(schema.name)}"
    owner, *members = below
    inside = "".join(f"{_noun(member)} {quoted(member.name)} of " for member in reversed(members))
    return f"{inside}{_noun(owner)} {quoted(schema.name, owner.name)}"


def _place(path: _Path) -> Place:
    facts: dict[str, str] = {}
    for model in path[1:]:
        match model:
            case Schema():
                facts["schema_name"] = model.name
            case Table():
                facts["table"] = model.name
            case Column() | CompositeAttribute():
                facts["column"] = model.name
            case ConstraintBase():
                facts["constraint"] = model.name
            case _:
                facts["name"] = model.name
    return Place.model_validate(facts)
