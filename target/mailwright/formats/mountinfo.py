"""mountinfo: the mounts of a container (proc_pid_mountinfo(5))."""

from __future__ import annotations

import re
from typing import NamedTuple

ESCAPED = re.compile(r"\\([0-7]{3})")  # blank, tab, line break and backslash


class Mount(NamedTuple):
    """A mount point and the type of its file system, such as ext4 or tmpfs."""

    point: str
    kind: str


def mounts(text: str) -> tuple[Mount, ...]:
    """The mounts in the ``text`` of /proc/self/mountinfo."""
    rows = [line.split(" ") for line in text.splitlines() if " - " in line]
    return tuple(Mount(_unescaped(row[4]), row[row.index("-") + 1]) for row in rows)


def _unescaped(path: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 8)), path)
