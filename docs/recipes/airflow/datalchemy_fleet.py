"""Reads the structure of each database in a task of its own, every night (Airflow 3)."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Connection, dag, task, teardown
from airflow.sdk.exceptions import AirflowException, AirflowFailException

HOME = Path(os.environ.get("DATALCHEMY_FOLDER", "/srv/datalchemy"))  # holds conf/db and runs/, on every worker
DATABASES = sorted(path.stem for path in (HOME / "conf" / "db").glob("[!_]*.yaml"))
NO_CONNECTION = 3  # the only exit code after which a later try can succeed by itself


def datalchemy(*words: str, password: str | None = None) -> None:
    """Run the program in HOME; fail for good, or, without a connection, so that Airflow tries again."""
    secret = {} if password is None else {"DB_PASSWORD": password}
    done = subprocess.run(  # noqa: S603  # words of this file and names of files in conf/db
        ["datalchemy", *words],  # noqa: S607  # found in the worker's PATH
        cwd=HOME,
        env={**os.environ, **secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)  # noqa: T201  # the task's log
    if done.returncode == NO_CONNECTION:
        raise AirflowException("no connection (exit 3)")
    if done.returncode != 0:
        raise AirflowFailException(f"datalchemy: exit {done.returncode}, not tried again")


@dag(schedule="15 2 * * *", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, max_active_runs=1)
def datalchemy_fleet() -> None:
    """One task for each file of conf/db, then old runs are deleted."""

    @task(
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(minutes=45),  # the program ends by itself before that: deadline_seconds
        max_active_tis_per_dagrun=8,
        map_index_template="{{ task.op_kwargs['database'] }}",
    )
    def read(database: str) -> None:
        connection = Connection.get(f"datalchemy_{database}")
        datalchemy(f"+db={database}", "deadline_seconds=1800", password=connection.password)

    # A teardown runs after failures too, and does not make a run that has a failed read look successful.
    @teardown
    def prune() -> None:
        datalchemy("runs", "prune", "--keep", "20", "--older-than", "30d", "--yes")

    read.expand(database=DATABASES) >> prune()


datalchemy_fleet()
