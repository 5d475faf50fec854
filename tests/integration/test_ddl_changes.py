"""A change of the structure is a change of schema.json: a long list of changes, one at a time on a copy of one base.

The list is `field/drift/` beside the corpus: `base.sql`, and `ddl.txt` with `name|statements` on each line.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.integration.capturing import capture, renamed
from tests.integration.corpus import corpus_folder
from tests.integration.watching import tally
from tests.servers import Server, load_sql

_FOLDER = corpus_folder()
_DRIFT = _FOLDER.parent / "field" / "drift" if _FOLDER else None
_STEP = int(os.environ.get("DATALCHEMY_TEST_CHANGES_STEP", "9"))
"""Every so many of the changes is tried; CI tries all of them on its own."""

NOT_CAPTURED = {
    "col_identity_restart_value": "the next value of a sequence",
    "owner_changed": "owners and privileges",
}
"""The changes of facts that the README names as not captured."""
NO_CHANGES = {"noop_recreated_same"}


@contextmanager
def copied(server: Server, url: str) -> Iterator[str]:
    """Copy the database at `url`; yield the URL of the copy, which is dropped afterwards."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        made = sql.SQL("create database {} template {}")
        admin.execute(made.format(sql.Identifier(f"{name}_copy"), sql.Identifier(name)))
    copy = url.replace(name, f"{name}_copy")
    try:
        yield copy
    finally:
        server.drop_database(copy)


@pytest.mark.skipif(_DRIFT is None or not _DRIFT.is_dir(), reason="the list of changes is not here")
def test_each_change_is_a_change_of_the_file(server: Server, database: str) -> None:
    """Each statement changes schema.json; those that do not are named in the README, or change nothing."""
    assert _DRIFT is not None
    lines = (_DRIFT / "ddl.txt").read_text(encoding="utf-8").splitlines()
    changes = dict(line.split("|", 1) for line in lines if line)
    load_sql(database, _DRIFT / "base.sql")
    before = renamed(capture(database).schema)
    unseen = []
    chosen = list(changes)[::_STEP]
    with tally("changes of a structure") as tried:
        for name in chosen:
            with copied(server, database) as copy:
                load_sql(copy, changes[name])
                if renamed(capture(copy).schema) == before:
                    unseen.append(name)
            tried["tried"] += 1
    assert set(unseen) == {*NOT_CAPTURED, *NO_CHANGES}.intersection(chosen)


def test_the_readme_names_what_is_not_captured() -> None:
    """Each fact whose change is not seen has a row in the README's table."""
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| not captured | why |")
    rows = table.partition("\n\n")[0]
    assert [fact for fact in NOT_CAPTURED.values() if f"| {fact}" not in rows] == []
