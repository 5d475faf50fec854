import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalchemy.cli import process
from datalchemy.cli.process import Terminated, run_guarded
from datalchemy.cli.terminal import complain, did_you_mean, print_json, printable, set_verbosity, show_data
from datalchemy.errors import ConfigurationError, ExitCode, RegistryError, worst
from datalchemy.secrets.process import ScrubbedStream, process_vault

CANARY = "s3cr3t-hunter2"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    before = dict(os.environ)
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    process_vault.cache_clear()
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    for number, handler in signals.items():
        signal.signal(number, handler)
    process_vault.cache_clear()


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], ExitCode.OK),
        ([0, 0], ExitCode.OK),
        ([0, 4], ExitCode.STRICT),
        ([4, 2], ExitCode.USAGE),
        ([2, 3], ExitCode.CONNECTION),
        ([3, 5], ExitCode.CATALOG),
        ([5, 6], ExitCode.REGISTRY),
        ([6, 1], ExitCode.INTERNAL),
        ([1, 130], ExitCode.INTERRUPTED),
        ([130, 143], ExitCode.TERMINATED),
        ([99], ExitCode.INTERNAL),
    ],
)
def test_the_worst_of_a_sweep(codes: list[int], expected: ExitCode) -> None:
    """Exit codes have one order: stopped, ours, registry, catalog, connection, usage, strict, done."""
    assert worst(codes) is expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 表", "plain ünïcode 表"),
        ("a\nb", "a b"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202eevil\u200b", "\\u202eevil\\u200b"),
        ("\x9b31m", "\\x9b31m"),
        ("[bold]markup[/]", "[bold]markup[/]"),
    ],
)
def test_what_a_terminal_would_obey_is_made_visible(text: str, shown: str) -> None:
    """Control characters, escape sequences and invisible marks of a name are spelled out; letters are kept."""
    assert printable(text) == shown


def test_data_is_exact_in_a_pipe_and_harmless_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL goes to a pipe as it is; on a terminal its lines stay, and what would be obeyed is spelled out."""
    text = "COMMENT ON x IS 'password=a\x1b[2J';\n\nSELECT 1;\n"
    show_data(text)
    assert capsys.readouterr().out == text
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_data(text)
    assert capsys.readouterr().out == text.replace("\x1b", "\\x1b")


def test_data_never_holds_the_secrets_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    """What this process knows to be secret is masked in data too; what merely looks like a secret is not."""
    process_vault().remember(CANARY)
    stream = ScrubbedStream(sys.stdout)
    stream.write_data(f"'{CANARY}' 'password=x'\n")
    assert capsys.readouterr().out == "'***' 'password=x'\n"


def test_an_error_is_its_cause_and_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """An error is one line, its findings, and what to do."""
    complain("two things:\n  first\nsecond", remedy="do this")
    assert capsys.readouterr().err == "datalchemy: error: two things:\n  first\n  second\n  hint: do this\n"


_BLACK = "datalchemy: error: what is wrong\n  hint: do this\n"
_COLOURED = "datalchemy: \x1b[1;31merror:\x1b[0m what is wrong\n\x1b[2m  hint: do this\x1b[0m\n"


@pytest.mark.parametrize(
    ("variables", "elsewhere", "on_a_terminal"),
    [
        ({}, _BLACK, _COLOURED),
        ({"NO_COLOR": "1"}, _BLACK, _BLACK),
        ({"NO_COLOR": ""}, _BLACK, _COLOURED),
        ({"FORCE_COLOR": "1"}, _COLOURED, _COLOURED),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, _BLACK, _BLACK),
        ({"TERM": "dumb"}, _BLACK, _BLACK),
    ],
    ids=str,
)
def test_colours(
    variables: dict[str, str],
    elsewhere: str,
    on_a_terminal: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal shows an error in colours; NO_COLOR forbids them, and FORCE_COLOR asks for them anywhere."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    complain("what is wrong", remedy="do this")
    assert capsys.readouterr().err == elsewhere
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    complain("what is wrong", remedy="do this")
    assert capsys.readouterr().err == on_a_terminal


def test_an_error_is_wrapped_between_words_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal no word and no path is cut; elsewhere a line stays one line."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    path = "/srv/a-very-long-path/which-does-not-fit/on-a-line.yaml"
    cause = f"the file {path} is not what is expected here:\na finding that goes on and on"
    complain(cause, remedy="read it again, " * 3)
    assert capsys.readouterr().err.count("\n") == 3
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    complain(cause, remedy="read it again, " * 3)
    assert capsys.readouterr().err.splitlines() == [
        "datalchemy: error: the file",
        f"    {path}",
        "    is not what is expected here:",
        "  a finding that goes on and on",
        "  hint: read it again, read it again,",
        "        read it again,",
    ]


def test_a_secret_is_masked_before_it_is_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password of several words, on either side of a line's end, is seen in no piece."""
    process_vault().remember("K1an4ry K2an4ry K3an4ry K4an4ry")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for columns in range(20, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        complain("the value K1an4ry K2an4ry K3an4ry K4an4ry is wrong", remedy="not K1an4ry K2an4ry K3an4ry K4an4ry")
    printed = capsys.readouterr().err
    assert printed.count("***") == 120
    assert "an4ry" not in printed


def test_the_width_is_that_of_stderr(tmp_path: Path) -> None:
    """Where only stderr is a terminal, its width counts."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    unset = ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    variables = {name: value for name, value in os.environ.items() if name not in unset}
    words = [sys.executable, "-m", "datalchemy", "introspect", "not-a-database"]
    done = subprocess.run(
        words, cwd=tmp_path, env={**variables, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs, check=False
    )
    os.close(theirs)
    printed = os.read(ours, 10_000).decode()
    os.close(ours)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "\x1b[1;31merror:\x1b[0m" in printed
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 50


def test_near_names_are_offered() -> None:
    """A word that is close to a known one gets a suggestion, another gets none."""
    assert did_you_mean("hots", ["host", "port"]) == "; did you mean 'host'?"
    assert did_you_mean("xyz", ["host", "port"]) == ""


def _raising(fault: BaseException) -> int:
    raise fault


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ConfigurationError("wrong"), 2),
        (RegistryError("full"), 6),
        (KeyboardInterrupt(), 130),
        (Terminated(), 143),
        (SystemExit(), 0),
        (SystemExit(2), 2),
        (SystemExit("text"), 2),
        (ValueError("broken"), 1),
        (BrokenPipeError(), 1),
    ],
)
def test_every_end_has_its_exit_code(fault: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is raised becomes an exit code and at most one message, never a traceback."""
    assert run_guarded(lambda: _raising(fault)) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_of_ours_tells_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """An internal error is one line without secrets; with -v its traceback has none either."""
    process_vault().remember(CANARY)
    for verbose in (False, True):
        set_verbosity(verbose=verbose, quiet=False)
        assert run_guarded(lambda: _raising(RuntimeError(f"could not use {CANARY}"))) == 1
        told = capsys.readouterr().err
        assert "internal error: RuntimeError: could not use ***" in told
        assert "report" in told
        assert ("Traceback" in told) is verbose
        assert CANARY not in told


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_one_json_document_whatever_the_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed for programs is JSON in any encoding, and holds no secret, beside which no mask breaks it."""
    process_vault().remember(CANARY)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", ScrubbedStream(stream))
    print_json({"name": "ação \ud800\x1b", "why": f"password={CANARY}", "next": [5432, None]})
    stream.flush()
    printed = raw.getvalue().decode(encoding)
    assert json.loads(printed) == {"name": "ação \ud800\x1b", "why": "password=***", "next": [5432, None]}


def test_a_termination_is_met_like_ctrl_c() -> None:
    """SIGTERM raises a KeyboardInterrupt, so that whoever cleans up on Ctrl-C cleans up; its echo is ignored."""
    process._asked_at.clear()

    def action() -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt as stopped:
            os.kill(os.getpid(), signal.SIGTERM)
            return 7 if isinstance(stopped, Terminated) else 8
        return 9

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert run_guarded(action) == 7
    process._asked_at.clear()
