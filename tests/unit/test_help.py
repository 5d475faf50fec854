"""The help of the program, of each verb and of each action of `runs`."""

from contextlib import suppress
from importlib import import_module

import pytest

from datalchemy.cli.commands.table import VERBS

ACTIONS = ("list", "show", "verify", "retry", "prune")
HELPS = [("help",), *((verb, "--help") for verb in VERBS), *(("runs", action, "--help") for action in ACTIONS)]


def help_of(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that a verb prints."""
    with suppress(SystemExit):  # argparse leaves
        import_module(VERBS[words[0]].module).run(list(words[1:]))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("words", HELPS, ids=" ".join)
def test_a_help_fits_the_terminal(
    words: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line of a help is wider than the terminal, but for a path that is wider by itself."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = help_of(words, capsys)
    assert lines
    assert [line for line in lines if len(line) > columns and len(line.split()) > 1] == []


def test_runs_lists_its_actions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`runs --help` has one line for each of its actions."""
    monkeypatch.setenv("COLUMNS", "80")
    listed = [line.split()[0] for line in help_of(("runs", "--help"), capsys) if line.startswith("    ")]
    assert listed == list(ACTIONS)
