"""Where a plain Hydra application shows a secret, and this one does not: each place once, with the plain one beside it.

The plain application is the proof that the place is searched: it must leak, or the row shows nothing.
"""

import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import tallies
from tests.acceptance.forking import Program
from tests.acceptance.program import CANARY, ROOT, Ended, ended, leaks, write_conf

pytestmark = pytest.mark.slow

_PLAIN = """
import logging, os, sys
from dataclasses import dataclass
import hydra
from hydra.core.config_store import ConfigStore

@dataclass
class Database:
    host: str = "localhost"
    port: int = 1
    password: str = ""

ConfigStore.instance().store(group="db", name="typed", node=Database)

@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(config):
    {task}

main()
"""
_DATABASE = "host: localhost\nport: 1\npassword: {}\n"
_REFERENCE = "${oc.env:PROD_PASSWORD}"
_CRASH = "import datalchemy.cli.hydra.settings as gate\nfrom omegaconf import OmegaConf\n"


@dataclass(frozen=True)
class Row:
    """A place where a plain application leaks.

    Attributes:
        words: what is typed, to both.
        ours: what is typed to us instead, where that is another thing.
        password: what the database's file says of it.
        task: what the plain application does with its settings.
        plant: Python that makes our program do the same.
        before: Python that both execute first.
        writes: a file that both leave, as a glob.
        config: added to the plain application's config.yaml, and to ours as a file that sets everything.
        variables: set for both.
    """

    words: tuple[str, ...]
    ours: tuple[str, ...] | None = None
    password: str = _REFERENCE
    task: str = "pass"
    plant: str = ""
    before: str = ""
    writes: str = ""
    config: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


_TYPED = f"db.password={CANARY}"
_RAISE = "raise RuntimeError('cannot connect with ' + config.db.password)"
_WE_RAISE = (
    _CRASH
    + """
def crash(config, choices):
    password = os.environ["PROD_PASSWORD"]
    raise RuntimeError("cannot connect with " + config.db.password + " " + password)
gate.read = crash
"""
)
_RECORD_PICKLES = """
import joblib.externals.loky.backend.queues as queues
pickled = queues.dumps
def recorded(*values, **options):
    data = pickled(*values, **options)
    with open("sent.pkl", "ab") as file:
        file.write(bytes(data))
    return data
queues.dumps = recorded
"""
_ROWS = {
    ".hydra/config.yaml, hydra.yaml, overrides.yaml": Row(("+db=prod", _TYPED)),
    "multirun.yaml": Row(("-m", "+db=prod", _TYPED, "hydra.output_subdir=null"), ("-m", "+db=prod", _TYPED)),
    "the sweep's folder, named by its overrides": Row(
        ("-m", "+db=prod", _TYPED), config="hydra:\n  sweep:\n    subdir: ${hydra.job.override_dirname}\n"
    ),
    "the launcher's line": Row(("-m", "+db=prod", _TYPED)),
    "--cfg job --resolve": Row(("+db=prod", "--cfg", "job", "--resolve")),
    "--cfg all --resolve": Row(("+db=prod", "--cfg", "all", "--resolve")),
    "--help --resolve": Row(("+db=prod", "--help", "--resolve")),
    "tab completion": Row(
        ("-sc", "query=bash"), variables={"COMP_LINE": "datalchemy +db=prod db.password=", "_HYDRA_COMP": "1"}
    ),
    "--info all": Row(("+db=prod", _TYPED, "--info", "all")),
    "--info config": Row(("+db=prod", _TYPED, "--info", "config")),
    "Error executing job with overrides": Row(("+db=prod", _TYPED), task=_RAISE, plant=_WE_RAISE),
    "Could not override": Row(("+db=prod", f"db.passwd={CANARY}")),
    "a key that is not there": Row(("+db=prod", f"nothing.like.it={CANARY}")),
    "a grammar error": Row(("+db=prod", f"db.password=[{CANARY}")),
    "an unknown function": Row(("+db=prod", f"db.password=f({CANARY})")),
    "a lexer error": Row(("+db=prod", f'db.password="{CANARY}')),
    "the text of an exception": Row(("+db=prod",), task=_RAISE, plant=_WE_RAISE),
    "the text of an exception, HYDRA_FULL_ERROR": Row(
        ("+db=prod",), ("+db=prod", "-v"), task=_RAISE, plant=_WE_RAISE, variables={"HYDRA_FULL_ERROR": "1"}
    ),
    "a value of the wrong type": Row(("+db=typed", f"db.port={CANARY}"), ("+db=prod", f"db.port={CANARY}")),
    "hydra.job.env_copy": Row(("+db=prod", "hydra.job.env_copy=[PROD_PASSWORD]")),
    "hydra.job.env_copy in a file": Row(
        ("-m", "+db=prod", "+x=1,2"),
        ("-m", "+db=prod", "strict=true,false"),
        config="hydra:\n  job:\n    env_copy: [PROD_PASSWORD]\n",
    ),
    "hydra.job.env_set": Row(("+db=prod", f"hydra.job.env_set.X={CANARY}")),
    "PickleJobInfoCallback": Row(
        ("+db=prod", _TYPED),
        config="hydra:\n  callbacks:\n    p:\n      _target_: hydra.experimental.callbacks.PickleJobInfoCallback\n",
    ),
    "LogJobReturnCallback": Row(
        ("-m", "+db=prod", _TYPED),
        config="hydra:\n  callbacks:\n    p:\n      _target_: hydra.experimental.callbacks.LogJobReturnCallback\n",
        task=_RAISE,
        plant=_WE_RAISE,
    ),
    "submitit's pickles": Row(("-m", "+db=prod", _TYPED, "hydra/launcher=submitit_local"), writes="*_submitted.pkl"),
    "what joblib sends to its workers": Row(
        ("-m", "+db=prod", _TYPED, "hydra/launcher=joblib"), before=_RECORD_PICKLES, writes="sent.pkl"
    ),
    "the settings in a log": Row(
        ("+db=prod", _TYPED),
        task="logging.getLogger('app').info(config)",
        plant=_CRASH
        + """
import logging
logging.basicConfig(level="INFO")
read = gate.read
def told(config, choices):
    logging.getLogger("app").warning(OmegaConf.to_yaml(config, resolve=True))
    return read(config, choices)
gate.read = told
""",
    ),
}


def _plain(row: Row, folder: Path) -> Ended:
    """Run the plain application in `folder`."""
    (folder / "conf" / "db").mkdir(parents=True)
    (folder / "conf" / "config.yaml").write_text(f"defaults:\n  - _self_\n{row.config}")
    (folder / "conf" / "db" / "prod.yaml").write_text(_DATABASE.format(row.password))
    (folder / "app.py").write_text(row.before + _PLAIN.replace("{task}", row.task))
    variables = {**row.variables, "PROD_PASSWORD": CANARY, "PYTHONPATH": ""}
    if "COMP_LINE" in variables:
        variables["COMP_LINE"] = variables["COMP_LINE"].replace("datalchemy", "app.py")
    return ended([sys.executable, "app.py", *row.words], folder, variables)


@pytest.mark.parametrize("place", _ROWS)
def test_a_place_where_plain_hydra_leaks(place: str, program: Program, tmp_path: Path) -> None:
    """What a plain application writes, prints or completes with the secret in it, this one does without it."""
    row = _ROWS[place]
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.mkdir()
    ours.mkdir()
    shown = _plain(row, plain)
    assert CANARY in shown.text or leaks(plain), f"the plain application shows nothing: {shown.text}"

    write_conf(ours, prod=_DATABASE.format(row.password))
    words = list(row.words if row.ours is None else row.ours)
    if row.config:
        database = textwrap.indent(_DATABASE.format(row.password), "  ")
        write_conf(ours, sly=f"# @package _global_\n{row.config}db:\n{database}")
        words = [word.replace("+db=prod", "+db=sly") for word in words]
    if words[:1] != ["-sc"] and "retry=none" not in words:
        words.append("retry=none")
    done = program.run(
        words,
        cwd=ours,
        variables={**row.variables, "PROD_PASSWORD": CANARY, "PYTHONPATH": str(ROOT)},
        plant="import os\n" + row.before + row.plant,
    )
    assert CANARY not in done.text
    assert not leaks(ours)
    if row.writes:
        assert list(plain.rglob(row.writes))
        assert list(ours.rglob(row.writes))
    tallies.leave("places where plain Hydra leaks", {"shown by a plain application, and not by this one": 1})
