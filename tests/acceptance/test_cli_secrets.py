"""What the command line tells of a secret, besides the doors and exits of test_canaries.py."""

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest

from tests.acceptance.forking import Program
from tests.acceptance.program import CANARY, Ended, leaks, run_dirs, write_conf

_HAS_RAY = find_spec("hydra_plugins.hydra_ray_launcher") is not None
URL = f"postgresql://u:{CANARY}@localhost:1/d"
CONF = {
    "reference": "host: localhost\nport: 1\nuser: u\npassword: ${oc.env:CANARY_PASSWORD}\n",
    "url": "url: postgresql://u:${oc.env:CANARY_PASSWORD}@localhost:1/d?sslmode=disable\n",
    "fallback": f"host: localhost\nport: 1\npassword: ${{oc.env:NOT_SET,{CANARY}}}\n",
    "plain": f"host: localhost\nport: 1\npassword: {CANARY}\n",
    "plain_url": f"url: postgresql://u:{CANARY}@localhost:1/d\n",
    "misspelt": f"host: localhost\npasword: {CANARY}\n",
    "elsewhere": "host: localhost\nport: 1\nname: ${oc.env:CANARY_PASSWORD}\n",
}


class Run(Protocol):
    """Run the program in `cwd`, and find the canary nowhere."""

    def __call__(self, *words: str, **variables: str) -> Ended:
        """Return what it printed."""
        ...


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """A folder with databases that hold the canary in every way that a file can."""
    write_conf(tmp_path, **CONF)
    return tmp_path


@pytest.fixture
def run(program: Program, cwd: Path) -> Run:
    """The program in that folder."""

    def run(*words: str, **variables: str) -> Ended:
        ended = program.run(words, cwd=cwd, variables={"CANARY_PASSWORD": CANARY, **variables})
        assert CANARY not in ended.text
        assert not leaks(cwd)
        assert "Traceback" not in ended.text or "-v" in words
        return ended

    return run


@pytest.mark.parametrize("name", ["misspelt", "elsewhere"])
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
def test_no_file_of_the_users_is_told(name: str, words: list[str], run: Run) -> None:
    """However a database's file names its password, nothing that is shown or written holds it."""
    run(f"+db={name}", *words)


def test_a_reference_is_shown_instead(run: Run) -> None:
    """`--cfg --resolve` shows where a secret comes from, inside a URL too."""
    shown = run("+db=url", "--cfg", "job", "--resolve", "-p", "db.url")
    assert shown.stdout == "postgresql://u:<env:CANARY_PASSWORD>@localhost:1/d?sslmode=disable\n"


@pytest.mark.parametrize(
    "override",
    [
        f"db.options={{sslpassword: {CANARY}}}",
        f"+x={CANARY}",
        f"db.pasword={CANARY}",
        f"+db.password={CANARY}=(",
    ],
)
@pytest.mark.parametrize("words", [["--cfg", "all", "--resolve"], ["--info", "all"], ["-m", "retry=none"]])
def test_nothing_that_is_typed_is_told(override: str, words: list[str], run: Run) -> None:
    """A secret typed as an override is nowhere: not in a record, not in an error, not on the screen."""
    run("+db=reference", override, *words)


@pytest.mark.parametrize(
    "launcher",
    [
        "basic",
        "joblib",
        pytest.param("ray", marks=pytest.mark.skipif(not _HAS_RAY, reason="the extra `ray` is not installed")),
    ],
)
def test_a_sweep_tells_nothing(launcher: str, run: Run, cwd: Path) -> None:
    """A sweep over databases with plain, referenced, misspelt and missing passwords writes none of them."""
    ended = run("-m", f"+db={','.join(CONF)}", "retry=none", f"hydra/launcher={launcher}")
    assert ended.code == 3
    assert len(run_dirs(cwd)) == len(CONF)


def test_a_plain_password_in_a_fixed_database_is_in_no_record(run: Run) -> None:
    """The records of a sweep over another key hold nothing of the database's password."""
    for name in ("plain", "plain_url", "misspelt", "fallback"):
        run("-m", f"+db={name}", "strict=true,false", "retry=none")


def test_a_secret_in_a_sweeps_records_fails_it(run: Run, cwd: Path, program: Program) -> None:
    """Whatever wrote a secret into a sweep's records: it is taken out, and the sweep fails loudly."""
    leaking = f"""
from datalchemy.registry import layout
from datalchemy.registry.sweeps import SweepRecord
record = SweepRecord.record
def leak(self, job):
    record(self, job)
    file = self.path / layout.JOBS / layout.job_name(job.job)
    file.write_text(file.read_text().replace("fallback", "with {CANARY}"))
SweepRecord.record = leak
"""
    words = ["-m", "+db=fallback", "strict=true,false", "retry=none"]
    done = program.run(words, cwd=cwd, variables={}, plant=leaking)
    assert done.code == 1, done.text
    assert "a secret was found in jobs/00000.json, jobs/00001.json of the sweep and removed" in done.stderr
    assert CANARY not in done.text
    assert not leaks(cwd)
    assert [file.read_text().count("with ***") for file in (cwd / "runs" / "sweeps").rglob("0000?.json")] == [2, 2]


@pytest.mark.parametrize(
    "line", ["+db=plain db.password=", "+db=plain_url db.url=", f"db.password={CANARY} db.p", "+db="]
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_tells_nothing(line: str, shell: str, run: Run) -> None:
    """Tab completion offers names, and no value of a secret."""
    ended = run("-sc", f"query={shell}", COMP_LINE=f"datalchemy {line}")
    assert ended.code == 0
    assert not ended.stderr
    if line == "+db=":
        assert "+db=plain_url" in run("-sc", "query=bash", COMP_LINE="datalchemy +db=pl").stdout
        assert {"+db=demo", "+db=plain"} <= set(ended.stdout.split())


def test_tab_completes_commands_and_their_options(run: Run) -> None:
    """The first word completes to commands and groups, the words after a command to its options."""
    offered = run("-sc", "query=bash", COMP_LINE="datalchemy ").stdout.split()
    assert {"introspect", "version", "strict=", "filter="} <= set(offered)
    offered = run("-sc", "query=bash", COMP_LINE="datalchemy introspect --s").stdout.split()
    assert offered == ["--schema", "--strict"]


def test_completion_can_be_installed(run: Run) -> None:
    """`completion SHELL` prints a script for this program, as `-sc install=SHELL` does; another shell is refused."""
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).stdout
        assert f"-sc query={shell}" in script
        assert run("-sc", f"install={shell}").stdout == script
        assert "datalchemy" in run("-sc", f"uninstall={shell}").stdout
    assert run("-sc", "install=csh").code == 2
    assert "invalid choice" in run("completion", "csh").stderr


@pytest.mark.parametrize(
    "words",
    [
        [f"postgresql://u:{CANARY}%zz@nohost.invalid/d"],
        [f"postgresql://u:{CANARY}@x@nohost.invalid:port/d"],
        [f"postgresql://u:{CANARY}/x@nohost.invalid/d"],
        [f"postgresql://u:{CANARY}@nohost.invalid/d", "-v"],
        [f"postgresql://u:{CANARY}@nohost.invalid/d", f"postgresql://u:{CANARY}@nohost.invalid/d"],
        [f"--strict={CANARY}", f"postgresql://u:{CANARY}@nohost.invalid/d"],
    ],
)
def test_the_one_shot_command_tells_nothing(words: list[str], run: Run) -> None:
    """A connection string with a password leaves no trace of it, well-formed or not."""
    ended = run("introspect", *words)
    assert ended.code in (2, 3)


@pytest.mark.parametrize(
    "words",
    [
        ["ddl", URL],
        ["runs", "show", URL],
        ["runs", "verify", URL],
        ["runs", "list", "--run-dir", URL],
        ["runs", URL],
        ["contract", URL],
        ["help", URL],
        ["version", URL],
        ["introspect", "host=localhost", "--run-dir", URL],
        ["introspect", "host=localhost", f"--out={URL}"],
        ["introspect", "host=nohost.invalid", "--schema", URL],
        ["+db=reference", f"output.runs_dir={URL}"],
        ["+db=reference", f"output.out={URL}"],
        ["-m", "+db=reference", f"output.out={URL}"],
        ["+db=reference", f"db.init=[{URL}]"],
        ["+db=reference", "--config-dir", URL],
        ["+db=reference", URL],
        [f"+db={URL}"],
        [f"retry={URL}"],
        [URL],
    ],
    ids=lambda words: " ".join(words).replace(CANARY, "***"),
)
def test_a_url_where_none_belongs(words: list[str], run: Run, cwd: Path) -> None:
    """A URL that stands where a file, a run or a name is expected is told without its password, and makes no folder."""
    assert run(*words, *(["retry=none"] if "+db=reference" in words else [])).code in {2, 3}
    assert not [path for path in cwd.iterdir() if path.name not in {"conf", "runs"}]


@pytest.mark.parametrize("words", [["-v"], ["--cfg", "job", "--resolve"], ["-m", "strict=true,false"]], ids=" ".join)
@pytest.mark.parametrize(
    "line",
    [
        f"password: *{CANARY}",
        f"password: !{CANARY}",
        f"password: %{CANARY}",
        f"password: @{CANARY}",
        f"password: {CANARY}: x",
        f'password: "{CANARY}',
        f"password: [{CANARY}]",
        f"password: !!int {CANARY}",
        f"password: ${{{CANARY}}}",
        f"password: ${{{CANARY}:x}}",
        f"password: pa${{ss}}{CANARY}",
        f"password: pa\\${{ss}}{CANARY}",
        f"password: ${{oc.decode:{CANARY}}}",
        f"password: {CANARY}${{oc.env:HOST_NAME}}",
        f"options: {{sslpassword: '{CANARY}${{oc.env:HOST_NAME}}'}}",
        f"url: postgresql://u:{CANARY}@${{oc.env:HOST_NAME}}/d",
        f"url: postgresql://${{oc.env:HOST_NAME}}/d?password={CANARY}",
        f"url: host=${{oc.env:HOST_NAME}} password={CANARY}",
        f"url: ${{oc.env:SCHEME}}://u:{CANARY}@h/d",
    ],
    ids=lambda line: line.replace(CANARY, "***"),
)
def test_a_password_that_yaml_or_hydra_reads_otherwise(line: str, words: list[str], run: Run, cwd: Path) -> None:
    """A password that YAML takes for an alias or a tag, or that an interpolation is a part of, is told nowhere."""
    write_conf(cwd, odd=f"host: nohost.invalid\n{line}\n")
    said = run("+db=odd", *words, *([] if "--cfg" in words else ["retry=none"]), HOST_NAME="nohost.invalid")
    assert said.code in {0, 2, 3}, said.text


@pytest.mark.parametrize(
    "words",
    [
        ["+db=reference", f"db.password: {CANARY}"],
        ["+db=reference", f"password:{CANARY}"],
        ["+db=reference", "--password", CANARY],
        ["+db=reference", f"--password={CANARY}"],
        ["+db=reference", f"-p{CANARY}"],
        ["introspect", "host=nohost.invalid", f"-p{CANARY}"],
        ["introspect", "host=nohost.invalid", f"-W={CANARY}"],
        ["introspect", f"nohost.invalid:5432:d:u:{CANARY}"],
        ["introspect", f"u:{CANARY}@nohost.invalid/d"],
        ["intropect", URL],
        ["+db=reference", "output.runs_dir=runs/${oc.env:CANARY_PASSWORD}"],
        ["+db=reference", f"output.runs_dir=runs/{CANARY}"],
        ["+db=reference", f"output.out={CANARY}.json"],
    ],
    ids=lambda words: " ".join(words).replace(CANARY, "***"),
)
def test_a_password_where_other_programs_take_one(words: list[str], run: Run) -> None:
    """What is no way to give a password is refused without repeating it."""
    assert run(*words).code == 2


def test_a_typed_password_is_worth_a_word(run: Run) -> None:
    """Who types a password is told once that `ps` and the shell's history show it; quiet is quiet."""
    words = ["introspect", f"postgresql://u:{CANARY}@nohost.invalid/d"]
    assert run(*words).stderr.count("datalchemy: note:") == 1
    assert "note:" not in run(*words, "--quiet").stderr


def test_hydras_own_debugging_tells_nothing(run: Run) -> None:
    """HYDRA_FULL_ERROR and hydra.verbose bring no traceback and no secret."""
    run("+db=plain", "strict=[", HYDRA_FULL_ERROR="1")
    run("+db=plain", "hydra.verbose=true", "retry=none", HYDRA_FULL_ERROR="1")


def test_a_users_file_cannot_turn_hydras_record_on(run: Run, cwd: Path) -> None:
    """A configuration that asks for Hydra's own record, or for environment variables in it, does not get them."""
    write_conf(
        cwd,
        sly="# @package _global_\n"
        "hydra:\n  output_subdir: .hydra\n  job:\n    env_set: {X: '${oc.env:CANARY_PASSWORD}'}\n"
        "db:\n  host: localhost\n  port: 1\n  password: ${oc.env:CANARY_PASSWORD}\n",
    )
    run("+db=sly", "retry=none")
    run("-m", "+db=sly", "strict=true,false", "retry=none")
    assert not list(cwd.rglob(".hydra"))
