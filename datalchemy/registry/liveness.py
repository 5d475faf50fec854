"""Whether a run whose manifest says `running` still runs."""

import os
import platform
from datetime import datetime
from pathlib import Path

from datalchemy.registry.lease import LeaseSeen, look_at_lease
from datalchemy.registry.manifest import Manifest

SILENT_SECONDS = 900.0
"""So long after its last heartbeat a run on another machine counts as cut off; clocks may differ by as much."""


def is_going_on(folder: Path, manifest: Manifest, *, now: datetime) -> bool:
    """Return whether the run of a folder, whose manifest says `running`, is going on.

    - Its lease is locked: it is. The lock is what counts, whatever clocks and names of hosts say.
    - The lease is free, and the manifest names the boot of this kernel: it is not, at once.
    - The manifest names another boot (another machine, or a reboot), or there are no locks: it is, unless its heartbeat
      is more than SILENT_SECONDS away from `now`, in the past or in the future.
    - There is no lease: it is while its process is there, as the manifest describes it. A run of the first release,
      which had no lease, on another host counts as going on.

    Args:
        folder: the run's folder.
        manifest: what it says.
        now: the time, with its time zone.
    """
    lease = look_at_lease(folder)
    if lease is None:
        if manifest.manifest_version == 1:
            return not _was_cut_off(manifest)
        return manifest.process is not None and process_mark(manifest.pid) == manifest.process
    if lease.held is not None and (lease.held or _is_of_this_boot(manifest)):
        return lease.held
    return _beats(lease, now)


def is_held(folder: Path, *, now: datetime) -> bool | None:
    """Return whether the process that took a folder's lease is still there, by the lease alone; None without a lease.

    A free lease of this boot's process is believed at once. Elsewhere the heartbeat counts, as in `is_going_on`.
    """
    lease = look_at_lease(folder)
    if lease is None:
        return None
    here = process_mark(os.getpid())
    if lease.held is not None and (lease.held or (here and _boot(here)) == (lease.mark and _boot(lease.mark))):
        return lease.held
    return _beats(lease, now)


def _beats(lease: LeaseSeen, now: datetime) -> bool:
    return abs(now.timestamp() - lease.touched) <= SILENT_SECONDS


def _is_of_this_boot(manifest: Manifest) -> bool:
    here = process_mark(os.getpid())
    if here is None or manifest.process is None:
        return manifest.host == platform.node()
    return _boot(here) == _boot(manifest.process)


def _boot(mark: str) -> str:
    return mark.partition(":")[0]


def _was_cut_off(manifest: Manifest) -> bool:
    """Return whether the process of a run of the first release, on this host, is gone."""
    if manifest.host != platform.node():
        return False
    try:
        os.kill(manifest.pid, 0)  # signal 0 asks whether the process is there, and does nothing to it
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False  # it is there and belongs to somebody else
    return manifest.process is not None and process_mark(manifest.pid) not in {None, manifest.process}


def process_mark(pid: int) -> str | None:
    """Return when a process started, in clock ticks since a named boot; None where the system does not say.

    Source: proc(5), the 22nd field of /proc/PID/stat; the second, in parentheses, may hold blanks.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return f"{boot}:{fields[19]}"
    except (OSError, IndexError, ValueError):
        return None
