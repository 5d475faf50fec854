"""Whether a run that says `running` is going on."""

import os
import platform
from pathlib import Path

from datalchemy.registry.manifest import Manifest, RunStatus


def was_cut_off(manifest: Manifest) -> bool:
    """Tell whether a run is marked as running although its process, on this host, is gone."""
    if manifest.status is not RunStatus.RUNNING or manifest.host != platform.node() or os.name != "posix":
        return False
    try:
        os.kill(manifest.pid, 0)  # signal 0 asks whether the process is there, and does nothing to it
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False  # it is there and belongs to somebody else
    return manifest.process is not None and process_mark(manifest.pid) not in {None, manifest.process}


def process_mark(pid: int) -> str | None:
    """Return when a process started, in clock ticks since a boot that is named too; None where that cannot be told.

    Source: proc(5), the 22nd field of /proc/PID/stat; the second, in parentheses, may hold blanks.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return f"{boot}:{fields[19]}"
    except (OSError, IndexError, ValueError):
        return None
