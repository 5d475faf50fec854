"""What one run does once."""

import subprocess
import sys
from pathlib import Path

import pytest

_COUNTED = r"""
import contextlib, io, os, sys
from collections import Counter
counted = Counter()

def watch(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_qualname in ("load_settings", "create_adapter", "PostgresAdapter.__init__"):
        counted[code.co_qualname] += 1

from datalchemy.cli.main import main
with contextlib.redirect_stderr(io.StringIO()) as said:
    sys.setprofile(watch)
    code = main(sys.argv[1:])
    sys.setprofile(None)
assert code == 3, said.getvalue()
print(sorted(counted.values()), len(counted))
"""


@pytest.mark.parametrize(
    "words",
    [("introspect", "postgresql://u@127.0.0.1:1/d"), ("+db=here", "retry=none")],
    ids=["one shot", "declarative"],
)
def test_settings_and_adapter_are_made_once(words: tuple[str, ...], tmp_path: Path) -> None:
    """One run validates its settings once and builds its adapter once, whatever door it came by."""
    (tmp_path / "conf/db").mkdir(parents=True)
    (tmp_path / "conf/db/here.yaml").write_text("host: 127.0.0.1\nport: 1\n")
    command = [sys.executable, "-c", _COUNTED, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "[1, 1, 1] 3\n", done.stderr
