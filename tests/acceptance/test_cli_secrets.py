from pathlib import Path

import pytest

from tests.acceptance.program import CANARY, Ended, datalchemy, leaks, run_dirs, write_conf

CONF = {
    "reference": "host: localhost\nport: 1\nuser: u\npassword: ${oc.env:CANARY_PASSWORD}\n",
    "url": "url: postgresql://u:${oc.env:CANARY_PASSWORD}@localhost:1/d?sslmode=disable\n",
    "fallback": f"host: localhost\nport: 1\npassword: ${{oc.env:NOT_SET,{CANARY}}}\n",
    "plain": f"host: localhost\nport: 1\npassword: {CANARY}\n",
    "plain_url": f"url: postgresql://u:{CANARY}@localhost:1/d\n",
    "misspelt": f"host: localhost\npasword: {CANARY}\n",
    "elsewhere": "host: localhost\nport: 1\nname: ${oc.env:CANARY_PASSWORD}\n",
}


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """A folder with databases that hold the canary in every way that a file can."""
    write_conf(tmp_path, **CONF)
    return tmp_path


def _run(cwd: Path, *words: str, **extra: str) -> Ended:
    ended = datalchemy(*words, cwd=cwd, CANARY_PASSWORD=CANARY, **extra)
    assert CANARY not in ended.text
    assert not leaks(cwd)
    assert "Traceback" not in ended.text or "-v" in words
    return ended


@pytest.mark.parametrize("name", CONF)
@pytest.mark.parametrize(
    "words",
    [
        ["--cfg", "all"],
        ["--cfg", "job", "--resolve"],
        ["--info", "config"],
        ["retry=none", "-v"],
    ],
    ids=" ".join,
)
def test_no_file_of_the_users_is_told(name: str, words: list[str], cwd: Path) -> None:
    """However a database's file names its password, nothing that is shown or written holds it."""
    _run(cwd, f"+db={name}", *words)


def test_a_reference_is_shown_instead(cwd: Path) -> None:
    """`--cfg --resolve` shows where a secret comes from, inside a URL too."""
    shown = _run(cwd, "+db=url", "--cfg", "job", "--resolve", "-p", "db.url")
    assert shown.stdout == "postgresql://u:<env:CANARY_PASSWORD>@localhost:1/d?sslmode=disable\n"


@pytest.mark.parametrize(
    "override",
    [
        f"db.password={CANARY}",
        f"db.url=postgresql://u:{CANARY}@localhost:1/d?sslmode=disable",
        f"db.url=host=localhost port=1 password={CANARY}",
        f"+db.options.sslpassword={CANARY}",
        f"db.options={{sslpassword: {CANARY}}}",
        f"+x={CANARY}",
        f"db.pasword={CANARY}",
        f"+db.password={CANARY}=(",
    ],
)
@pytest.mark.parametrize("words", [["--cfg", "all", "--resolve"], ["--info", "all"], ["-m", "retry=none"]])
def test_nothing_that_is_typed_is_told(override: str, words: list[str], cwd: Path) -> None:
    """A secret typed as an override is nowhere: not in multirun.yaml, not in an error, not on the screen."""
    _run(cwd, "+db=reference", override, *words)


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_sweep_tells_nothing(launcher: str, cwd: Path) -> None:
    """A sweep over databases with plain, referenced, misspelt and missing passwords writes none of them."""
    ended = _run(cwd, "-m", f"+db={','.join(CONF)}", "retry=none", f"hydra/launcher={launcher}")
    assert ended.code == 3
    assert len(run_dirs(cwd)) == len(CONF)


def test_a_plain_password_in_a_fixed_database_is_not_in_multirun_yaml(cwd: Path) -> None:
    """multirun.yaml holds the composed settings of what is not swept over: without the secrets in them."""
    for name in ("plain", "plain_url", "misspelt", "fallback"):
        _run(cwd, "-m", f"+db={name}", "strict=true,false", "retry=none")


@pytest.mark.parametrize(
    "line", ["+db=plain db.password=", "+db=plain_url db.url=", f"db.password={CANARY} db.p", "+db="]
)
@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_tab_tells_nothing(line: str, shell: str, cwd: Path) -> None:
    """Tab completion offers names, and no value of a secret."""
    ended = _run(cwd, "-sc", f"query={shell}", COMP_LINE=f"datalchemy {line}")
    assert ended.code == 0
    assert not ended.stderr
    if line == "+db=":
        assert "+db=plain_url" in datalchemy("-sc", "query=bash", cwd=cwd, COMP_LINE="datalchemy +db=pl").stdout
        assert {"+db=demo", "+db=plain"} <= set(ended.stdout.split())


def test_tab_completes_commands_and_their_options(cwd: Path) -> None:
    """The first word completes to commands and groups, the words after a command to its options."""
    offered = datalchemy("-sc", "query=bash", cwd=cwd, COMP_LINE="datalchemy ").stdout.split()
    assert {"introspect", "version", "strict=", "filter="} <= set(offered)
    offered = datalchemy("-sc", "query=bash", cwd=cwd, COMP_LINE="datalchemy introspect --s").stdout.split()
    assert offered == ["--schema", "--strict"]


def test_completion_can_be_installed(cwd: Path) -> None:
    """`-sc install=SHELL` prints a script for this program; another shell is refused."""
    for shell in ("bash", "fish"):
        assert "datalchemy" in datalchemy("-sc", f"install={shell}", cwd=cwd).stdout
    assert datalchemy("-sc", "install=csh", cwd=cwd).code == 2


@pytest.mark.parametrize(
    "words",
    [
        [f"postgresql://u:{CANARY}@localhost:1/d"],
        ["--conn", f"postgresql://u:{CANARY}@localhost:1/d"],
        [f"host=localhost port=1 password='{CANARY}'"],
        [f"postgresql://localhost:1/d?password={CANARY}"],
        [f"postgresql://u:{CANARY}%zz@localhost:1/d"],
        [f"postgresql://u:{CANARY}@x@localhost:port/d"],
        [f"postgresql://u:{CANARY}/x@localhost:1/d"],
        [f"postgresql://u:{CANARY}@localhost:1/d", "-v"],
        [f"postgresql://u:{CANARY}@localhost:1/d", f"postgresql://u:{CANARY}@localhost:1/d"],
        [f"--strict={CANARY}", f"postgresql://u:{CANARY}@localhost:1/d"],
    ],
)
def test_the_one_shot_command_tells_nothing(words: list[str], cwd: Path) -> None:
    """A connection string with a password leaves no trace of it, well-formed or not."""
    ended = _run(cwd, "introspect", *words)
    assert ended.code in (2, 3)


def test_a_typed_password_is_worth_a_word(cwd: Path) -> None:
    """Who types a password is told once that `ps` and the shell's history show it; quiet is quiet."""
    words = ["introspect", f"postgresql://u:{CANARY}@localhost:1/d"]
    assert _run(cwd, *words).stderr.count("datalchemy: note:") == 1
    assert "note:" not in _run(cwd, *words, "--quiet").stderr


def test_hydras_own_debugging_tells_nothing(cwd: Path) -> None:
    """HYDRA_FULL_ERROR and hydra.verbose bring no traceback and no secret."""
    _run(cwd, "+db=plain", "strict=[", HYDRA_FULL_ERROR="1")
    _run(cwd, "+db=plain", "hydra.verbose=true", "retry=none", HYDRA_FULL_ERROR="1")


def test_a_users_file_cannot_turn_hydras_record_on(cwd: Path) -> None:
    """A configuration that asks for Hydra's own record, or for environment variables in it, does not get them."""
    write_conf(
        cwd,
        sly="# @package _global_\n"
        "hydra:\n  output_subdir: .hydra\n  job:\n    env_set: {X: '${oc.env:CANARY_PASSWORD}'}\n"
        "db:\n  host: localhost\n  port: 1\n  password: ${oc.env:CANARY_PASSWORD}\n",
    )
    _run(cwd, "+db=sly", "retry=none")
    _run(cwd, "-m", "+db=sly", "strict=true,false", "retry=none")
    assert not list(cwd.rglob(".hydra"))
