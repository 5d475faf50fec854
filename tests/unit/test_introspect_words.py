"""`introspect CONN key=value ...`: the words of `+db=NAME key=value ...`, without Hydra."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from datalchemy.cli import one_run
from datalchemy.cli.commands import introspect
from datalchemy.cli.hydra import app
from datalchemy.errors import ConfigurationError
from datalchemy.introspector.settings import Settings
from datalchemy.secrets.process import process_vault
from datalchemy.secrets.references import Kept, Reference, Template

URL = "postgresql://u@h/d"
CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = dict(os.environ)
    for name in ("DATALCHEMY_CONFIG_PATH", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    process_vault.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, tuple[str, ...]]]:
    """What runs were asked for: their settings, and the overrides in their records. No run is done."""
    found: list[tuple[Settings, tuple[str, ...]]] = []

    def run_one(settings: Settings, *, overrides: tuple[str, ...] = (), **_: Any) -> int:
        found.append((settings, overrides))
        return 0

    monkeypatch.setattr(one_run, "run_one", run_one)
    return found


def _plain(value: Any) -> Any:
    """Return settings as plain values, references by their names and what is given in clear as it is."""
    if isinstance(value, Template):
        return value.fill(_text)
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields if name != "url"}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _text(reference: Reference) -> str:
    return process_vault().open(reference) if isinstance(reference, Kept) else str(reference)


@pytest.mark.parametrize(
    "words",
    [
        ["strict=true"],
        ["strict=True", "deadline_seconds=1.5", "+strict=false"],
        ["filter.include_schemas=[a,b]", "filter.exclude_tables=[tmp_*, 'a,b', \"c\"]"],
        ["filter.include_schemas=a"],
        ["filter={include_schemas: [a, 'b c'], exclude_schemas: x}", "filter.exclude_schemas=y"],
        ["db.connect_timeout_seconds=3", "db.statement_timeout_seconds=0", "db.max_rows=10"],
        ["retry.attempts=1", "++retry.deadline_seconds=5"],
        ["output.out=~/a b=c.json", "output.force=true", "output.mode='0600'", "output.runs_dir=reg"],
        ["redact.enabled=false", "redact.schema_text=true"],
        [
            "db.name=shop",
            "db.sslmode=require",
            "db.options.application_name=x y",
            "db.options={connect_timeout: '3', a.b: c}",
        ],
        [f"db.password={CANARY}", f"db.options.sslpassword={CANARY}"],
        ["db.password=<env:PW>", "db.host=<env:HOST>", "db.port=5433"],
        ["output.out=null", "db.dbname='null'"],
        ["--strict", "--schema", "a,b", "--schema=c", "--out", "x.json", "--run-dir", "reg", "--force", "--no-redact"],
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_the_words_mean_the_same(words: list[str], asked: list[tuple[Settings, tuple[str, ...]]]) -> None:
    """The same words give the same settings, and the same record, whether a URL or a file names the database."""
    assert introspect.run([URL, *words]) == 0
    assert introspect.run([*words, "--conn", URL]) == 0
    assert app.run([f"db.url={URL}", *words]) == 0
    (here, kept), (again, _), (there, kept_there) = asked
    assert _plain(here) == _plain(again)
    assert _plain(here) == _plain(there)
    if not words[0].startswith("--"):
        assert kept == tuple(word for word in kept_there if not word.startswith("db.url="))
    assert CANARY not in repr(kept)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["strct=true"], "strct: unknown key; did you mean 'strict'?"),
        (["filter.include_schema=a"], "did you mean 'filter.include_schemas'?"),
        (["db.hots=a"], "did you mean 'db.host'?"),
        (["strict=perhaps"], "strict: input should be a valid boolean"),
        (["filter.include_schemas=[a"], "[ is not closed"),
        (["strict"], "one CONN is expected"),
        (["dbname=x"], "dbname: unknown key; did you mean 'db.name'?"),
        (["db.url=postgresql://h/e"], "CONN or db.url"),
        (["retry=none"], "datalchemy --conn CONN retry=none"),
        (["filter=all"], "filter=all is a file's name"),
        (["+db=prod"], "datalchemy +db=prod"),
        (["~strict"], "nothing to remove"),
        (["sweep.workers=2"], "sweep.workers belongs to a sweep"),
        (["hydra/launcher=joblib"], "belongs to a sweep"),
        (["hydra.run.dir=x"], "cannot be set"),
        (["output.out=${oc.env:HOME}/x"], "<env:NAME>"),
        (["db.password=${oc.env:PW}"], "<env:NAME>"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said(words: list[str], said: str, asked: list[tuple[Settings, tuple[str, ...]]]) -> None:
    """An unknown key, a value of the wrong type and what only a configuration can have are refused with a hint."""
    with pytest.raises(ConfigurationError) as caught:
        introspect.run([URL, *words])
    assert said in str(caught.value)
    assert not asked


def test_keyword_value_is_a_connection(asked: list[tuple[Settings, tuple[str, ...]]]) -> None:
    """`host=... dbname=...` in one word is CONN; in several, the error says to quote them."""
    assert introspect.run(["strict=true", "host=my.host dbname=d"]) == 0
    assert asked[0][0].strict
    with pytest.raises(ConfigurationError, match="one CONN is expected, and there are more words; quote"):
        introspect.run(["host=h", "dbname=d"])


def test_a_secret_that_is_typed_is_noted(
    asked: list[tuple[Settings, tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A password as a word is masked from the first moment, and the user is warned that others can see it."""
    assert introspect.run([URL, f"db.password={CANARY}"]) == 0
    assert CANARY in process_vault().known()
    assert "can be seen in `ps`" in capsys.readouterr().err


def test_no_hydra_is_imported(tmp_path: Path) -> None:
    """Words are read without Hydra and OmegaConf, and so is the registry's folder where no file names one."""
    code = (
        "import sys; from datalchemy.cli.main import main; "
        "main(['introspect', 'foo://h/d', 'strict=true', 'filter.include_schemas=[a,b]']); "
        "sys.exit(bool({'hydra', 'omegaconf', 'yaml'} & set(sys.modules)))"
    )
    (tmp_path / "conf" / "db").mkdir(parents=True)
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, stderr=subprocess.DEVNULL).returncode
        == 0
    )
