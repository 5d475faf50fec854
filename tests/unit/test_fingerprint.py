"""The fingerprint: what changes it, and what does not."""

from typing import Any

import pytest

from datalchemy.adapters import generated_names
from datalchemy.adapters.postgres.naming import PostgresNames
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.model.base import QualifiedName, UsedObject
from datalchemy.model.constraints import CheckConstraint
from datalchemy.model.privileges import Access, Grant
from datalchemy.model.schema import Extension
from datalchemy.model.table import Column, Identity, IdentityGeneration, Table, TableKind, TableReference
from datalchemy.model.types import ColumnName, Domain, Enum, Range
from tests.unit.builders import (
    INTEGER,
    OPTIONS,
    check,
    column,
    foreign_key,
    function,
    index,
    not_null,
    partition_key,
    partition_of,
    schema,
    sequence,
    table,
    unique,
)


def of(*tables: Table, **facts: Any) -> str:
    """Return the fingerprint of one schema with these tables."""
    return fingerprint([schema("public", *tables, **facts)], PostgresNames())


def array(dimensions: int) -> Column:
    """Return an array column that was declared with so many dimensions."""
    return column("a", type=INTEGER.model_copy(update={"array_dimensions": dimensions}))


def test_it_is_a_sha256_and_stays() -> None:
    """The algorithm is a contract: this value changes only with a new major version of it."""
    assert fingerprint([], PostgresNames()) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    assert of(table("t", ["a"])) == "96a681211c23e034b16de8128f7faaf74e734e4b43c1611ac641e7f0579ed74a"


def test_comments_do_not_count() -> None:
    """Comments at any level change nothing."""
    bare = of(table("t", ["a"], [check("c")], indexes=(index("i", "a"),)), enums=(Enum(name="e", labels=("x",)),))
    told = of(
        table(
            "t",
            [column("a", comment="a")],
            [check("c").model_copy(update={"comment": "c"})],
            indexes=(index("i", "a", comment="i"),),
            comment="t",
        ),
        enums=(Enum(name="e", labels=("x",), comment="e"),),
        comment="s",
    )
    assert bare == told


def test_declared_array_dimensions_do_not_count() -> None:
    """`integer[][]` is stored as `integer[]` is, and dumped so."""
    assert of(table("t", [array(1)])) == of(table("t", [array(2)]))


def test_leftovers_of_failed_builds_do_not_count() -> None:
    """An invalid index promises nothing; that of a partitioned table is only not attached everywhere yet."""
    left = (index("i", "a", valid=False),)
    assert of(table("t", ["a"], indexes=left)) == of(table("t", ["a"]))
    root = table("t", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("a"))
    assert of(root.model_copy(update={"indexes": left})) != of(root)


def test_copies_of_foreign_keys_do_not_count() -> None:
    """The name of a partition's copy is the server's choice; without the root, the copy is all there is."""
    root = table("root", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("a"))
    leaf = table("leaf", ["a"], partition_of=partition_of("root"))
    copy = foreign_key("a", "t").model_copy(update={"local": False, "inherited": True})
    copied = leaf.model_copy(update={"constraints": (copy,)})
    assert of(copied, root) == of(leaf, root)
    assert of(copied) != of(leaf)


@pytest.mark.parametrize(
    "changed",
    [
        table("u", ["a", "b"]),
        table("t", ["b", "a"]),
        table("t", ["a", column("b", nullable=False)]),
        table("t", ["a", column("b", default="1")]),
        table("t", ["a", "b"], [check("c")]),
        table("t", ["a", "b"], [unique("u", "a")]),
        table("t", ["a", "b"], indexes=(index("i", "a"),)),
    ],
)
def test_structure_counts(changed: Table) -> None:
    """Names, order of columns, flags, defaults, constraints and indexes change it."""
    assert of(changed) != of(table("t", ["a", "b"]))


def test_the_order_of_enum_labels_counts() -> None:
    """Two enums with the same labels in another order are not the same."""
    assert of(enums=(Enum(name="e", labels=("a", "b")),)) != of(enums=(Enum(name="e", labels=("b", "a")),))


@pytest.mark.parametrize(
    "name",
    ["t_a_not_null", "t_a_not_null1", "t_a_not_null27"],
)
def test_default_not_nulls_do_not_count(name: str) -> None:
    """A NOT NULL that PostgreSQL 18 names by itself says no more than the flag does on PostgreSQL 17."""
    a = column("a", nullable=False)
    assert of(table("t", [a], [not_null(name, "a")])) == of(table("t", [a]))


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("t_a_must", {}),
        ("t_b_not_null", {}),
        ("t_a_not_null0", {}),
        ("t_a_not_null", {"no_inherit": True}),
        ("t_a_not_null", {"validated": False}),
    ],
)
def test_telling_not_nulls_count(name: str, facts: dict[str, Any]) -> None:
    """A NOT NULL with a name of its own, or that is not validated or not inherited, is structure."""
    a = column("a", nullable=False)
    assert of(table("t", [a], [not_null(name, "a", **facts)])) != of(table("t", [a]))


def test_copies_of_not_nulls_do_not_count() -> None:
    """A partition's copy has the parent's name: it is judged at the parent."""
    a = column("a", nullable=False)
    copy = not_null("parent_a_not_null", "a", local=False, inherited=True)
    assert of(table("t", [a], [copy])) == of(table("t", [a]))


def test_the_not_null_of_a_domain_does_not_count() -> None:
    """The same holds for domains, whose NOT NULL has a name from PostgreSQL 17."""
    bare = Domain(name="d", data_type="integer", type=INTEGER, nullable=False)
    named = bare.model_copy(update={"constraints": (not_null("d_not_null"),)})
    own = bare.model_copy(update={"constraints": (not_null("d_must"),)})
    assert of(domains=(bare,)) == of(domains=(named,)) != of(domains=(own,))


@pytest.mark.parametrize(
    ("table_name", "column_name", "name"),
    [
        ("t", "a", "t_a_not_null"),
        ("t" * 63, "a", "t" * 52 + "_a_not_null"),
        ("t" * 40, "c" * 40, "t" * 27 + "_" + "c" * 26 + "_not_null"),
        ("ç" * 31, "a", "ç" * 26 + "_a_not_null"),
        ("a_not_null", "not_null", "a_not_null_not_null_not_null"),
    ],
)
def test_default_names_are_shortened_as_the_server_does(table_name: str, column_name: str, name: str) -> None:
    """Names over 63 bytes skip bytes of the longer part first, and never half a character."""
    assert PostgresNames().is_not_null(name, table_name, column_name)


@pytest.mark.parametrize(
    ("name", "default"),
    [("price_range", "price_multirange"), ("rangerange", "multirangerange"), ("span", "span_multirange")],
)
def test_default_multirange_names_do_not_count(name: str, default: str) -> None:
    """PostgreSQL 12 and 13 have no multiranges: only a name of its own counts."""

    def named(multirange: str | None, owner: str = "public") -> str:
        made = None if multirange is None else QualifiedName(schema_name=owner, name=multirange)
        return of(ranges=(Range(name=name, data_type="integer", type=INTEGER, multirange=made),))

    assert named(default) == named(None)
    assert named("own") != named(None)
    assert named(default, "other") != named(None)


def test_an_engine_without_generated_names() -> None:
    """What looks like a name of PostgreSQL's own counts where the engine generates none."""
    named = schema("public", table("t", [column("a", nullable=False)], [not_null("t_a_not_null", "a")]))
    bare = schema("public", table("t", [column("a", nullable=False)]))
    assert fingerprint([named], None) != fingerprint([bare], None)
    assert fingerprint([named], generated_names("toy")) == fingerprint([named], generated_names("mysql"))
    assert fingerprint([named], generated_names("postgres")) == fingerprint([bare], None)


def test_the_type_of_an_identity_sequence_does_not_count() -> None:
    """A dump carries no type of an identity's sequence; that of any other sequence counts."""

    def owning(data_type: str, *, identity: bool) -> str:
        owned = sequence("s", owned_by=ColumnName(schema_name="public", table="t", column="a"), identity=identity)
        return of(table("t", ["a"]), sequences=(owned.model_copy(update={"data_type": data_type}),))

    assert owning("bigint", identity=True) == owning("integer", identity=True)
    assert owning("bigint", identity=False) != owning("integer", identity=False)


def inheriting(*columns: str | Column, parents: tuple[str, ...] = ("parent",)) -> Table:
    """Return a child by inheritance."""
    return table("child", columns, inherits=[TableReference(schema_name="public", table=one) for one in parents])


def test_a_child_has_its_parents_columns_first() -> None:
    """A dump restores a child with its parents' columns first, so where else they are does not count."""
    parent = table("parent", ["a", "b"])
    assert of(parent, inheriting("a", "own", "b")) == of(parent, inheriting("a", "b", "own"))
    assert of(parent, inheriting("a", "b", "x", "y")) != of(parent, inheriting("a", "b", "y", "x"))
    assert of(inheriting("a", "own", "b")) != of(inheriting("a", "b", "own")), "of a parent that is not in the file"
    assert of(table("parent", ["b", "a"]), inheriting("a", "b")) == of(
        table("parent", ["b", "a"]), inheriting("b", "a")
    )


def test_parents_in_a_circle_have_a_fingerprint() -> None:
    """An edited file may say that a table is its own parent: it has a fingerprint all the same."""
    assert of(inheriting("a", parents=("child",))) == of(inheriting("a", parents=("child",)))


def test_who_declares_a_not_null_that_a_parent_has_not_validated() -> None:
    """A dump makes the child's constraint its own, so whether it is local does not count; that it is valid does."""

    def below(*, local: bool, validated: bool, above: bool = False) -> str:
        own = not_null("known", "a", local=local, inherited=True, validated=validated)
        parent = table("parent", ["a"], [not_null("known", "a", validated=above)])
        return of(parent, inheriting("a").model_copy(update={"constraints": (own,)}))

    assert below(local=True, validated=True) == below(local=False, validated=True)
    assert below(local=True, validated=False) == below(local=False, validated=False)
    assert below(local=True, validated=True) != below(local=True, validated=False)
    assert below(local=True, validated=True, above=True) != below(local=False, validated=True, above=True)


def test_what_an_expression_uses_does_not_count() -> None:
    """The expression counts: what it uses is said beside it."""
    used = (UsedObject(kind="function", schema_name="public", name="f", arguments=()),)
    assert of(table("t", [column("a", default="f()", uses=used)])) == of(table("t", [column("a", default="f()")]))


def test_a_check_is_as_valid_as_the_parents_that_it_comes_from() -> None:
    """A dump does not carry that a child validated what its parent has not, be it declared further up."""

    def below(*, validated: bool, local: bool = False) -> str:
        def known(*, is_valid: bool, **facts: Any) -> CheckConstraint:
            said = f"CHECK (true){'' if is_valid else ' NOT VALID'}"
            return check("k").model_copy(update={"raw_sql": said, "validated": is_valid, **facts})

        tables = [table("top", ["a"], [known(is_valid=False)])]
        for name, parent in (("parent", "top"), ("child", "parent")):
            own = known(is_valid=validated, local=local, inherited=True)
            above = (TableReference(schema_name="public", table=parent),)
            tables.append(table(name, ["a"], [own], inherits=above))
        return of(*tables)

    assert below(validated=True) == below(validated=False)
    assert below(validated=True, local=True) != below(validated=False, local=True)


def test_extensions_count() -> None:
    """Name and schema of an extension count, its version does not; plpgsql, which every database has, does not."""

    def with_extensions(*extensions: Extension) -> str:
        return fingerprint([schema("public")], PostgresNames(), extensions=extensions)

    here = Extension(name="x", schema_name="public", version="1")
    plpgsql = Extension(name="plpgsql", schema_name="pg_catalog", version="1.0")
    assert with_extensions() == with_extensions(plpgsql) == fingerprint([schema("public")], PostgresNames())
    assert with_extensions(here) == with_extensions(plpgsql, here.model_copy(update={"version": "2"}))
    others = (here.model_copy(update={"name": "y"}), here.model_copy(update={"schema_name": "other"}))
    assert len({with_extensions(), with_extensions(here), *map(with_extensions, others)}) == 4
    assert fingerprint([], None, extensions=[plpgsql]) != fingerprint([], None)


def test_functions_count() -> None:
    """A function counts with the digest of its source; its source, the digest of a parsed body and comment do not."""
    plain = function("f")
    same = plain.model_copy(update={"source": "select 1", "body_sha256": "1" * 64, "comment": "c"})
    assert of(functions=(plain,)) == of(functions=(same,)) != of()
    changes: list[dict[str, Any]] = [
        {"source_sha256": "1" * 64},
        {"arguments": "integer"},
        {"strict": True},
        {"search_path_set": True},
    ]
    others = [plain.model_copy(update=change) for change in changes]
    assert len({of(functions=(one,)) for one in (plain, *others)}) == 5


def test_the_bound_of_an_identity_sequences_type_does_not_count() -> None:
    """A dump leaves out a bound that is the type's own, and the restored sequence has its column's type."""

    def owning(data_type: str, **bounds: int) -> str:
        options = OPTIONS.model_copy(update=bounds)
        owned = sequence("s", owned_by=ColumnName(schema_name="public", table="t", column="a"), identity=True)
        owned = owned.model_copy(update={"data_type": data_type, "options": options})
        name = QualifiedName(schema_name="public", name="s")
        identity = Identity(generation=IdentityGeneration.ALWAYS, sequence=name, options=options)
        return of(table("t", [column("a", identity=identity)]), sequences=(owned,))

    plain = owning("integer")
    assert owning("bigint", maximum=2**63 - 1) == plain
    assert owning("smallint", maximum=2**15 - 1) == plain
    assert owning("bigint", maximum=2**31 - 1) == plain
    assert owning("bigint", maximum=99) != plain
    assert owning("bigint", increment=-1, minimum=-(2**63)) == owning("integer", increment=-1, minimum=-(2**31))


def test_owners_and_privileges_do_not_count() -> None:
    """They are there on demand: the fingerprint is the same with and without them."""
    access = Access(owner="r", is_default=False, grants=(Grant(grantor="r", privileges=("select",)),))
    granted = table("t", [column("a", access=access)], access=access)
    assert of(granted, access=access, functions=(function("f", access=access),)) == of(
        table("t", ["a"]), functions=(function("f"),)
    )
