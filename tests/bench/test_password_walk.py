"""The way of a password, from the words of the command line to the driver: calls, functions, files.

A call counts when one of its arguments holds the password: as text, or inside a container or an object. Those that get
it as text or in a container are counted apart: they handle it, the others pass it on unseen. The vault is left out: it
keeps the password, so that it is masked. The walk ends at the driver's door.
"""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_WALK = r"""
import contextlib, inspect, io, sys, tempfile
from collections import Counter
PASSWORD = "w4lk-0f-a-passw0rd"
walked = []
handled = []

def handles(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    texts = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return any(isinstance(text, str) and PASSWORD in text for text in texts)

def holds(value, depth=0):
    if isinstance(value, str):
        return PASSWORD in value
    if depth > 9 or isinstance(value, (int, float, bytes, type(None), type)) or callable(value):
        return False
    if isinstance(value, dict):
        return any(holds(each, depth + 1) for each in [*value, *value.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(holds(each, depth + 1) for each in value)
    if type(value).__name__ in ("Vault", "_Index", "ScrubbedStream"):  # they keep it, so that it is masked
        return False
    slots = [slot for kind in type(value).__mro__ for slot in getattr(kind, "__slots__", ())]
    inside = [*getattr(value, "__dict__", {}).values(), *(getattr(value, slot, None) for slot in slots)]
    return any(holds(each, depth + 1) for each in inside)

def watch(frame, event, argument):
    code = frame.f_code
    if event != "call" or "/datalchemy/" not in code.co_filename:
        return
    starred = sum(bool(code.co_flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]
    if any(handles(frame.f_locals.get(name)) for name in names):
        handled.append((code.co_filename.rpartition("/datalchemy/")[2], code.co_qualname))
    if any(holds(frame.f_locals.get(name)) for name in names):
        walked.append((code.co_filename.rpartition("/datalchemy/")[2], code.co_qualname))
    if code.co_name == "connect" and "postgres" in code.co_filename:
        raise KeyboardInterrupt

from datalchemy.cli.main import main
import datalchemy.introspector.run, datalchemy.adapters.postgres.adapter
words = sys.argv[1].replace("PASSWORD", PASSWORD)
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
    sys.setprofile(watch)
    try:
        main(["introspect", words, "--run-dir", folder, "-q"])
    finally:
        sys.setprofile(None)
files = [file for file, _ in walked]
moves = sum(one != other for one, other in zip(files, files[1:]))
print(len(walked), len(set(walked)), len(set(files)), moves)
print(f"handled as text: {len(handled)} calls in {len({file for file, _ in handled})} files", file=sys.stderr)
text = set(handled)
for (file, name), count in Counter(walked).items():  # in the order of their first calls
    how = "handles" if (file, name) in text else "passes"
    print(f"{count:4} {how:7} {file}: {name}", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "text", ["postgresql://reader:PASSWORD@127.0.0.1:1/shop", "host=127.0.0.1 port=1 password=PASSWORD"]
)
def test_the_way_of_a_password(text: str) -> None:
    """A password passes few hands between the command line and the driver."""
    command = [sys.executable, "-c", _WALK, text]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    calls, functions, files, moves = map(int, done.stdout.split())
    print(f"{text}: {calls} calls, {functions} functions, {files} files, {moves} moves between files\n{done.stderr}")  # noqa: T201
    assert calls > 0
