"""SECURITY.md states what a test shows, and names the test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PROMISES = (
    "What it does to your server",
    "The privileges that it needs",
    "What is read, and what never is",
    "What it runs on your machine",
    "Passwords",
    "Secrets inside the schema",
    "What it does to your files",
    "SQL that is loaded elsewhere",
    "When something breaks",
)
_NO_PROMISES = ("Limits", "Reporting")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def _sections() -> dict[str, str]:
    _, *parts = re.split(r"^## (.*)\n", (_ROOT / "SECURITY.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _statements() -> Iterator[str]:
    for title in _PROMISES:
        for item in re.split(r"\n(?=- )|\n\n", _sections()[title]):
            if item.startswith("- "):
                yield " ".join(item.split())


def test_every_section_is_known() -> None:
    """A new section is either one of promises or one of limits."""
    assert set(_sections()) == {*_PROMISES, *_NO_PROMISES}
    assert all(re.search("^- ", text, re.MULTILINE) for title, text in _sections().items() if title in _PROMISES)


@pytest.mark.parametrize("statement", list(_statements()))
def test_a_statement_names_its_tests(statement: str) -> None:
    """Each statement ends with the tests that show it, and these are there."""
    named = _NAMED.findall(statement)
    assert named
    assert statement.endswith("`)")
    for file, name in named:
        body = ast.parse((_ROOT / file).read_text(encoding="utf-8")).body
        for part in name.split("::"):
            (found,) = (one for one in body if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == part)
            body = found.body
        assert name.rpartition("::")[2].startswith("test_")
