"""Functions, procedures, aggregates and window functions."""

from enum import StrEnum
from typing import ClassVar

from datalchemy.model.base import FrozenModel, QualifiedName
from datalchemy.model.privileges import ObjectAccess
from datalchemy.model.text_class import Comment, Digest, Name, Source, Word


class FunctionKind(StrEnum):
    """pg_proc.prokind in words."""

    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    WINDOW = "window"


class Volatility(StrEnum):
    """What the result of a function depends on."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    VOLATILE = "volatile"


class Parallel(StrEnum):
    """Whether a parallel query may call a function."""

    SAFE = "safe"
    RESTRICTED = "restricted"
    UNSAFE = "unsafe"


class Function(FrozenModel):
    """A function of any kind that no extension owns; `extensions` name those that bring more.

    Its identity is its name and `arguments`: the server's text of the arguments that identify it, with modes and names.
    `argument_types` are the types of its input arguments; an array type has the server's own name (`_int4`). `result`
    is the server's text of what it returns; None for a procedure. `search_path_set` says that it sets a search_path.

    `source_sha256` is the digest of its source, which the server computes: for a function in C, that of its file and
    symbol; for an aggregate, that of all that makes it. A body that the server has parsed (BEGIN ATOMIC, RETURN) has no
    source: `body_sha256` is the digest of the server's text of it. A digest is absent where a credential is masked in
    the source. `source` is there where `capture.function_source` asks for it, and never for an aggregate.

    The fingerprint counts `source_sha256`. It leaves out `body_sha256`, since a server may write a restored body
    otherwise, and `source`.
    """

    noun: ClassVar[str] = "function"
    name: Name
    kind: FunctionKind
    arguments: Name
    argument_types: tuple[QualifiedName, ...]
    result: Name | None = None
    language: Name
    volatility: Volatility
    parallel: Parallel
    strict: bool
    security_definer: bool
    search_path_set: bool
    source_sha256: Word | None = None
    body_sha256: Digest | None = None
    source: Source | None = None
    comment: Comment | None = None
    access: ObjectAccess = None
