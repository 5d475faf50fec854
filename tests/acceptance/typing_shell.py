"""A real shell on a terminal of its own: what is typed into it, and the words of the line that results."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.program import ROOT, environment

TAB = "\t"
_DUMP = "\x18d"  # the key that writes the words of the line into a file, and empties the line
_PATIENCE_SECONDS = 60.0
_RC = {
    "bash": """
PS1='> '
eval "$(datalchemy completion bash)"
dump() { eval "set -- $READLINE_LINE"; printf '%s\\0' "$@" >words.new; READLINE_LINE=; mv words.new words; }
bind -x '"\\C-xd": dump'
: >ready
""",
    "zsh": """
PS1='> '
eval "$(datalchemy completion zsh)"
dump() { eval "set -- $BUFFER"; printf '%s\\0' "$@" >words.new; BUFFER=; mv words.new words }
zle -N dump
bindkey '^Xd' dump
: >ready
""",
    "fish": """
function fish_prompt; echo '> '; end
datalchemy completion fish | source
function dump
    eval "set -l words "(commandline | string collect)
    printf '%s\\0' $words >words.new
    commandline -r ''
    mv words.new words
end
bind \\cxd dump
: >ready
""",
}


class TypingShell:
    """A shell in `folder` that completes the words of the program.

    Args:
        kind: `bash`, `zsh` or `fish`. The test is skipped where it is not installed.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        if shutil.which(kind) is None:
            pytest.skip(f"{kind} is not installed")
        self._folder = folder
        self.printed = b""
        home = folder / ".home"
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "datalchemy"
        program.write_text(f"#!{sys.executable}\nimport sys\nfrom datalchemy.cli.main import main\nsys.exit(main())\n")
        program.chmod(0o755)
        rc = home / {"bash": "rc", "zsh": ".zshrc", "fish": "rc.fish"}[kind]
        rc.write_text(_RC[kind])
        command = {
            "bash": ["bash", "--noprofile", "--rcfile", str(rc), "-i"],
            "zsh": ["zsh", "-d", "-i"],
            "fish": ["fish", "--init-command", f"source {rc}"],
        }[kind]
        variables = {
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "ZDOTDIR": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment(variables))  # noqa: S606  # it is a shell
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._await(folder / "ready")

    def words(self, typed: str) -> list[str]:
        """Type a line, and return its words as the shell would hand them to the program."""
        (self._folder / "words").unlink(missing_ok=True)
        os.write(self._terminal, f"{typed}{_DUMP}".encode())
        self._await(self._folder / "words")
        return (self._folder / "words").read_text(encoding="utf-8").split("\0")[:-1]

    def _await(self, file: Path) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not file.exists():
            if time.monotonic() > end:
                pytest.fail(f"the shell did not answer; it printed {self.printed[-2000:]!r}")
            if select.select([self._terminal], [], [], 0.01)[0]:
                self.printed += os.read(self._terminal, 65536)

    def close(self) -> None:
        """End the shell."""
        os.kill(self._process, signal.SIGKILL)
        with suppress(OSError):
            os.close(self._terminal)
        os.waitpid(self._process, 0)
