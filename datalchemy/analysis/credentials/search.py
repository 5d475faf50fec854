"""Finds and masks credentials in a schema's texts: in defaults, comments, views ...

The places that are meant for secrets (options of foreign servers, user mappings, subscriptions, the arguments of
triggers) are never read. The texts here are part of the structure.
"""

from collections.abc import Callable
from functools import cache
from operator import is_
from typing import Any, NamedTuple, TypeVar

from datalchemy.analysis.credentials.shapes import Found
from datalchemy.analysis.credentials.sql import in_default, in_source, in_sql
from datalchemy.analysis.credentials.texts import in_plain, in_value, mask
from datalchemy.analysis.fingerprint import FINGERPRINT_VERSION, GeneratedNames, fingerprint
from datalchemy.model.base import FrozenModel
from datalchemy.model.constraints import ConstraintBase
from datalchemy.model.diagnostics import Diagnostic, Place, WarningCode
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import Column, Table
from datalchemy.model.text_class import Text, TextClass, leaves
from datalchemy.model.types import CompositeAttribute
from datalchemy.secrets.references import MASK
from datalchemy.text import quoted

_Model = TypeVar("_Model", bound=FrozenModel)
_Path = tuple[Any, ...]
_Find = Callable[[str, str], list[Found]]
_REMEMBERED_LENGTH = 300


def find_credentials(schema: DatabaseSchema) -> tuple[Diagnostic, ...]:
    """Return a warning for each text that looks like it carries a credential, in the order of the file.

    The texts of an object come before those of its parts. A warning names the text and its place, never the
    value. What a child or partition inherits from a parent in the file is reported for the parent only. Time is
    linear in the length of the texts.
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


def mask_credentials(schema: DatabaseSchema, names: GeneratedNames | None) -> DatabaseSchema:
    """Return the structure with `***` for each value that looks like a credential.

    The fingerprint is that of the masked structure: one of the whole structure could confirm a guess. So could the
    digest of a masked source, which is left out. Without a finding the structure is unchanged. `names` is for the
    fingerprint.
    """
    masked = _Walk().model(schema, ())
    if masked is schema:
        return schema
    masked = masked.model_copy(update={"schemas": tuple(map(_without_digests, schema.schemas, masked.schemas))})
    made = fingerprint(masked.schemas, names, extensions=masked.extensions)
    return masked.model_copy(update={"fingerprint": made, "fingerprint_version": FINGERPRINT_VERSION})


def mask_text(text: str) -> str:
    """Return a text that is no SQL with `***` for each value that looks like a credential."""
    return mask(text, in_plain(text), MASK)


def _without_digests(schema: Schema, masked: Schema) -> Schema:
    functions = tuple(
        one if one.source == before.source else one.model_copy(update={"source_sha256": None, "body_sha256": None})
        for before, one in zip(schema.functions, masked.functions, strict=True)
    )
    return masked if functions == masked.functions else masked.model_copy(update={"functions": functions})


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


_FIND: dict[TextClass, _Find] = {
    TextClass.SQL: lambda text, _: in_sql(text),
    TextClass.DEFAULT: in_default,
    TextClass.VALUE: in_value,
    TextClass.FREE: lambda text, _: in_plain(text),
    TextClass.SOURCE: lambda text, _: in_source(text),
    TextClass.COSMETIC: lambda text, _: in_plain(text),
}
"""How to search a text of each class, given the text and the name of its model. Other classes hold no credential."""
_NAMED = frozenset({TextClass.DEFAULT, TextClass.VALUE})


@cache
def _plan(model: type[FrozenModel]) -> tuple[tuple[str, Text | None], ...]:
    """Return the fields that hold texts to search, then those that hold models with such texts (and no text).

    Raises:
        TypeError: a field holds a text without a class.
    """
    texts: dict[str, Text | None] = {}
    parts: dict[str, Text | None] = {}
    for field, kind, text in leaves(model):
        if kind is str and text is None:
            raise TypeError(f"the text {model.__name__}.{field} has no class: see model.text_class")
        if kind is str and text is not None and text.kind in _FIND:
            texts[field] = text
        elif issubclass(kind, FrozenModel) and _plan(kind):
            parts[field] = None
    return (*texts.items(), *parts.items())


class _Walk:
    """Visits every text of a structure once; notes the hits, and makes the masked structure on the way."""

    def __init__(self) -> None:
        self.hits: list[_Hit] = []
        self._known: dict[tuple[TextClass, str, str], list[Found]] = {}

    def model(self, one: _Model, path: _Path) -> _Model:
        """Return the masked model, or the same when nothing is found in it."""
        inner = (*path, one) if one.noun else path
        changes: dict[str, object] = {}
        for field, text in _plan(type(one)):
            value = getattr(one, field)
            if not value:
                continue
            if isinstance(value, tuple):
                changed = _same_or(value, [self._visited(each, text, one, inner) for each in value])
            else:
                changed = self._visited(value, text, one, inner)
            if changed is not value:
                changes[field] = changed
        return one.model_copy(update=changes) if changes else one

    def _visited(self, value: Any, text: Text | None, owner: FrozenModel, path: _Path) -> Any:
        if text is None:
            return self.model(value, path)
        found = self._find(value, text.kind, getattr(owner, "name", ""))
        if not found:
            return value
        self.hits.append(_Hit(path, text.called, value, found))
        return mask(value, found, MASK)

    def _find(self, text: str, kind: TextClass, name: str) -> list[Found]:
        if len(text) > _REMEMBERED_LENGTH:
            return _FIND[kind](text, name)
        key = (kind, name if kind in _NAMED else "", text)
        if (known := self._known.get(key)) is None:
            known = self._known[key] = _FIND[kind](text, name)
        return known


def _same_or(before: tuple[Any, ...], after: list[Any]) -> tuple[Any, ...]:
    return before if all(map(is_, before, after)) else tuple(after)


def _noun(model: Any) -> str:
    return str(model.kind.replace("_", " ")) if isinstance(model, Table) else model.noun


def _described(path: _Path) -> str:
    """Return `column "c" of table "s"."t"`: the object at the end of a path from a schema (or an extension) down."""
    schema, *below = path
    if not below:
        return f"{schema.noun} {quoted(schema.name)}"
    owner, *members = below
    inside = "".join(f"{_noun(member)} {quoted(member.name)} of " for member in reversed(members))
    return f"{inside}{_noun(owner)} {quoted(schema.name, owner.name)}"


def _place(path: _Path) -> Place:
    facts: dict[str, str] = {}
    for model in path:
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
