"""What runs against a faulty server are asked for afterwards."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql

from datalchemy.cli.summary import show_run
from datalchemy.errors import ExitCode
from datalchemy.introspector.record import RunOutcome
from datalchemy.model.diagnostics import WarningCode
from tests.integration.clusters import Cluster
from tests.integration.watching import Watched


def repeated(watched: Watched) -> bool:
    """Tell whether the run says that it had to read again."""
    return WarningCode.REPEATED_CAPTURE in {warning.code for warning in watched.outcome.warnings}


def assert_recovered(watched: Watched, cause: str) -> None:
    """It succeeded after retries, each of which is in the log, and says so in a warning."""
    assert watched.outcome.exit_code is ExitCode.OK, watched.outcome.error
    retries = watched.told("capture_retry")
    assert retries
    assert [line["attempt"] for line in retries] == list(range(1, len(retries) + 1))
    assert [line["attempt"] for line in watched.told("connection_attempt")] == list(range(1, len(retries) + 2))
    assert all(line["level"] == "warning" and line["wait_seconds"] >= 0 for line in retries)
    assert cause in watched.causes, watched.causes
    assert repeated(watched)


def assert_final(watched: Watched, exit_code: ExitCode, capsys: pytest.CaptureFixture[str]) -> str:
    """It failed at its first attempt; return the one message that the user gets."""
    assert watched.outcome.exit_code is exit_code, watched.outcome.error
    assert (watched.attempts, len(watched.told("capture_retry"))) == (1, 0)
    return told_by(watched.outcome, capsys)


def told_by(outcome: RunOutcome, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the user is told of a run that failed: one message."""
    capsys.readouterr()
    show_run(outcome, None)
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.count("datalchemy: error:") == 1
    assert "Traceback" not in shown.err
    return shown.err


def at_query(number: int, action: Callable[[], object]) -> Callable[[str, dict[str, Any]], None]:
    """Return an observer that acts once, after our query of that number, counted from 1."""
    seen: list[str] = []

    def observe(event: str, fields: dict[str, Any]) -> None:
        if event == "catalog_query":
            seen.append(fields["query"])
            if len(seen) == number:
                action()

    return observe


def signal_ours(cluster: Cluster, function: str, condition: str = "") -> bool:
    """Cancel or terminate the sessions of runs; tell whether there was one, and wait until a terminated one is gone."""
    text = "select {}(pid) from pg_stat_activity where application_name like 'datalchemy %' "
    with cluster.connect() as connection:
        found = connection.execute(sql.SQL(text).format(sql.Identifier(function)) + sql.SQL(condition)).fetchall()
        while (
            function == "pg_terminate_backend"
            and connection.execute(
                "select 1 from pg_stat_activity where application_name like 'datalchemy %'"
            ).fetchone()
        ):
            time.sleep(0.01)
    return bool(found)
