"""The class of a text: every field has one, and search, masking and the fingerprint read it."""

from collections.abc import Iterator
from typing import Annotated

import pytest

from datalchemy.analysis.credentials.search import find_credentials, mask_credentials
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.model.base import FrozenModel
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import Column, Table
from datalchemy.model.text_class import COSMETIC, Comment, Leaf, Sql, Text, TextClass, leaves
from tests.unit.builders import INTEGER, database, public, table

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
FACTS = {"name": "c", "ordinal": 1, "data_type": "integer", "type": INTEGER, "nullable": True, "not_null": False}


def _every_leaf(model: type = DatabaseSchema) -> Iterator[tuple[str, Leaf]]:
    for leaf in leaves(model):
        yield model.__name__, leaf
        yield from _every_leaf(leaf.type)


def test_every_text_of_the_contract_has_a_class() -> None:
    """No text can be forgotten by those who read the classes."""
    texts = [(model, leaf) for model, leaf in _every_leaf() if leaf.type is str]
    assert len(texts) > 100
    assert [f"{model}.{leaf.field}" for model, leaf in texts if leaf.text is None] == []


def test_a_text_without_a_class_is_refused() -> None:
    """The search does not pass by a text that it cannot judge."""

    class Forgetful(Table):
        note: str = ""

    forgetful = Forgetful.model_validate(table("t").model_dump())
    with pytest.raises(TypeError, match=r"Forgetful\.note has no class"):
        find_credentials(public(forgetful))


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (Comment, f"see {TOKEN}"),
        (Sql, f"f('{TOKEN}'::text)"),
        (Annotated[str, Text(TextClass.FREE, "comment")], f"see {TOKEN}"),
        (Annotated[str, Text(TextClass.VALUE, "comment")], TOKEN),
        (Annotated[str, Text(TextClass.DEFAULT, "comment")], f"'{TOKEN}'::text"),
        (tuple[Comment, ...] | None, ("nothing", f"see {TOKEN}")),
    ],
)
def test_a_new_text_is_searched_and_masked(annotation: object, text: object) -> None:
    """A field that a later model adds needs its class, and nothing else."""
    later: type[Column] = type("Later", (Column,), {"__annotations__": {"note": annotation}, "note": None})
    held = public(table("t", [later.model_validate({**FACTS, "note": text})]))
    (warning,) = find_credentials(held)
    called = "definition" if annotation is Sql else "comment"
    assert warning.message == (
        f'the {called} of column "c" of table "public"."t" looks like it holds a credential: a GitHub token'
    )
    (masked,) = mask_credentials(held, None).schemas[0].tables[0].columns
    assert TOKEN not in masked.model_dump_json()
    assert "***" in masked.model_dump_json()


def test_a_new_model_is_searched() -> None:
    """A model that a later contract adds is searched as a part of the object that holds it."""

    class Note(FrozenModel):
        text: Comment

    class Later(Schema):
        notes: tuple[Note, ...] = ()

    (warning,) = find_credentials(database(Later(name="s", notes=(Note(text=TOKEN),))))
    assert warning.message == 'the comment of schema "s" looks like it holds a credential: a GitHub token'


def test_cosmetic_facts_do_not_count() -> None:
    """The fingerprint leaves out what the annotation calls cosmetic, text or not, and counts the rest."""

    class Later(Schema):
        note: Comment | None = None
        shade: Annotated[int | None, COSMETIC] = None
        rule: Sql | None = None

    bare = fingerprint([Later(name="s")], None)
    assert fingerprint([Later(name="s", note="n", shade=3)], None) == bare
    assert fingerprint([Later(name="s", rule="r")], None) != bare


def test_a_cosmetic_name_is_cosmetic_everywhere() -> None:
    """The fingerprint leaves facts out by their name: no other model gives that name to a structural fact."""
    kinds: dict[str, set[bool]] = {}
    for _, leaf in _every_leaf():
        cosmetic = leaf.text is not None and (leaf.text.derived or not leaf.text.kind.is_structure)
        kinds.setdefault(leaf.field, set()).add(cosmetic)
    assert {name for name, said in kinds.items() if said == {True}} == {
        *(
            "comment",
            "version",
            "access",
            "default_privileges",
            "array_dimensions",
            "detach_pending",
            "body_sha256",
            "source",
        ),
        *("default_kind", "default_value", "default_type", "bound_values", "uses"),
    }
    assert [name for name, said in kinds.items() if len(said) > 1] == []
