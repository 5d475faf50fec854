"""The commands of docs/recipes, run as cron, GitHub, a pod or a reader of the page runs them, with the real program."""

import fcntl
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped
from psycopg import conninfo

from tests.acceptance.program import CANARY, Ended, datalchemy, ended, leaks, read_json, run_dirs, write_conf
from tests.recipes import PAGES, RECIPES, blocks, documents, objects, pod_of
from tests.servers import Tools

pytestmark = pytest.mark.slow

LoadSql = Callable[[str, Path | str], None]


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> str:
    """A PATH with the program, this Python and psql."""
    folder = tmp_path_factory.mktemp("bin")
    for name, words in {
        "datalchemy": (sys.executable, "-m", "datalchemy"),
        "python": (sys.executable,),
        "psql": (str(tools.psql),),
    }.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def shop(database: str, load_sql: LoadSql) -> str:
    """The URL of a database with one table."""
    load_sql(database, "create table customer (id int primary key)")
    return database


def _moved(text: str, url: str, **replaced: str) -> str:
    """Return a database's file of a recipe for a server of the tests: the reference to its password stays."""
    server = conninfo.conninfo_to_dict(url)
    facts = yaml.safe_load(text) | {key: server.get(key) for key in ("host", "port", "dbname", "user")}
    facts |= {"sslmode": "prefer", "options": {}} | replaced
    return str(yaml.safe_dump({key: value for key, value in facts.items() if value is not None}))


def _password(url: str) -> str:
    """Return the password of the server of the tests; a server that asks for none gets a canary."""
    return str(conninfo.conninfo_to_dict(url).get("password") or CANARY)


def _mount(folder: Path, files: Mapping[str, str]) -> None:
    """Write files as Kubernetes mounts a ConfigMap or a Secret: links, through a link, into a hidden folder."""
    hidden = folder / "..2026_01_10_02_15_00.123"
    hidden.mkdir(parents=True)
    (folder / "..data").symlink_to(hidden.name)
    for name, text in files.items():
        (hidden / name).write_text(text)
        (folder / name).symlink_to(f"..data/{name}")


def _statuses(folder: Path) -> list[str]:
    return [read_json(run / "manifest.json")["status"] for run in run_dirs(folder)]


def test_cron(tmp_path: Path, shop: str, path: str) -> None:
    """The crontab's commands read every database silently, one at a time, name what failed, and prune."""
    nightly, prune = [
        line.split(maxsplit=5)[5].replace("/srv/datalchemy", str(tmp_path))
        for line in (RECIPES / "cron" / "crontab").read_text(encoding="utf-8").splitlines()
        if line[:1].isdigit()
    ]
    (tmp_path / "nightly.sh").write_bytes((RECIPES / "cron" / "nightly.sh").read_bytes())
    (tmp_path / "nightly.sh").chmod(0o755)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "prod").write_text(_password(shop) + "\n")
    (tmp_path / "conf" / "db").mkdir(parents=True)
    (shown,) = blocks(RECIPES / "cron.md", "yaml")
    (tmp_path / "conf" / "db" / "prod.yaml").write_text(_moved(shown, shop))

    def cron(command: str) -> Ended:
        return ended(["/bin/sh", "-c", command], Path("/"), {"PATH": path})

    assert cron(nightly) == Ended(0, "", "")
    assert _statuses(tmp_path) == ["succeeded"]
    with (tmp_path / ".nightly.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        busy = cron(nightly)
    assert (busy.code, busy.stderr.count("\n")) == (75, 1)
    assert len(run_dirs(tmp_path)) == 1
    (tmp_path / "conf" / "db" / "gone.yaml").write_text(_moved(shown, shop, dbname="no_such_database"))
    failed = cron(nightly)
    assert failed.code == 3
    assert "gone" in failed.stderr
    assert sorted(_statuses(tmp_path)) == ["failed", "succeeded", "succeeded"]
    assert cron(prune) == Ended(0, "", "")
    assert (tmp_path / "prune.log").read_text() == "nothing to delete\n"
    assert leaks(tmp_path, outside=("conf", "secrets")) == []


def test_kubernetes(tmp_path: Path, shop: str, path: str) -> None:
    """The pods of the CronJob, of an index and of the pruning run with ConfigMaps and a Secret mounted as links."""
    work, secrets, lists = tmp_path / "work", tmp_path / "secrets", tmp_path / "lists"
    files = objects()["ConfigMap", "datalchemy-conf"]["data"]
    moved = {
        name: _moved(
            text, shop, password=yaml.safe_load(text)["password"].replace("/run/secrets/datalchemy", str(secrets))
        )
        for name, text in files.items()
    }
    _mount(work / "conf" / "db", moved)
    _mount(secrets, {Path(name).stem: _password(shop) + "\n" for name in files})
    _mount(lists, objects()["ConfigMap", "datalchemy-databases"]["data"])

    def pod(kind: str, name: str, **variables: str) -> Ended:
        container = pod_of(objects()[kind, name])["containers"][0]
        words = [word.replace("/etc/datalchemy", str(lists)) for word in container["args"]]
        if "command" not in container:  # the image's own
            return datalchemy(*words, cwd=work)
        return ended([*container["command"], *words], work, {"PATH": path, **variables})

    assert pod("CronJob", "datalchemy-sweep").code == 0
    assert _statuses(work) == ["succeeded"] * len(files)
    index = pod("Job", "datalchemy-fleet", JOB_COMPLETION_INDEX="1")
    assert index.code == 0
    assert _settings(run_dirs(work)[-1])["db"]["name"] == "stage"
    assert pod("CronJob", "datalchemy-prune").stdout == "nothing to delete\n"
    assert leaks(tmp_path, outside=("secrets",)) == []


def _settings(run: Path) -> Any:
    return read_json(run / "config.json")["settings"]


def _github(workflow: str, job: str, cwd: Path, variables: Mapping[str, str], *names: str) -> Sequence[Ended]:
    """Run steps of a job as GitHub does: with `bash -e` or Python, and only the secrets that the step asks for."""
    (found,) = documents(RECIPES / "github-actions" / workflow)
    steps = {step["name"]: step for step in found["jobs"][job]["steps"] if "run" in step}
    results = []
    for name in names:
        given = {
            key: re.sub(r"\$\{\{ secrets\.(\w+) \}\}", lambda secret: variables[secret[1]], value)
            for key, value in steps[name].get("env", {}).items()
        }
        shell = ["bash", "--noprofile", "--norc", "-e"] if "shell" not in steps[name] else ["python"]
        outside = {key: value for key, value in variables.items() if not key.endswith("_PASSWORD")}
        results.append(ended([*shell, "-c", steps[name]["run"]], cwd, {"CI": "true", **outside, **given}))
    return results


def test_github_nightly(tmp_path: Path, shop: str, path: str) -> None:
    """The steps of the nightly workflow read a database whose password is a secret of the step, list and verify."""
    (tmp_path / "conf" / "db").mkdir(parents=True)
    (shown,) = blocks(RECIPES / "github-actions.md", "yaml")
    (tmp_path / "conf" / "db" / "prod.yaml").write_text(_moved(shown, shop))
    secrets = {"PROD_PASSWORD": _password(shop), "STAGE_PASSWORD": ""}
    read, listed = _github(
        "nightly.yml", "read", tmp_path, {"PATH": path, **secrets}, "Read every database", "List and verify the runs"
    )
    assert (read.code, listed.code) == (0, 0)
    assert [each["status"] for each in read_json(tmp_path / "runs.json")] == ["succeeded"]
    assert listed.stdout.endswith("verified, 0 with findings\n")
    assert leaks(tmp_path) == []


def test_github_pull_request(tmp_path: Path, database: str, path: str) -> None:
    """The steps for a pull request refuse a schema.json that its migrations do not make, and accept theirs."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text("create table customer (id int primary key);")
    assert datalchemy("introspect", database, "--out", "schema.json", cwd=tmp_path).code == 0
    variables = {"PATH": path, "DATABASE_URL": database}
    compare = "Compare with the committed schema.json"
    applied, read, stale = _github(
        "pull-request.yml", "schema", tmp_path, variables, "Apply the migrations", "Read the structure", compare
    )
    assert (applied.code, read.code, stale.code) == (0, 0, 1)
    assert stale.stderr.startswith("schema.json is not what the migrations make: commit made.json")
    (tmp_path / "made.json").replace(tmp_path / "schema.json")
    (tmp_path / "made.json").symlink_to("schema.json")
    (same,) = _github("pull-request.yml", "schema", tmp_path, variables, compare)
    assert (same.code, same.text) == (0, "")
    (tmp_path / "migrations" / "2.sql").write_text("create table;")
    (broken,) = _github("pull-request.yml", "schema", tmp_path, variables, "Apply the migrations")
    assert broken.code != 0


def test_the_commands_of_the_pages(tmp_path: Path, shop: str) -> None:
    """Each command that a page shows for the registry succeeds where there was a sweep over the database prod."""
    write_conf(tmp_path, prod=f"url: {shop}\n")
    assert datalchemy("-m", "+db=prod", cwd=tmp_path).code == 0
    shown = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    in_a_pod = re.findall(
        r"^    kubectl exec \S+ -- (.*)$", (RECIPES / "kubernetes.md").read_text("utf-8"), re.MULTILINE
    )
    commands = sorted({*shown, *in_a_pod})
    assert len(commands) > 5
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "datalchemy"
        assert datalchemy(*words, cwd=tmp_path).code == 0, command
