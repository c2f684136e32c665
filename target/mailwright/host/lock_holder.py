"""Who holds a lock: what an operator needs to know of a command that waits."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def lock_holder(handle: int, locks: str = "/proc/locks") -> str:
    """The process that holds flock(2) on the open file ``handle``, by number and name (proc_locks(5)).

    Whoever may read a file can lock it. A process of another container has no number here.
    """
    inode = str(os.fstat(handle).st_ino)
    for row in Path(locks).read_text(encoding="utf-8").splitlines():
        words = row.split()
        # 2: FLOCK  ADVISORY  WRITE 4242 fe:00:1183 0 EOF; who waits has "->" after the number of the row.
        if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
            return f"process {words[4]} ({_name(words[4])})" if words[4] != "0" else "a process of another container"
    return "another process"


def _name(process: str) -> str:
    with suppress(OSError):
        return Path("/proc", process, "comm").read_text(encoding="utf-8", errors="replace").strip()
    return "ended"
