"""Makes the published JSON Schemas from the models: `make contract`."""

import json
from pathlib import Path
from typing import Any

from datalchemy import model
from datalchemy.cli.result import RESULT_VERSION, Result
from datalchemy.metrics.model import METRICS_VERSION, Metrics
from datalchemy.model.json_schema import file_name, json_schema
from datalchemy.model.schema import SCHEMA_VERSION, DatabaseSchema
from datalchemy.registry import layout
from datalchemy.registry.manifest import MANIFEST_VERSION, Manifest
from datalchemy.registry.records import SWEEP_VERSION, LogLine, RunConfig, SweepSummary


def contracts() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each artefact, by its key in CONTRACTS."""
    return {
        "schema": json_schema(
            DatabaseSchema,
            contract="schema",
            version=SCHEMA_VERSION,
            title=layout.SCHEMA,
            description=f"The structure of a database, as Datalchemy writes it: contract version {SCHEMA_VERSION}.",
            writes_nulls=False,
        ),
        "metrics": json_schema(
            Metrics,
            contract="metrics",
            version=METRICS_VERSION,
            title=layout.METRICS,
            description=f"What a run measured: contract version {METRICS_VERSION}. null is a fact that is absent.",
        ),
        "config": json_schema(
            RunConfig,
            contract="config",
            version=SCHEMA_VERSION,
            title=layout.CONFIG,
            description="What a run was asked to do. `***` takes the place of a value that is not shown.",
        ),
        "manifest": json_schema(
            Manifest,
            contract="manifest",
            version=MANIFEST_VERSION,
            title=layout.MANIFEST,
            description=f"How a run ended, and what its files were then: version {MANIFEST_VERSION}."
            " While the run is on, its end is null and no artefact is listed.",
        ),
        "sweep": json_schema(
            SweepSummary,
            contract="sweep",
            version=SWEEP_VERSION,
            title=layout.SUMMARY,
            description=f"What became of the runs of one sweep: version {SWEEP_VERSION}.",
        ),
        "log": json_schema(
            LogLine,
            contract="log",
            version=1,
            title=layout.LOGS,
            description="One line of the log: these four keys first, then the event's own.",
        ),
        "result": json_schema(
            Result,
            contract="result",
            version=RESULT_VERSION,
            title="--json",
            description=f"What introspect, +db=NAME and -m print with --json: version {RESULT_VERSION}."
            " `kind` says whether it is the result of a run or of a sweep.",
        ),
    }


def text(contract: dict[str, Any]) -> str:
    """Return a JSON Schema as it is committed: sorted keys, two spaces of indent, one final newline."""
    return json.dumps(contract, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, made in contracts().items():
        Path(model.__path__[0], file_name(name)).write_text(text(made), encoding="utf-8")
