"""Where the libraries that we use show a secret, and we do not: each with the library's own way beside it."""

import io
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pydantic
import pytest
import structlog
from omegaconf import OmegaConf
from psycopg.conninfo import conninfo_to_dict

from datalchemy.errors import ConfigurationError, ConnectionFailedError, DatalchemyError, ExitCode
from datalchemy.introspector.library import introspect
from datalchemy.introspector.record import RunOutcome
from datalchemy.introspector.run import run
from datalchemy.introspector.settings import DatabaseSettings, Settings, load_settings
from datalchemy.secrets.vault import Vault
from tests.acceptance.refusing import Refusing, refusing_server

CANARY = "s3cr3t-hunter2"


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    """A server that refuses the password that it is given, and repeats it."""
    with refusing_server() as server:
        yield server


def _run(folder: Path, **db: object) -> RunOutcome:
    settings = load_settings({"db": db, "retry": {"attempts": 1}, "output": {"runs_dir": str(folder)}})
    return run(settings, vault=Vault(), environ={})


def _nothing_told(outcome: RunOutcome, folder: Path) -> str:
    """Return the error's text, in which the canary is not, as it is in no file of the run."""
    assert outcome.error is not None
    told = f"{outcome.error.message} {outcome.error.remedy} {outcome.error!r}"
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert CANARY not in told
    assert CANARY.encode() not in files
    return told


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{CANARY}%zz@localhost/d",
        f"postgresql://u:{CANARY}@localhost:port/d?{CANARY}",
        f"host=localhost {CANARY}",
        f"host=localhost password='{CANARY}",
    ],
)
def test_psycopg_quotes_what_it_cannot_read(url: str, tmp_path: Path) -> None:
    """The driver's text about a malformed connection string holds the piece; ours says what is wrong without it."""
    with pytest.raises(psycopg.ProgrammingError) as caught:
        conninfo_to_dict(url)
    assert CANARY in str(caught.value) or "unterminated" in str(caught.value)
    outcome = _run(tmp_path, url=url)
    assert "db.url is malformed" in _nothing_told(outcome, tmp_path)
    assert outcome.exit_code is ExitCode.USAGE


def test_psycopg_takes_a_piece_of_a_password_for_a_host(tmp_path: Path) -> None:
    """A password with an `@` that is not encoded becomes a part of the host, which the driver's text shows."""
    url = f"postgresql://u:first@{CANARY}@nohost.invalid/d"
    with pytest.raises(psycopg.OperationalError, match=CANARY):
        psycopg.connect(url)
    assert "***" in _nothing_told(_run(tmp_path, url=url), tmp_path)


def test_psycopgs_error_carries_the_password(refusing: Refusing) -> None:
    """The driver's error leads to the password in clear; nothing that can be reached from ours does."""
    url = f"postgresql://u:{CANARY}@localhost:{refusing.port}/d?sslmode=disable&gssencmode=disable"
    with pytest.raises(psycopg.OperationalError) as theirs:
        psycopg.connect(url)
    assert theirs.value.pgconn is not None
    assert theirs.value.pgconn.password == CANARY.encode()
    with pytest.raises(ConnectionFailedError) as ours:
        introspect(url)
    assert _reachable(ours.value) == {ours.value}
    shown = "".join(traceback.format_exception(ours.value)).replace(url, "")
    assert CANARY not in shown
    assert CANARY.encode() not in pickle.dumps(ours.value)
    assert CANARY not in repr(vars(ours.value))


def _reachable(error: BaseException) -> set[BaseException]:
    """Return every exception that leads to this one."""
    found = {error}
    for other in (error.__cause__, error.__context__):
        if other is not None and not isinstance(other, StopIteration):
            found |= _reachable(other)
    return found


def test_structlogs_tracebacks_show_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Structlog's dictionaries of an exception hold the variables of each frame; our log names places only."""

    def crash(*_: object, **__: object) -> None:
        password = CANARY  # noqa: F841  # a traceback with variables shows it
        raise RuntimeError("planted")

    said = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(said),
        processors=[structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()],
    )
    try:
        crash()
    except RuntimeError:
        logger.exception("broken")
    assert CANARY in said.getvalue()

    monkeypatch.setattr("datalchemy.introspector.run.read_database", crash)
    outcome = _run(tmp_path, host="localhost", port=1)
    assert "planted" in _nothing_told(outcome, tmp_path)
    assert outcome.run_dir is not None
    lines = [json.loads(line) for line in (outcome.run_dir / "logs.ndjson").read_text().splitlines()]
    (line,) = (line for line in lines if line["event"] == "internal_error")
    assert any(place.endswith(" crash") for place in line["traceback"])


def test_structlogs_console_shows_variables_where_rich_is_installed() -> None:
    """Structlog's console renderer uses rich's tracebacks, with variables, as soon as rich can be imported.

    We print with rich and never its tracebacks: `-v` prints Python's own, scrubbed (tests/acceptance/test_canaries.py).
    """
    said = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(said),
        processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.rich_traceback)],
    )
    try:
        password = CANARY
        int(password)
    except ValueError:
        logger.exception("broken")
    assert CANARY in said.getvalue()
    ours = "".join(path.read_text() for path in (Path(__file__).parents[2] / "datalchemy").rglob("*.py"))
    for word in ("rich.traceback", "rich_traceback", "dict_tracebacks", "ConsoleRenderer", "show_locals", "cgitb"):
        assert word not in ours


def test_pydantic_repeats_what_it_refuses() -> None:
    """Pydantic's errors hold the input; ours name the key and what it takes."""

    class Plain(pydantic.BaseModel):
        port: int

    with pytest.raises(pydantic.ValidationError, match=CANARY):
        Plain.model_validate({"port": CANARY})
    for wrong in ({"db": {"port": CANARY}}, {"db": {"password": [CANARY]}}, {"db": CANARY}, {"strict": CANARY}):
        with pytest.raises(ConfigurationError) as caught:
            load_settings(wrong)
        assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert CANARY not in repr(Settings(db=DatabaseSettings.model_validate({"password": CANARY})))


@pytest.mark.parametrize("password", ["${oc.env:HOME}", "a${x}b", "<env:HOME>", "$HOME", "a<env:HOME>b", "${"])
def test_a_password_that_looks_like_an_interpolation(password: str, refusing: Refusing, tmp_path: Path) -> None:
    """OmegaConf resolves an interpolation that came out of a variable; we hand the password on as it is."""
    config = OmegaConf.create({"text": "${oc.env:HOME}"})
    assert OmegaConf.to_container(config, resolve=True) != {"text": "${oc.env:HOME}"}
    settings = load_settings(
        {
            "db": {
                "url": f"postgresql://u@localhost:{refusing.port}/d?sslmode=disable&gssencmode=disable",
                "password": "<env:ODD>",
            },
            "output": {"runs_dir": str(tmp_path)},
        }
    )
    outcome = run(settings, vault=Vault(), environ={"ODD": password, "HOME": "/home/u"})
    assert isinstance(outcome.error, DatalchemyError)
    assert refusing.passwords == [password]


def test_the_drivers_own_log_is_quiet(refusing: Refusing, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever psycopg tells the logging module about a connection holds no password."""
    with caplog.at_level(logging.DEBUG):
        _nothing_told(
            _run(
                tmp_path, url=f"postgresql://u:{CANARY}@localhost:{refusing.port}/d?gssencmode=disable&sslmode=disable"
            ),
            tmp_path,
        )
    assert CANARY not in caplog.text
