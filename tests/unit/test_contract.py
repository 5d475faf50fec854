"""The published JSON Schemas."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from datalchemy import model as package
from datalchemy.cli.commands import contract
from datalchemy.cli.completion.answers import offer
from datalchemy.cli.contracts import contracts, text
from datalchemy.errors import ConfigurationError
from datalchemy.model.base import Parameter, QualifiedName
from datalchemy.model.constraints import Exclude, ExcludeElement
from datalchemy.model.json_schema import CONTRACTS, file_name, shipped_text
from datalchemy.model.privileges import Access, DefaultPrivileges, Grant
from datalchemy.model.schema import DatabaseSchema, Extension
from datalchemy.model.table import Identity, IdentityGeneration, Policy, Statistics, TableKind, TableReference, Trigger
from datalchemy.model.types import (
    ColumnName,
    Composite,
    CompositeAttribute,
    Domain,
    ElementType,
    Enum,
    Range,
    TypeKind,
    TypeReference,
)
from tests.contracts import thinned
from tests.unit.builders import (
    INTEGER,
    OPTIONS,
    check,
    column,
    database,
    foreign_key,
    function,
    index,
    not_null,
    partition_key,
    partition_of,
    primary_key,
    schema,
    sequence,
    table,
    unique,
)

pytest_plugins = ["pytester"]

GRANT = Grant(grantor="r", privileges=("select",))
NAME = QualifiedName(schema_name="public", name="n")


FILES = ("schema.json", "metrics.json", "config.json", "manifest.json", "summary.json", "logs.ndjson", "00000.json")


def everything() -> DatabaseSchema:
    """Return a database in which every model of the contract stands at least once."""
    exclude = Exclude(
        name="x",
        method="gist",
        elements=(ExcludeElement(column="a", operator=NAME), ExcludeElement(expression="a + 1", operator=NAME)),
        definition="EXCLUDE USING gist (a WITH =)",
    )
    identity = Identity(generation=IdentityGeneration.ALWAYS, sequence=NAME, options=OPTIONS)
    element = ElementType(schema_name="public", name="e", kind=TypeKind.ENUM)
    of_enums = TypeReference(schema_name="public", name="_e", kind=TypeKind.ARRAY, element=element)
    full = table(
        "full",
        [
            column("a", identity=identity, nullable=False, comment="a"),
            column("b", type=of_enums),
            column("c", collation=NAME),
        ],
        [primary_key("a"), unique("u", "b"), foreign_key("b", "full", "a"), check("c"), not_null("nn", "a"), exclude],
        indexes=(index("i", "a", parameters=(Parameter(name="fillfactor", value="70"),)),),
        triggers=(Trigger(name="t", timing="before", events=("insert",), row=True, function=NAME, enabled="origin"),),
        policies=(Policy(name="p", command="all", permissive=True),),
        statistics=(Statistics(schema_name="public", name="s", kinds=("mcv",), columns=("a", "b")),),
        comment="full",
    )
    parted = table("parted", ["a"], kind=TableKind.PARTITIONED_TABLE, partition_key=partition_key("a"))
    part = table("part", ["a"], partition_of=partition_of("parted"))
    child = table("child", ["a"], inherits=(TableReference(schema_name="public", table="full"),))
    attribute = CompositeAttribute(name="a", ordinal=1, data_type="integer", type=INTEGER)
    return database(
        schema(
            "public",
            child,
            full,
            part,
            parted,
            enums=(Enum(name="e", labels=("x", "y")),),
            domains=(
                Domain(
                    name="d",
                    data_type="integer",
                    type=INTEGER,
                    nullable=False,
                    constraints=(check("c"), not_null("d_not_null")),
                ),
            ),
            composites=(Composite(name="co", attributes=(attribute,)),),
            ranges=(Range(name="r", data_type="integer", type=INTEGER, multirange=NAME),),
            sequences=(sequence("s", owned_by=ColumnName(schema_name="public", table="full", column="a")),),
            functions=(function("f", "integer", argument_types=(NAME,), source="select 1"),),
            access=Access(owner="r", is_default=False, grants=(GRANT,)),
        ),
        default_privileges=(DefaultPrivileges(role="r", schema_name="public", objects="tables", grants=(GRANT,)),),
        extensions=(Extension(name="x", schema_name="public", version="1.0"),),
    )


def errors(value: Any) -> list[str]:
    """Return what an independent judge finds wrong."""
    validator = jsonschema.Draft202012Validator(json.loads(shipped_text("schema")))
    return [error.message for error in validator.iter_errors(value)]


def test_the_committed_files_are_the_generated_ones() -> None:
    """`make contract` was run after the last change of the models."""
    generated = {name: text(contract) for name, contract in contracts().items()}
    assert list(generated) == list(CONTRACTS)
    assert {name: shipped_text(name) for name in CONTRACTS} == generated


def test_no_other_file_is_shipped() -> None:
    """A contract that is no longer generated is deleted."""
    folder = Path(package.__path__[0])
    assert {file.name for file in folder.glob("*.schema.json")} == {file_name(name) for name in CONTRACTS}


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_is_a_json_schema(name: str) -> None:
    """It is valid by its own dialect, draft 2020-12, and says what it is of."""
    generated = contracts()[name]
    jsonschema.Draft202012Validator.check_schema(generated)
    assert generated["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert generated["$id"].startswith(f"urn:datalchemy:{name}:")
    assert generated["title"] in CONTRACTS[name]
    assert generated["description"]


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name != "schema"])
def test_every_key_is_explained(name: str) -> None:
    """Each key of an artefact has a description, and what is measured, not counted, has its unit in its name."""
    made = contracts()[name]
    shared = contracts()["schema"]["$defs"]  # as in schema.json, which explains its models as a whole
    models = [made, *(model for name, model in made.get("$defs", {}).items() if name not in shared)]
    keys = {key: value for model in models for key, value in model.get("properties", {}).items()}
    assert [key for key, value in keys.items() if not value.get("description")] == []
    measured = [key for key, value in keys.items() if {"number"} & _types(value)]
    assert [key for key in measured if not key.endswith(("seconds", "percent"))] == []


def _types(value: dict[str, Any]) -> set[str]:
    return {one["type"] for one in (value, *value.get("anyOf", ())) if "type" in one}


def test_every_file_is_valid_by_it() -> None:
    """What the models write is valid, absent facts left out."""
    assert errors(json.loads(everything().to_json())) == []
    assert errors(json.loads(database().to_json())) == []


def test_files_survive_the_way_there_and_back() -> None:
    """Reading a file and writing it again gives the same bytes."""
    written = everything().to_json()
    assert DatabaseSchema.model_validate_json(written).to_json() == written


def test_a_file_of_the_first_contract_is_read() -> None:
    """A file of 1.0 becomes a value of the newest contract; it has a fingerprint of version 1, unnamed."""
    older = json.loads(database().to_json())
    del older["fingerprint_version"]
    older["schema_version"] = "1.0"
    read = DatabaseSchema.model_validate_json(json.dumps(older))
    assert (read.schema_version, read.fingerprint_version) == ("1.1", 1)
    assert errors(json.loads(read.to_json())) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("surprise",), 1),
        (("schemas", 0, "surprise"), 1),
        (("schema_version",), "9.9"),
        (("schemas", 0, "name"), None),
        (("schemas", 0, "comment"), None),
        (("schemas", 0, "tables", 1, "constraints", 0, "kind"), "rule"),
        (("schemas", 0, "tables", 1, "columns", 0, "ordinal"), "1"),
    ],
)
def test_other_files_are_not(path: tuple[str | int, ...], value: object) -> None:
    """Unknown keys, other versions, nulls, unknown kinds and wrong types are refused."""
    document = json.loads(everything().to_json())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert errors(document) != []


@pytest.mark.parametrize("key", ["kind", "name", "local", "columns"])
def test_what_is_always_written_is_required(key: str) -> None:
    """A key that is there in every file is there by contract, also where the model has a default."""
    document = json.loads(everything().to_json())
    del document["schemas"][0]["tables"][1]["constraints"][0][key]
    assert errors(document) != []


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`datalchemy contract NAME` prints the shipped text and nothing else."""
    assert contract.run([name]) == 0
    assert capsys.readouterr().out == shipped_text(name)


def test_the_structure_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """`datalchemy contract` prints the contract of schema.json."""
    assert contract.run([]) == 0
    assert capsys.readouterr().out == shipped_text("schema")


def test_a_wrong_name() -> None:
    """A name that is nearly right is corrected, and every name is listed."""
    with pytest.raises(ConfigurationError, match="there is no contract 'metric'; did you mean 'metrics'") as caught:
        contract.run(["metric"])
    assert all(name in str(caught.value.remedy) for name in CONTRACTS)


def test_its_help_lists_the_artefacts(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` says what each name stands for, and completion offers the names."""
    with pytest.raises(SystemExit) as ended:
        contract.run(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said and about in said for name, about in CONTRACTS.items())
    assert set(CONTRACTS) == {answer.text for answer in offer(["contract"], "").answers}


def test_printing_needs_no_models() -> None:
    """Printing a contract imports no pydantic: the verb is quick."""
    code = (
        "import sys; from datalchemy.cli.commands.contract import run; run(['metrics']); "
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0


@pytest.mark.invented_artefacts(*FILES)
def test_a_broken_artefact_fails_the_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that leaves a file which breaks its contract fails, whichever file it is; one that says so does not."""
    pytester.makeconftest('pytest_plugins = ["tests.contracts"]')
    pytester.makepyfile(
        """
        import pytest

        NAMES = ["schema.json", "metrics.json", "config.json", "manifest.json", "summary.json", "logs.ndjson"]

        def leave(folder, name):
            folder.mkdir(parents=True)
            (folder / ("summary.json" if name == "summary.json" else "manifest.json")).write_text("{}")
            (folder / name).write_text('{"surprise": 1}\\n')

        @pytest.mark.invented_artefacts("manifest.json")
        @pytest.mark.parametrize("name", [each for each in NAMES if each != "manifest.json"])
        def test_broken(name, tmp_path):
            leave(tmp_path / "runs" / "one", name)

        def test_broken_manifest(tmp_path):
            leave(tmp_path / "one", "manifest.json")

        def test_broken_job(tmp_path):
            (tmp_path / "jobs").mkdir()
            (tmp_path / "jobs" / "00000.json").write_text("{}")

        def test_no_json(tmp_path):
            (tmp_path / "summary.json").write_text("{")

        @pytest.fixture(scope="module")
        def shared(tmp_path_factory):
            return tmp_path_factory.mktemp("shared")

        def test_broken_elsewhere(shared):
            leave(shared / "one", "summary.json")

        @pytest.mark.invented_artefacts(*NAMES)
        @pytest.mark.parametrize("name", NAMES)
        def test_invented(name, tmp_path):
            leave(tmp_path / "one", name)

        def test_no_artefact(tmp_path):
            (tmp_path / "config.json").write_text("{}")
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=16, errors=9)
    result.stdout.fnmatch_lines(["*artefacts that break their contract:*", "*schema.json: $: *"])


def test_long_lists_are_checked_at_both_ends() -> None:
    """Of a list of thousands, the first and the last entries are checked; a shorter one is checked wholly."""
    numbers = list(range(5_000))
    found = thinned({"long": numbers, "nested": [[numbers]], "short": numbers[:300]})
    assert found["long"] == found["nested"][0][0] == [*numbers[:150], *numbers[-150:]]
    assert found["short"] == numbers[:300]
