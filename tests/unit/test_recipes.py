"""The files that users copy from docs/recipes: their shape, what they refer to, and what their pages say of them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

from datalchemy.errors import ExitCode, worst
from tests.recipes import (
    KUBERNETES,
    MANIFESTS,
    PAGES,
    RECIPES,
    ROOT,
    WORKFLOW,
    WORKFLOWS,
    blocks,
    documents,
    objects,
    pod_of,
)
from tests.unit.test_language import BANNED

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_REFERENCE = re.compile(r"\$\{(oc\.env:\w+|secret:file,[\w./-]+)\}")
_COPIED = sorted(
    path for path in RECIPES.rglob("*") if path.is_file() and path.suffix != ".md" and "__pycache__" not in path.parts
)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _is_schedule(text: str) -> bool:
    """Return whether a text has five numbers, ranges, steps or stars, each within its bounds."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return False
    for field, (low, high) in zip(fields, _FIELDS, strict=True):
        for item in field.split(","):
            found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/[1-9]\d*)?", item)
            if found is None or not all(low <= int(number) <= high for number in found.groups() if number is not None):
                return False
    return True


def _schedules() -> Iterator[str]:
    yield from (each["spec"]["schedule"] for (kind, _), each in objects().items() if kind == "CronJob")
    yield from (each["cron"] for path in WORKFLOWS for each in documents(path)[0]["on"].get("schedule", []))


def _table(page: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose first heading is `first`, without headings."""
    text = (RECIPES / page).read_text(encoding="utf-8")
    rows = text.split(f"| {first} |", 1)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _tried_again() -> set[int]:
    return {int(code) for code, _, _, again in _table("README.md", "exit code") if again.startswith("yes")}


@pytest.mark.parametrize("path", MANIFESTS, ids=_named)
def test_a_manifest_has_the_shape_of_its_kind(path: Path) -> None:
    """Each object has only known fields of the right types, is no Secret, and runs without privileges."""
    for each in documents(path):
        jsonschema.Draft202012Validator(KUBERNETES[each["kind"]]).validate(each)


@pytest.mark.parametrize(
    "change",
    [
        lambda job: job.pop("metadata"),
        lambda job: job.update(kind="Secret"),
        lambda job: job["spec"].update(completion=3),
        lambda job: job["spec"].update(completions="3"),
        lambda job: job["spec"]["podFailurePolicy"]["rules"][0].update(action="FailIndex"),
        lambda job: pod_of(job).update(restartPolicy="Always"),
        lambda job: pod_of(job)["containers"][0].update(image="datalchemy:latest"),
        lambda job: pod_of(job)["volumes"][0].update(emptyDir={}),
    ],
)
def test_a_mistake_in_a_manifest_is_found(change: Callable[[dict[str, Any]], Any]) -> None:
    """A missing, unknown, mistyped or unsafe field does not have the shape."""
    job = objects()["Job", "datalchemy-fleet"]
    change(job)
    assert not jsonschema.Draft202012Validator(KUBERNETES.get(job["kind"], {"not": {}})).is_valid(job)


@pytest.mark.parametrize("path", MANIFESTS, ids=_named)
def test_what_a_manifest_refers_to_is_there(path: Path) -> None:
    """Each mounted volume, ConfigMap and claim exists in the recipe; the page creates the Secret by its name."""
    for each in documents(path):
        if "volumes" not in (pod_of(each) if "spec" in each else {}):
            continue
        pod = pod_of(each)
        assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == {
            each["name"] for each in pod["volumes"]
        }
        for volume in pod["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in objects()
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in objects()
            if "secret" in volume:
                created = f"kubectl create secret generic {volume['secret']['secretName']} "
                assert created in (RECIPES / "kubernetes.md").read_text(encoding="utf-8")


def test_the_list_names_the_files_and_completions_counts_them() -> None:
    """Each name of databases.txt has a file and a password; `completions` is their number."""
    names = objects()["ConfigMap", "datalchemy-databases"]["data"]["databases.txt"].split()
    files = objects()["ConfigMap", "datalchemy-conf"]["data"]
    page = (RECIPES / "kubernetes.md").read_text(encoding="utf-8")
    assert [f"{name}.yaml" for name in names] == list(files)
    assert objects()["Job", "datalchemy-fleet"]["spec"]["completions"] == len(names)
    for name, text in zip(names, files.values(), strict=True):
        assert yaml.safe_load(text)["password"] == f"${{secret:file,/run/secrets/datalchemy/{name}}}"
        assert f"--from-file={name}" in page


def test_the_table_has_every_exit_code() -> None:
    """The page of all recipes has each exit code of the program with its name, and the order of a sweep's worst."""
    assert [(int(code), name.strip("`")) for code, name, _, _ in _table("README.md", "exit code")] == [
        (code.value, code.name) for code in ExitCode
    ]
    text = " ".join((RECIPES / "README.md").read_text(encoding="utf-8").split())
    found = re.search(r"worst code, in this order: 143 and 130, ([\d, ]+)\.", text)
    assert found is not None
    order = [130, *map(int, found[1].split(", "))]
    assert [worst(order[place:]) for place in range(len(order))] == order


def test_what_kubernetes_does_not_try_again() -> None:
    """FailIndex has each failure of the program that the table does not try again; a sweep fails with any of them."""
    failures = {code.value for code in ExitCode if 0 < code < ExitCode.INTERRUPTED}
    fleet = objects()["Job", "datalchemy-fleet"]["spec"]
    sweep = objects()["CronJob", "datalchemy-sweep"]["spec"]["jobTemplate"]["spec"]
    rules = {rule["action"]: rule.get("onExitCodes") for rule in fleet["podFailurePolicy"]["rules"]}
    assert set(rules["FailIndex"]["values"]) == failures - _tried_again()
    assert fleet["completionMode"] == "Indexed"  # backoffLimitPerIndex and FailIndex need it
    assert "backoffLimitPerIndex" in fleet
    assert set(sweep["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]) == failures
    listed = [code for code, action, _ in _table("kubernetes.md", "exit code") if action == "`FailIndex`"]
    assert [int(code) for code in listed[0].split(", ")] == rules["FailIndex"]["values"]


def test_the_image_is_what_the_pods_expect() -> None:
    """The image starts the program in /work as the user that the pods name, and the pods mount conf and runs there."""
    image = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    assert "WORKDIR /work\n" in image
    assert 'ENTRYPOINT ["datalchemy"]\n' in image
    for (kind, _), each in objects().items():
        if kind in ("Pod", "Job", "CronJob"):
            assert f"--uid {pod_of(each)['securityContext']['runAsUser']} datalchemy" in image
            mounts = {mount["name"]: mount["mountPath"] for mount in pod_of(each)["containers"][0]["volumeMounts"]}
            assert mounts["runs"] == "/work/runs"
            assert mounts.get("conf", "/work/conf/db") == "/work/conf/db"


@pytest.mark.parametrize(
    ("index", "code", "said"), [(0, 0, "+db=prod\n"), (2, 0, "+db=billing\n"), (3, 2, ""), (9, 2, "")]
)
def test_an_index_picks_its_database(tmp_path: Path, index: int, code: int, said: str) -> None:
    """The command of the Indexed Job reads the database on the line of its index; without a line it exits with 2."""
    (tmp_path / "databases.txt").write_text(objects()["ConfigMap", "datalchemy-databases"]["data"]["databases.txt"])
    program = tmp_path / "datalchemy"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    container = pod_of(objects()["Job", "datalchemy-fleet"])["containers"][0]
    (script,) = container["args"]
    assert re.search(r"\$\$|\$\([\w.-]+\)", script) is None  # what the kubelet would replace
    done = subprocess.run(
        [*container["command"], script.replace("/etc/datalchemy", str(tmp_path))],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "JOB_COMPLETION_INDEX": str(index)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, said)
    assert ("no line for index" in done.stderr) == (code != 0)


@pytest.mark.parametrize("path", WORKFLOWS, ids=_named)
def test_a_workflow_has_its_shape(path: Path) -> None:
    """A workflow has known keys, read permission alone, a time limit, and actions of a major version."""
    (workflow,) = documents(path)
    jsonschema.Draft202012Validator(WORKFLOW).validate(workflow)
    for job in workflow["jobs"].values():
        checkout = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"] for step in checkout] == [{"persist-credentials": False}]


@pytest.mark.parametrize(
    "uses", ["actions/checkout", "actions/checkout@main", "somebody/else@v1", "actions/cache@v4.2"]
)
def test_an_action_without_a_major_is_found(uses: str) -> None:
    """An action without a version, of a branch, or of another owner does not have the shape."""
    (workflow,) = documents(WORKFLOWS[0])
    workflow["jobs"]["check"]["steps"][0]["uses"] = uses
    assert not jsonschema.Draft202012Validator(WORKFLOW).is_valid(workflow)


def test_the_projects_own_workflow_checks_each_python() -> None:
    """ci.yml runs targets of the Makefile that exist, on each Python that the project supports."""
    (workflow,) = documents(WORKFLOWS[0])
    tried = workflow["jobs"]["check"]["strategy"]["matrix"]["include"]
    supported = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [each["python"] for each in tried] == supported
    asked = [target for each in tried for target in each["target"].split()]
    assert set(asked) <= set(targets)
    assert (asked.count("check"), asked.count("test-slow")) == (1, 1)


def test_the_crontab() -> None:
    """Each line of the crontab is a comment, a variable, or five fields and a command without a percent sign."""
    lines = (RECIPES / "cron" / "crontab").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line and not re.match(r"#|[A-Z]+=", line)]
    assert len(entries) == 2
    for entry in entries:
        *schedule, command = entry.split(maxsplit=5)
        assert _is_schedule(" ".join(schedule))
        assert "%" not in command
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


def test_every_schedule() -> None:
    """The schedules of CronJobs and workflows are five fields within their bounds."""
    found = list(_schedules())
    assert len(found) == 3
    assert all(map(_is_schedule, found))
    assert not any(map(_is_schedule, ["15 2 * *", "60 2 * * *", "15 24 * * *", "15 2 0 * *", "a 2 * * *", "1 2 * * 8"]))


@pytest.mark.parametrize("path", _COPIED, ids=_named)
def test_no_file_holds_a_secret(path: Path) -> None:
    """What stands behind `password:` is a reference, and no URL has a password."""
    text = path.read_text(encoding="utf-8")
    for value in re.findall(r"^\s*password: *(.+)$", text, re.MULTILINE):
        assert _REFERENCE.fullmatch(value)
    assert re.search(r"://[^/\s@]+:[^/\s@]+@", text) is None


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_a_page(page: Path) -> None:
    """A page links only to what is there, in plain words; the password that it shows is a reference."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, heading = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), target
        titles = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE) if heading else [""]
        assert heading in {re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) for title in titles}, target
    assert BANNED.search(text) is None
    for block in blocks(page, "yaml"):
        assert _REFERENCE.fullmatch(yaml.safe_load(block)["password"])


@pytest.mark.parametrize("path", _COPIED, ids=_named)
def test_every_file_is_explained(path: Path) -> None:
    """The page of a recipe links to each of its files."""
    page = RECIPES / f"{path.parent.name}.md"
    assert f"({path.relative_to(RECIPES)})" in page.read_text(encoding="utf-8")


def _airflow(monkeypatch: pytest.MonkeyPatch, folder: Path) -> SimpleNamespace:
    """Load the DAG with a stand-in for Airflow, and return its names, the functions of its tasks, and its teardown."""
    tasks: dict[str, Callable[..., None]] = {}
    teardowns: list[str] = []

    class Task:
        """A task in the graph, which others can follow."""

        def __rshift__(self, other: "Task") -> "Task":
            return other

    def task(**options: Any) -> Callable[[Callable[..., None]], Any]:
        def kept(function: Callable[..., None]) -> Any:
            tasks[function.__name__] = function
            made = SimpleNamespace(expand=lambda **_: Task())
            return made if function.__name__ == "read" else Task

        return kept

    def teardown(function: Callable[..., None]) -> Any:
        teardowns.append(function.__name__)
        return task()(function)

    sdk, exceptions = ModuleType("airflow.sdk"), ModuleType("airflow.sdk.exceptions")
    failed = type("AirflowException", (Exception,), {})
    connection = SimpleNamespace(get=lambda name: SimpleNamespace(password=f"password of {name}"))
    vars(sdk).update(Connection=connection, dag=lambda **_: lambda function: function, task=task, teardown=teardown)
    vars(exceptions).update(AirflowException=failed, AirflowFailException=type("AirflowFailException", (failed,), {}))
    monkeypatch.setitem(sys.modules, "airflow", ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    monkeypatch.setitem(sys.modules, "airflow.sdk.exceptions", exceptions)
    monkeypatch.setenv("DATALCHEMY_FOLDER", str(folder))
    file = RECIPES / "airflow" / "datalchemy_fleet.py"
    names: dict[str, Any] = {"__name__": "datalchemy_fleet"}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)  # noqa: S102  # the recipe itself
    return SimpleNamespace(**names, tasks=tasks, teardowns=teardowns, failed=failed)


def test_the_dag_tries_again_what_the_table_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each file of conf/db is a database; a task hands over its password, and maps the exit codes as the table does."""
    (tmp_path / "conf" / "db").mkdir(parents=True)
    for name in ("stage", "prod"):
        (tmp_path / "conf" / "db" / f"{name}.yaml").touch()
    program = tmp_path / "bin" / "datalchemy"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$*: $DB_PASSWORD"\nexit "${CODE:-0}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    dag = _airflow(monkeypatch, tmp_path)
    assert dag.DATABASES == ["prod", "stage"]
    assert dag.teardowns == ["prune"]  # another task behind the reads would hide that one of them failed
    dag.tasks["read"]("prod")
    assert capfd.readouterr().out.strip() == "+db=prod deadline_seconds=1800: password of datalchemy_prod"
    for code in ExitCode:
        if code is ExitCode.OK or code >= ExitCode.INTERRUPTED:
            continue
        monkeypatch.setenv("CODE", str(code.value))
        with pytest.raises(dag.failed) as raised:
            dag.tasks["read"]("prod")
        assert (type(raised.value).__name__ == "AirflowException") == (code.value in _tried_again())
    monkeypatch.setenv("CODE", "0")
    capfd.readouterr()
    dag.tasks["prune"]()
    assert capfd.readouterr().out.strip() == "runs prune --keep 20 --older-than 30d --yes:"
