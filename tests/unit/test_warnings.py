"""The table of warnings, and the page that is made from it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import datalchemy
from datalchemy.model.diagnostics import Diagnostic, WarningCode
from tests import warnings_page

_ROOT = Path(__file__).parents[2]
_PACKAGE = Path(datalchemy.__path__[0])


def _made(tree: ast.AST) -> Iterator[str]:
    """Yield the codes that a module gives to a warning: as an argument `code`, or as the default of one."""
    for node in ast.walk(tree):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if isinstance(node, ast.arguments):
            given = [*node.defaults, *node.kw_defaults]
        for value in given:
            if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
                yield from [value.attr] if value.value.id == "WarningCode" else []


def test_every_code_is_made_somewhere() -> None:
    """No row of the table is left over: some code path makes each warning."""
    made = {code for file in _PACKAGE.rglob("*.py") for code in _made(ast.parse(file.read_text(encoding="utf-8")))}
    assert made == set(WarningCode.__members__)


@pytest.mark.parametrize("code", WarningCode)
def test_a_row(code: WarningCode) -> None:
    """A row has one sentence; in JSON it is its code alone, which is the lower case of its name."""
    assert code.value == code.name.lower()
    assert code.meaning.endswith(".")
    assert ". " not in code.meaning
    assert len(code.meaning.split()) <= 20
    assert Diagnostic(code=code, message="m").model_dump(mode="json")["code"] == code.value
    assert Diagnostic.model_validate_json(f'{{"code": "{code.value}", "message": "m"}}').code is code


def test_what_fails_a_strict_run() -> None:
    """A run is strict about what is incomplete, inconsistent, a cycle, or a filter without a match."""
    strict = {code for code in WarningCode if code.fails_strict}
    expected = {WarningCode.INCOMPLETE_CAPTURE, WarningCode.INCONSISTENT, WarningCode.CYCLE}
    assert strict == {*expected, WarningCode.NOTHING_MATCHED}


def test_the_page_is_current() -> None:
    """`make contract` was run after the last change of the table, and the README links the page."""
    assert warnings_page.PAGE.read_text(encoding="utf-8") == warnings_page.page()
    assert "(docs/warnings.md)" in (_ROOT / "README.md").read_text(encoding="utf-8")
