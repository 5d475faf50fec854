"""metrics.json: counts, coverage, and what is passed through."""

import json
from typing import Any

from datalchemy.analysis.graph import build_graph
from datalchemy.metrics import Metrics, Timings, measure
from datalchemy.model.capture import QueryTiming, TableEstimate
from datalchemy.model.diagnostics import Diagnostic, WarningCode
from datalchemy.model.options import CaptureOptions
from datalchemy.model.schema import DatabaseSchema, Extension
from datalchemy.model.table import TableKind
from datalchemy.model.types import Enum
from tests.unit.builders import (
    check,
    column,
    database,
    foreign_key,
    function,
    index,
    partition_key,
    partition_of,
    primary_key,
    public,
    schema,
    sequence,
    table,
)

TIMINGS = Timings(
    connect_seconds=0.1,
    read_seconds=0.2,
    assemble_seconds=0.3,
    validate_seconds=0.4,
    graph_seconds=0.5,
    queries=(QueryTiming(query="tables", rows=3, seconds=0.01),),
)


def measured(database_schema: DatabaseSchema, **facts: Any) -> Metrics:
    """Return the metrics of a database."""
    given: dict[str, Any] = {"estimates": (), "timings": TIMINGS, "warnings": ()} | facts
    return measure(database_schema, build_graph(database_schema), **given)


def test_counts() -> None:
    """Everything in the file is counted, and what is not there is 0."""
    counts = measured(
        database(
            schema(
                "a",
                table("t", ["x", "y"], [primary_key("x"), check("c"), check("d")], indexes=(index("i", "x"),)),
                table("v", ["x"], kind=TableKind.VIEW),
                enums=(Enum(name="e", labels=()),),
                sequences=(sequence("s"), sequence("s2")),
                functions=(function("f"), function("f", "integer")),
            ),
            schema(
                "b",
                table("p", kind=TableKind.PARTITIONED_TABLE),
                table("q", partition_of=partition_of("p", schema="b")),
            ),
            extensions=(Extension(name="x", schema_name="b", version="1"),),
        )
    ).counts
    assert (counts.schemas, counts.tables, counts.partitions, counts.columns) == (2, 4, 1, 3)
    assert counts.tables_by_kind.model_dump() == {
        "table": 2,
        "partitioned_table": 1,
        "foreign_table": 0,
        "view": 1,
        "materialized_view": 0,
    }
    assert counts.constraints.model_dump() == {
        "primary_key": 1,
        "foreign_key": 0,
        "unique": 0,
        "check": 2,
        "not_null": 0,
        "exclude": 0,
    }
    assert (counts.indexes, counts.types.enum, counts.types.domain, counts.sequences) == (1, 1, 0, 2)
    assert (counts.functions, counts.extensions) == (2, 1)


def test_coverage() -> None:
    """Shares are of a hundred, to two decimals."""
    coverage = measured(
        public(
            table("a", [column("x", nullable=False)], [primary_key("x")]),
            table("b", ["x"], [foreign_key("x", "a", "x")]),
            table("c", ["x"]),
        )
    ).coverage
    assert coverage.tables_with_primary_key_percent == 33.33
    assert coverage.tables_with_foreign_key_percent == 33.33
    assert coverage.columns_not_null_percent == 33.33


def test_coverage_leaves_out_views_and_partitions() -> None:
    """Views and foreign tables have no keys to have, and a partition's rows are its parent's."""
    kind = TableKind.PARTITIONED_TABLE
    coverage = measured(
        public(
            table("f", ["x"], kind=TableKind.FOREIGN_TABLE),
            table("p", [column("x", nullable=False)], [primary_key("x")], kind=kind, partition_key=partition_key("x")),
            table("q", ["x"], partition_of=partition_of("p")),
            table("v", ["x"], kind=TableKind.VIEW),
        )
    ).coverage
    assert (coverage.tables_with_primary_key_percent, coverage.columns_not_null_percent) == (100.0, 100.0)


def test_a_partition_without_its_parent_counts() -> None:
    """Where the filter leaves out the parent, its partition stands for itself."""
    coverage = measured(public(table("q", ["x"], partition_of=partition_of("p")))).coverage
    assert coverage.tables_with_primary_key_percent == 0.0


def test_there_is_no_share_of_nothing() -> None:
    """Without tables each share is null, which is not 0."""
    coverage = measured(public()).coverage
    assert set(coverage.model_dump().values()) == {None}


def test_estimates_are_ordered_and_warnings_are_not() -> None:
    """Estimates stand by schema and table; warnings in the order in which they were given."""
    estimates = [TableEstimate(schema_name="s", table=name, rows=None, pages=3) for name in "ba"]
    warnings = [Diagnostic(code=WarningCode.CYCLE, message="m"), Diagnostic(code=WarningCode.INCONSISTENT, message="l")]
    metrics = measured(public(), estimates=estimates, warnings=warnings)
    assert [one.table for one in metrics.estimates] == ["a", "b"]
    assert [one.message for one in metrics.warnings] == ["m", "l"]


def test_the_file_has_its_nulls() -> None:
    """metrics.json writes null where a fact is not known, in UTF-8 with a final newline."""
    written = measured(
        public(table("ç", ["x"])), estimates=[TableEstimate(schema_name="public", table="ç", rows=None, pages=None)]
    ).to_json()
    assert written.endswith(b"}\n")
    assert "ç".encode() in written
    document = json.loads(written)
    assert list(document) == [
        "schema_version",
        "engine",
        "capture",
        "counts",
        "coverage",
        "estimates",
        "fk_graph",
        "timings",
        "warnings",
    ]
    [estimate] = document["estimates"]
    assert (estimate["table"], estimate["rows"], estimate["pages"]) == ("ç", None, None)
    assert document["timings"]["provision_seconds"] is None
    assert Metrics.model_validate_json(written).to_json() == written


def test_what_was_asked_for() -> None:
    """The file says what was captured on demand: nothing, unless it was asked for."""
    assert set(measured(public()).capture.model_dump().values()) == {False}
    assert measured(public(), options=CaptureOptions(privileges=True)).capture.privileges
