from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from mailwright.host.lock_holder import lock_holder


def test_the_process_that_holds_it(tmp_path: Path) -> None:
    holder, waiting = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    assert lock_holder(waiting) == "another process"
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert lock_holder(waiting).startswith(f"process {os.getpid()} (")
    os.close(holder)
    os.close(waiting)


@pytest.mark.parametrize(
    ("process", "said"), [("0", "a process of another container"), ("4194999", "process 4194999 (ended)")]
)
def test_a_process_that_cannot_be_seen(tmp_path: Path, process: str, said: str) -> None:
    table, handle = tmp_path / "locks", os.open(tmp_path, os.O_RDONLY)
    inode = os.fstat(handle).st_ino
    table.write_text(
        f"1: POSIX  ADVISORY  WRITE 1 00:1b:{inode} 0 EOF\n2: FLOCK  ADVISORY  WRITE {process} fe:00:{inode} 0 EOF\n"
    )
    assert lock_holder(handle, str(table)) == said
    os.close(handle)
