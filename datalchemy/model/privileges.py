"""Owners and privileges: role names only. They are captured where `capture.privileges` asks for them."""

from typing import Annotated

from pydantic import Field

from datalchemy.model.base import FrozenModel
from datalchemy.model.text_class import COSMETIC, Name, Word


class Grant(FrozenModel):
    """What one role has granted to another: words such as `select`, sorted; `grantable` are those to pass on.

    `grantee` is None for PUBLIC, which means every role. A role that is gone has the server's text for its number.
    """

    grantee: Name | None = None
    grantor: Name
    privileges: tuple[Word, ...]
    grantable: tuple[Word, ...] = ()


class Access(FrozenModel):
    """Who owns an object, and what is granted on it, by grantee (PUBLIC first) and grantor.

    `is_default` is True where nobody granted or revoked anything: `grants` are then those that the server gives by
    default. A column has no owner of its own, and is listed where it has grants of its own.
    """

    owner: Name | None = None
    is_default: bool
    grants: tuple[Grant, ...]


class DefaultPrivileges(FrozenModel):
    """What `role` grants by itself on `objects` that it will make (ALTER DEFAULT PRIVILEGES).

    With a schema it is added to the defaults there; without one it takes the place of the server's own defaults.
    `objects` is tables, sequences, functions, types, schemas or large_objects.
    """

    role: Name
    schema_name: Annotated[Name | None, Field(alias="schema")] = None
    objects: Word
    grants: tuple[Grant, ...]


ObjectAccess = Annotated[Access | None, COSMETIC]
"""The owner and privileges of an object. The fingerprint leaves them out: they are there on demand."""
