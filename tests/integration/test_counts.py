"""Our numbers against those of an oracle that knows nothing of our code, on schemas that nobody here wrote."""

from pathlib import Path
from typing import Any

import psycopg

from tests.integration.capturing import capture
from tests.integration.corpus import committed_counts, each_corpus_schema, live_counts, load_schema
from tests.integration.counting import COUNTS, LEFT_OUT, Facts
from tests.servers import Server

_NOT_OURS = {
    "database": "the name of the oracle's database",
    "server_version_num": "the oracle's server",
    "columns_dropped": "a dropped column is no fact of the structure",
    "extensions": "extensions are told where they own something",
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


@each_corpus_schema()
def test_counts(corpus_schema: Path, matrix_server: Server, matrix_database: str) -> None:
    """On a real application's schema every number of ours is the one that plain SQL finds in the catalogs."""
    complaints = load_schema(corpus_schema, matrix_server, matrix_database)
    facts = Facts(capture(matrix_database), _keywords(matrix_database))
    ours = {key: count(facts) for key, count in COUNTS.items()}
    oracle = live_counts(corpus_schema, matrix_database)
    left_out = _left_out(matrix_database, oracle)
    assert ours.keys() | _NOT_OURS.keys() == oracle.keys()
    assert _differences(ours, left_out, oracle) == {}
    committed = committed_counts(corpus_schema, matrix_server)
    if committed is not None and "is not available" not in complaints:
        # What is only as complete as the server's roles is not compared: they were the other server's.
        committed["policies"] = oracle["policies"]
        assert _differences(ours, left_out, committed) == {}
