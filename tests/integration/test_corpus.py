"""The schemas of real applications, which nobody here wrote: counted, built anew, and restored from a dump."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.integration.corpus import committed_counts, each_corpus_schema, live_counts, skip_the_biggest
from tests.integration.counting import COUNTS, LEFT_OUT, Facts
from tests.integration.rebuilding import differences_of_rebuilt
from tests.integration.restoring import differences_of_restored
from tests.integration.structures import Structure, loaded
from tests.servers import Server

_NOT_OURS = {
    "database": "the name of the oracle's database",
    "server_version_num": "the oracle's server",
    "columns_dropped": "a dropped column is no fact of the structure",
    "live_rows_in_tables": "the oracle has none either",
}
"""What the oracle says and schema.json does not tell."""


def _keywords(url: str) -> frozenset[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select word from pg_get_keywords() where catcode <> 'U'").fetchall()
    return frozenset(word for (word,) in rows)


def _left_out(url: str, oracle: dict[str, Any]) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return {
            key: connection.execute(query.encode()).fetchall()[0][0]
            for key, query in LEFT_OUT.items()
            if oracle[key.split(".")[0]] is not None
        }


def _flat(counts: dict[str, Any]) -> dict[str, Any]:
    """Put each number of a count by kind beside the others, as `key.kind`; what a server cannot tell goes."""
    flat: dict[str, Any] = {}
    for key, value in counts.items():
        parts = {f"{key}.{kind}": number for kind, number in value.items()} if isinstance(value, dict) else {key: value}
        flat |= {name: number for name, number in parts.items() if number}
    return flat


def _differences(ours: dict[str, Any], left_out: dict[str, int], oracle: dict[str, Any]) -> dict[str, Any]:
    told = {key: number for key, number in ours.items() if oracle[key] is not None}
    mine, theirs = _flat(told), _flat({key: oracle[key] for key in ours})
    for key, number in left_out.items():
        mine[key] = mine.get(key, 0) + number
    keys = sorted(mine.keys() | theirs.keys())
    return {key: (mine.get(key, 0), theirs.get(key, 0)) for key in keys if mine.get(key, 0) != theirs.get(key, 0)}


@pytest.fixture(scope="module")
def structure(request: pytest.FixtureRequest, matrix_server: Server) -> Iterator[Structure]:
    """A database with one of the schemas."""
    with loaded(matrix_server, request.param, stop_at_errors=False) as structure:
        yield structure


@each_corpus_schema()
def test_rebuilt(structure: Structure) -> None:
    """The schemas of real applications, built anew from their schema.json, are dumped as the originals are."""
    assert differences_of_rebuilt(structure)[:5] == []


@each_corpus_schema()
def test_restored(structure: Structure) -> None:
    """What pg_dump writes of a real application's schema, and psql reads back, gives the same schema.json."""
    skip_the_biggest(structure.name, structure.server)
    assert differences_of_restored(structure)[:5] == []


@each_corpus_schema()
def test_counted(structure: Structure) -> None:
    """On a real application's schema every number of ours is the one that plain SQL finds in the catalogs."""
    skip_the_biggest(structure.name, structure.server)
    facts = Facts(structure.captured, _keywords(structure.url))
    ours = {key: count(facts) for key, count in COUNTS.items()}
    oracle = live_counts(structure.url)
    left_out = _left_out(structure.url, oracle)
    assert ours.keys() | _NOT_OURS.keys() == oracle.keys()
    assert _differences(ours, left_out, oracle) == {}
    committed = committed_counts(structure.name, structure.server)
    if committed is not None and "is not available" not in structure.complaints:
        # What is only as complete as the server's roles is not compared: they were the other server's.
        committed["policies"] = oracle["policies"]
        assert _differences(ours, left_out, committed) == {}
