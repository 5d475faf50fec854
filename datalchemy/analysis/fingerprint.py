"""The fingerprint: one number that shows whether two databases have the same structure."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from datalchemy.model.base import FrozenModel
from datalchemy.model.schema import Extension, Schema
from datalchemy.model.text_class import leaves

FINGERPRINT_VERSION = 2
"""The version of the rules. A new one only adds facts: a structure that has none of them keeps its fingerprint."""

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}

Json = dict[str, Any]
Tables = Mapping[tuple[str, str], Json]
"""The tables of all schemas by (schema, name)."""


class GeneratedNames(Protocol):
    """An engine's rules for the names that its server generates."""

    def is_not_null(self, name: str, owner: str, column: str | None) -> bool:
        """Return whether the server would generate this name for a NOT NULL of the column (None: of the domain)."""
        ...

    def is_multirange(self, name: str, range_name: str) -> bool:
        """Return whether the server would generate this name for the multirange type in the same schema."""
        ...

    def is_standard_extension(self, name: str) -> bool:
        """Return whether every database of the engine has this extension by itself."""
        ...


def fingerprint(
    schemas: Sequence[Schema], names: GeneratedNames | None, *, extensions: Sequence[Extension] = ()
) -> str:
    """Return the sha256, in 64 hexadecimal digits, of the canonical JSON of the structure.

    A restored dump has the same fingerprint, also on a later PostgreSQL if that server writes expressions and
    definitions the same way. The canonical JSON is the list of schemas as in schema.json, in
    UTF-8, with sorted keys and no whitespace, with these rules:

    - the names of the database, of the engine and of its version are not in it, nor is `schema_version`;
    - absent facts (None) are left out at every level, so a new optional fact changes nothing where it is absent;
    - comments are left out at every level: they change no structure;
    - what repeats another fact in a form for programs is left out: `default_kind`, `default_value`, `default_type`,
      `bound_values`;
    - `array_dimensions` is left out: PostgreSQL does not enforce it and a dump does not carry it;
    - an index that is not valid is left out, but for that of a partitioned table: a failed build leaves it behind, it
      promises nothing, and a dump does not carry it;
    - the copy of an FK on a partition is left out where its partitioned table is in the file: it says nothing of its
      own, and the server that restores a dump chooses its name;
    - a `not_null` constraint is left out where it says no more than the column's or domain's own flag: it is
      validated, not `no_inherit`, and either has a name that the server generates or is a mere copy of a parent's.
      PostgreSQL 18 names every NOT NULL (17 those of domains); older ones name none;
    - of a `not_null` constraint that a parent has, too, and has not validated, it does not count whether it is local: a
      dump makes it so;
    - a CHECK that only a parent declares is as valid as the parent's: a dump carries nothing else;
    - the columns of a child by inheritance have the order that a dump restores, those of its parents first, where all
      its parents are in the file;
    - the sequence of an identity has the type of its column, and the bound of that type where it has that of its own: a
      dump carries no other, which LIKE may have given it;
    - the name of a range's multirange is left out where the server generates it: PostgreSQL 12 and 13 have none.

    Version 2 adds these:

    - a schema's `functions`, where it has any: each with the digest of its source, without the source; the digest of a
      parsed body is left out, because the server may spell a restored body otherwise;
    - after the schemas comes one more value, `{"extensions": [...]}`, where there are extensions: each with its name
      and schema, without its version, which a dump does not carry. An extension that every database has is left out.

    `names` recognises the names that the server generates; None where the engine generates none.
    Lists keep their order, which is the total order of the contract.
    """
    read = [_read(schema) for schema in schemas]
    tables = {(schema["name"], table["name"]): table for schema in read for table in schema["tables"]}
    for schema in read:
        _with_types_of_columns(schema["sequences"], tables)
    sequences = {(schema["name"], one["name"]): one for schema in read for one in schema["sequences"]}
    for table in tables.values():
        _with_options_of_sequences(table["columns"], sequences)
    canonical = [_essential(schema, tables, names) for schema in read]
    added = [_read(one) for one in extensions if names is None or not names.is_standard_extension(one.name)]
    if added:
        canonical.append({"extensions": added})
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _read(whole: FrozenModel) -> Json:
    cosmetic = _cosmetic(type(whole))

    # the JSON parser drops the facts to leave out: far quicker than a walk over the finished values
    def keep(pairs: list[tuple[str, Any]]) -> Json:
        return {key: value for key, value in pairs if key not in cosmetic}

    read: Json = json.loads(whole.model_dump_json(exclude_none=True), object_pairs_hook=keep)
    return read


@cache
def _cosmetic(model: type) -> frozenset[str]:
    """Return the names of the facts that change no structure; such a name means no other fact elsewhere."""
    texts = ((leaf.field, leaf.text) for leaf in leaves(model) if leaf.text is not None)
    own = {field for field, text in texts if text.derived or not text.kind.is_structure}
    return frozenset(own).union(*(_cosmetic(leaf.type) for leaf in leaves(model)))


def _essential(schema: Json, tables: Tables, names: GeneratedNames | None) -> Json:
    for table in schema["tables"]:
        _as_dumped(table, tables)
        table["constraints"] = _telling(table["constraints"], table["name"], names)
        above = table.get("partition_of")
        if above is not None and (above["schema"], above["table"]) in tables:
            table["constraints"] = [one for one in table["constraints"] if not _is_copied_foreign_key(one)]
        if table["kind"] != "partitioned_table":
            table["indexes"] = [index for index in table["indexes"] if index["valid"]]
    if not schema["functions"]:
        del schema["functions"]
    for domain in schema["domains"]:
        domain["constraints"] = _telling(domain["constraints"], domain["name"], names)
    for range_ in schema["ranges"]:
        made = range_.get("multirange", {})
        if names and made.get("schema") == schema["name"] and names.is_multirange(made["name"], range_["name"]):
            del range_["multirange"]
    return schema


def _as_dumped(table: Json, tables: Tables) -> None:
    """Put what depends on a table's parents as a dump restores it."""
    if table["inherits"]:
        places = {name: ordinal for ordinal, name in enumerate(_dumped_order(table, tables), 1)}
        table["columns"].sort(key=lambda column: places[column["name"]])
        for column in table["columns"]:
            column["ordinal"] = places[column["name"]]
    above = (one for parent in _above(table, tables) for one in parent["constraints"])
    doubted = {one.get("column") for one in above if one["kind"] == "not_null" and not one["validated"]}
    for one in table["constraints"]:
        if one["kind"] == "not_null" and one["inherited"] and one.get("column") in doubted:
            one["local"] = False
        elif one["kind"] == "check" and (doubt := _doubted_above(one, table, tables)):
            one["validated"], one["raw_sql"] = doubt["validated"], doubt["raw_sql"]


def _above(table: Json, tables: Tables) -> list[Json]:
    """Return the parents of a table, by inheritance or partitioning, that are in the file."""
    links = (*table["inherits"], *([table["partition_of"]] if "partition_of" in table else ()))
    found = (tables.get((one["schema"], one["table"])) for one in links)
    return [parent for parent in found if parent is not None]


def _doubted_above(check: Json, table: Json, tables: Tables, below: tuple[Json, ...] = ()) -> Json | None:
    """Return the parent's CHECK that a CHECK comes from, if that is not validated, be it further up; else None."""
    if check["local"] or not check["inherited"] or any(table is one for one in below):
        return None
    for parent in _above(table, tables):
        for one in parent["constraints"]:
            if one["kind"] == "check" and one["name"] == check["name"]:
                found = one if not one["validated"] else _doubted_above(one, parent, tables, (*below, table))
                if found is not None:
                    return found
    return None


def _dumped_order(table: Json, tables: Tables, below: tuple[Json, ...] = ()) -> list[str]:
    """Return the names of a table's columns in the order that a dump restores: parents first, one after the other."""
    own = [column["name"] for column in table["columns"]]
    parents = [tables.get((one["schema"], one["table"])) for one in table["inherits"]]
    below = (*below, table)
    if any(parent is None or any(parent is one for one in below) for parent in parents):
        return own
    above = [name for parent in parents if parent for name in _dumped_order(parent, tables, below)]
    there = set(own)
    return [name for name in dict.fromkeys((*above, *own)) if name in there]


def _with_types_of_columns(sequences: list[Json], tables: Tables) -> None:
    for one in sequences:
        column = _type_of_owner(one, tables)
        if one["identity"] and one["data_type"] != column:
            options = one["options"]
            own, other = (2 ** (_BITS.get(name, 64) - 1) for name in (one["data_type"], column))
            if options["increment"] > 0 and options["maximum"] == own - 1:
                options["maximum"] = other - 1
            if options["increment"] < 0 and options["minimum"] == -own:
                options["minimum"] = -other
            one["data_type"] = column


def _with_options_of_sequences(columns: list[Json], sequences: Mapping[tuple[str, str], Json]) -> None:
    for column in columns:
        identity = column.get("identity", {})
        named = identity.get("sequence")
        if named is not None and (named["schema"], named["name"]) in sequences:
            identity["options"] = sequences[named["schema"], named["name"]]["options"]


def _type_of_owner(sequence: Json, tables: Tables) -> str:
    """Return the type of the column that owns the sequence; the sequence's own where that column is not there."""
    owner = sequence.get("owned_by", {})
    columns = tables.get((owner.get("schema"), owner.get("table")), {}).get("columns", ())
    found: list[str] = [column["data_type"] for column in columns if column["name"] == owner["column"]]
    return found[0] if found else sequence["data_type"]


def _is_copied_foreign_key(constraint: Json) -> bool:
    return constraint["kind"] == "foreign_key" and constraint["inherited"] and not constraint["local"]


def _telling(constraints: Iterable[Json], owner: str, names: GeneratedNames | None) -> list[Json]:
    return [one for one in constraints if one["kind"] != "not_null" or _tells_more_than_the_flag(one, owner, names)]


def _tells_more_than_the_flag(constraint: Json, owner: str, names: GeneratedNames | None) -> bool:
    if constraint["no_inherit"] or not constraint["validated"]:
        return True
    if constraint["inherited"] and not constraint["local"]:
        return False
    return names is None or not names.is_not_null(constraint["name"], owner, constraint.get("column"))
