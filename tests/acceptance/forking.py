"""Runs the program many times in forked children of one process, which has the imports behind it: several a second.

Each child has its own words, environment, working directory, umask, standard output and error, and ends as any process
does. What only a fresh process has: a hash seed of its own, and what an interpreter reads when it starts.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from tests.acceptance.program import ROOT, Ended, environment

_SERVER = """
import gc, json, os, signal, socket, sys, threading
import datalchemy.cli.main, datalchemy.cli.hydra.app, datalchemy.cli.commands.introspect, datalchemy.cli.hydra.show
import datalchemy.cli.completion.shells, datalchemy.cli.commands.help, datalchemy.adapters.postgres.adapter
import datalchemy.cli.commands.runs, datalchemy.cli.commands.ddl, datalchemy.cli.commands.contract
import datalchemy.cli.summary, datalchemy.introspector.run, datalchemy.registry.run, datalchemy.registry.log
import datalchemy.cli.hydra.sweep, hydra._internal.hydra, networkx, structlog

control = socket.socket(fileno=int(sys.argv[1]))
lines = control.makefile()

def main():
    while printed := socket.recv_fds(control, 1, 2)[1]:
        asked = json.loads(lines.readline())
        child = os.fork()
        if child == 0:
            return asked, printed
        for descriptor in printed:
            os.close(descriptor)
        limit = threading.Timer(120, os.kill, (child, signal.SIGKILL))
        limit.start()
        _, status = os.waitpid(child, 0)
        limit.cancel()
        limit.join()
        control.sendall(b"%d\\n" % os.waitstatus_to_exitcode(status))

gc.collect()
gc.freeze()  # a child that ends need not look through what it shares with its parent
child = main()
if child is not None:
    asked, printed = child
    lines.close()
    control.close()
    for number, descriptor in enumerate(printed, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.umask(asked["umask"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["datalchemy", *asked["words"]]
    exec(asked["plant"])
    sys.exit(datalchemy.cli.main.main())
"""


class Program:
    """The program with its imports done; `run` is one process of it.

    Args:
        control: leads to the process that forks.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._codes = control.makefile()

    def run(self, words: Sequence[str], *, cwd: Path, variables: Mapping[str, str], plant: str = "") -> Ended:
        """Run the program in `cwd`; `plant` is Python that is executed before it."""
        umask = os.umask(0o077)
        os.umask(umask)
        asked = {
            "words": list(words),
            "cwd": str(cwd),
            "umask": umask,
            "environment": environment(variables),
            "plant": plant,
        }
        (stdout, out), (stderr, err) = os.pipe(), os.pipe()
        socket.send_fds(self._control, [b"+"], [out, err])
        os.close(out)
        os.close(err)
        self._control.sendall(json.dumps(asked).encode() + b"\n")
        with ThreadPoolExecutor(2) as readers:
            printed = list(readers.map(_read, (stdout, stderr)))
        return Ended(int(self._codes.readline()), *printed)

    def close(self) -> None:
        """End the process that forks."""
        self._codes.close()
        self._control.close()


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as pipe:
        return pipe.read()


@cache
def shared_program() -> Program:
    """Return the program with its imports done, the same one until the tests' own process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_forked_program())


@contextmanager
def _forked_program() -> Iterator[Program]:
    ours, theirs = socket.socketpair()
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(theirs.fileno())],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,  # what a child prints on is a pipe, too
        stderr=subprocess.PIPE,
        pass_fds=[theirs.fileno()],
    ):
        theirs.close()
        program = Program(ours)
        try:
            yield program
        finally:
            program.close()
