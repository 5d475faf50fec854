"""The plain words of house style: docstrings and messages are for engineers whose first language is another one."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "datalchemy"
BANNED = re.compile(
    r"\b(tell|tells|telling|told|stands?|standing|hangs? on|kin|news|anew|by way of|(?:that|than) there is not|"
    r"cl[iu]ngs?|nobody's|without a word)\b",
    re.IGNORECASE,
)
STILL_TO_DO = ("analysis/graph_model.py", "model", "registry/manifest.py")
"""Rooms and files whose docstrings are published in the contracts, which change only with a new version."""


def _banned(source: str) -> list[str]:
    """Return the lines of docstrings and of texts with a blank that hold a banned word, as `line: text`.

    A text without a blank is a key or a pattern, and `'stands'` in quotes is quoted from elsewhere.
    """
    texts = [
        (node.lineno + number, line.strip())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for number, line in enumerate(node.value.split("\n"))
        if " " in line.strip()
    ]
    return [f"{number}: {line}" for number, line in texts if BANNED.search(re.sub(r"'\w+'|`[^`]*`", "", line))]


def _is_done(path: Path) -> bool:
    place = path.relative_to(PACKAGE)
    return not any(place == Path(name) or Path(name) in place.parents for name in STILL_TO_DO)


DONE = sorted(path for path in PACKAGE.rglob("*.py") if _is_done(path))


@pytest.mark.parametrize("path", DONE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_words_are_plain(path: Path) -> None:
    """No docstring and no message of a room that is done holds a word of the list."""
    assert _banned(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ['"""Tell whether it is."""', 'f"{name} is told"', '"""A first line.\n\nWhat stands there.\n"""', 'a("made anew")'],
)
def test_a_banned_word_is_found(source: str) -> None:
    """A banned word is found in a docstring, in a message, and in the text of an f-string."""
    assert len(_banned(source)) == 1


@pytest.mark.parametrize("source", ["tell(error)", "a = 'told'", "a = \"the name 'stands' is kept\"", "a = 'skin it'"])
def test_what_is_no_sentence_is_left_alone(source: str) -> None:
    """Names, keys, quotations and other words are no sentences of ours."""
    assert _banned(source) == []


def test_the_list_names_what_is_there() -> None:
    """Each entry of the list of rooms to do exists."""
    assert [name for name in STILL_TO_DO if not (PACKAGE / name).exists()] == []
