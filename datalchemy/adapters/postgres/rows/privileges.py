"""Rows about owners and privileges."""

from typing import NamedTuple

from datalchemy.adapters.postgres.rows.session import Oid


class PrivilegeRow(NamedTuple):
    """Row of privileges.sql."""

    catalog: str
    object_oid: Oid
    part: int
    owner: str | None
    is_default: bool
    grantor: str | None
    grantee: str | None
    privileges: list[str] | None
    grantable: list[str] | None


class DefaultPrivilegeRow(NamedTuple):
    """Row of default_privileges.sql."""

    default_oid: Oid
    role: str
    schema: str | None
    objects: str
    grantor: str | None
    grantee: str | None
    privileges: list[str] | None
    grantable: list[str] | None
