"""Runs the program many times in forked children of one process, which has the imports behind it: several a second.

Each child has its own words, environment, working directory, standard output and error, and ends as any process does.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.program import ROOT, Ended, environment

_SERVER = """
import gc, json, os, sys
import datalchemy.cli.main, datalchemy.cli.hydra.app, datalchemy.cli.commands.introspect, datalchemy.cli.hydra.callback
import datalchemy.cli.hydra.completion, datalchemy.cli.commands.help, datalchemy.adapters.postgres.adapter
import datalchemy.registry.run
import hydra._internal.hydra, networkx, structlog

def main():
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            return asked
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)

gc.collect()
gc.freeze()  # a child that ends need not look through what it shares with its parent
asked = main()
if asked is not None:
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["datalchemy", *asked["words"]]
    for number, path in ((0, os.devnull), (1, asked["stdout"]), (2, asked["stderr"])):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    exec(asked["plant"])
    sys.exit(datalchemy.cli.main.main())
"""


class Program:
    """The program with its imports done; `run` is one process of it."""

    def __init__(self, server: "subprocess.Popen[str]", folder: Path) -> None:
        self._server = server
        self._folder = folder

    def run(self, words: Sequence[str], *, cwd: Path, variables: Mapping[str, str], plant: str = "") -> Ended:
        """Run the program in `cwd`; `plant` is Python that is executed before it."""
        printed = [self._folder / "stdout", self._folder / "stderr"]
        for path in printed:
            path.unlink(missing_ok=True)
        asked = {
            "words": list(words),
            "cwd": str(cwd),
            "environment": environment(variables),
            "stdout": str(printed[0]),
            "stderr": str(printed[1]),
            "plant": plant,
        }
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        code = int(self._server.stdout.readline())
        return Ended(code, *(path.read_text(encoding="utf-8") for path in printed))


@contextmanager
def forked_program(folder: Path) -> Iterator[Program]:
    """Start the process whose children run the program, until the block ends; it writes below `folder`."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        cwd=ROOT,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield Program(server, folder)
        assert server.stdin is not None
        server.stdin.close()
