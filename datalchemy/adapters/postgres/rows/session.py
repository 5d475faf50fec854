"""Rows about the server and its objects at large."""

from typing import NamedTuple

Oid = int


class ServerRow(NamedTuple):
    """Row of server.sql."""

    version: str
    version_num: int
    database: str
    role: str
    catalog_bytes: int


class VersionRow(NamedTuple):
    """Row of version.sql."""

    version: str


class AccessRow(NamedTuple):
    """Row of access.sql."""

    schemas: int
    tables: int
    selectable_tables: int


class CatalogStateRow(NamedTuple):
    """Row of catalog_state.sql."""

    state: str


class SchemaRow(NamedTuple):
    """Row of schemas.sql."""

    schema_oid: Oid
    name: str


class ExtensionMemberRow(NamedTuple):
    """Row of extension_members.sql."""

    catalog: str
    object_oid: Oid
    extension: str


class ExtensionRow(NamedTuple):
    """Row of extensions.sql."""

    name: str
    version: str
    schema: str | None


class CommentRow(NamedTuple):
    """Row of comments.sql."""

    catalog: str
    object_oid: Oid
    part: int
    comment: str


class UseRow(NamedTuple):
    """Row of uses.sql."""

    catalog: str
    object_oid: Oid
    part: int
    kind: str
    schema: str
    name: str
    arguments: list[str] | None
    extension: str | None


class NotModelledRow(NamedTuple):
    """Row of not_modelled.sql."""

    schema: str | None
    kind: str
    objects: int
    names: list[str]
