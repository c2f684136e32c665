"""The limits of this container: control groups of both versions (cgroups(7)), /proc/meminfo and getrlimit(2)."""

from __future__ import annotations

import resource
from pathlib import Path

from mailwright.model.limits import Limits

MEMORY = ("memory.max", "memory/memory.limit_in_bytes")  # version 2, version 1
PROCESSES = ("pids.max", "pids/pids.max")
ENOUGH = 65536  # open files: more would only cost time in programs that close all that they could have inherited


def limits(groups: Path = Path("/sys/fs/cgroup"), meminfo: Path = Path("/proc/meminfo")) -> Limits:
    """What this container may use."""
    known = [size for size in (_number(groups, MEMORY), _total(meminfo)) if size is not None]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limits(min(known, default=None), _number(groups, PROCESSES), _descriptors(hard))


def use_descriptors() -> None:
    """As many files as the hard limit allows, or ENOUGH, may be open in this process and its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(_descriptors(hard), ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _descriptors(hard: int) -> int:
    return ENOUGH if hard == resource.RLIM_INFINITY else hard


def _number(groups: Path, names: tuple[str, ...]) -> int | None:
    """The limit in the first file that is there; None if it is not limited, or not known."""
    for name in names:
        try:
            return int((groups / name).read_text(encoding="ascii"))
        except (OSError, ValueError):  # version 2 writes "max"
            continue
    return None


def _total(meminfo: Path) -> int | None:
    """The machine's memory."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")), None)
