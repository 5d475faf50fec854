"""TAB in real shells: bash, and zsh and fish where they are installed."""

from collections.abc import Iterator

import pytest

from tests.acceptance.typing_shell import TAB, TypingShell

NAMES = ("prod", "eu/prod", "eu west", "weiß", "[a,b]", "it's $5", "a:b", 'q"q')


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypingShell]:
    """A shell in a folder with databases, a registry and files."""
    folder = tmp_path_factory.mktemp("typing")
    for name in NAMES:
        file = folder / "conf" / "db" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("dbname: x\n")
    (folder / "runs" / "2026-01-10T12-34-56Z__run_f71ad2bf6e40").mkdir(parents=True)
    (folder / "runs" / "sweeps" / "2026-01-10T12-34-56Z__sweep_0c2b41d89a7e").mkdir(parents=True)
    (folder / "my schema.json").touch()
    (folder / "own" / "db").mkdir(parents=True)
    (folder / "own" / "db" / "elsewhere.yaml").touch()
    typing = TypingShell(request.param, folder)
    yield typing
    typing.close()


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("intro", "introspect"),
        ("runs sho", "show"),
        ("runs list --stat", "--status"),
        ("runs list --status succ", "succeeded"),
        ("runs list --status=succ", "--status=succeeded"),
        ("runs show f7", "f71ad2bf6e40"),
        ("ddl lat", "latest"),
        ("runs retry 0c", "0c2b41d89a7e"),
        ("contract man", "manifest"),
        ("completion fi", "fish"),
        ("help int", "introspect"),
        ("stri", "strict="),
        ("+db=prod strict=t", "strict=true"),
        ("+db=prod db.sslmode=verify-f", "db.sslmode=verify-full"),
        ("+db=prod --cfg=j", "--cfg=job"),
        ("+db=prod filter=al", "filter=all"),
        ("+db=prod filter.include_s", "filter.include_schemas="),
        ("check pro", "prod"),
        ("check eu/", "eu/prod"),
        ("--config-dir own +db=els", "+db=elsewhere"),
        ("ddl my", "my schema.json"),
        ("+db=prod output.out=my", "output.out=my schema.json"),
        ("+db=prod output.runs_dir=ow", "output.runs_dir=own/"),
        ("runs list --run-dir ow", "own/"),
    ],
)
def test_a_word_is_completed(shell: TypingShell, typed: str, word: str) -> None:
    """TAB completes commands, flags, values, runs, databases, keys and paths."""
    assert shell.words(f"datalchemy {typed}{TAB}")[-1] == word


@pytest.mark.parametrize(
    ("before", "name"),
    [(before, name) for before in ("+db=", "-m +db=prod,") for name in NAMES[2:]]
    + [(before, "eu west") for before in ("--db ", "--db=", "check ", "runs list --db ")],
)
def test_a_name_is_quoted(shell: TypingShell, before: str, name: str) -> None:
    """A name comes out as one word, whatever it holds, alone and behind others."""
    begun = {"[a,b]": "\\[", "it's $5": "it", 'q"q': "q", "eu west": "eu\\ "}.get(name, name[:-1])
    written = shell.words(f"datalchemy {before}{begun}{TAB}")[-1]
    assert written == f"{before.rpartition(' ')[2]}{name}"


@pytest.mark.parametrize("typed", ["'+db=eu w", '"+db=eu w', "+db='eu w", '+db="eu w', "+db=eu\\ w"])
def test_an_open_quote_is_closed(shell: TypingShell, typed: str) -> None:
    """A name is completed inside a quote that is open, in the middle of a word, too."""
    assert shell.words(f"datalchemy {typed}{TAB}") == ["datalchemy", "+db=eu west"]


@pytest.mark.parametrize("typed", ["introspect ", "introspect --conn ", "+db=prod db.password=", "+db=prod db.url="])
def test_nothing_is_offered_for_a_secret(shell: TypingShell, typed: str) -> None:
    """Where a URL or a password is expected, nothing is completed, no file either."""
    words = shell.words(f"datalchemy {typed}{TAB}")
    assert " ".join(words) == f"datalchemy {typed}".rstrip()


def test_what_follows_is_typed_at_once(shell: TypingShell) -> None:
    """A key's value follows its `=`, and a finished word is followed by a blank."""
    assert shell.words(f"datalchemy +db=pro{TAB}stri{TAB}tr{TAB}--quie{TAB}") == [
        "datalchemy",
        "+db=prod",
        "strict=true",
        "--quiet",
    ]
