"""Daemons' processes that a signal has stopped (SIGSTOP): they hold their sockets and do nothing.

Imports little, since the health check uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INIT = 1  # all daemons descend from it; what `docker exec` starts does not
INTERPRETERS = {"python3": 3, "sh": 2}  # so many words say what runs: python3 -m MODULE, sh SCRIPT
LONGEST = 60  # characters of a name


@dataclass(frozen=True, slots=True)
class Process:
    """What /proc/NUMBER/stat says (proc_pid_stat(5))."""

    number: int
    parent: int
    state: str
    name: str  # how it was called, such as ``dovecot/imap``


def stopped_processes(proc: Path = Path("/proc")) -> list[str]:
    """Each stopped process of the daemons, by name and number."""
    processes = {process.number: process for process in _processes(proc)}
    return [
        f"{process.name} (process {process.number}) is stopped by a signal"
        for process in processes.values()
        if process.state == "T" and _descends(process, processes)
    ]


def _processes(proc: Path) -> Iterator[Process]:
    for folder in proc.glob("[0-9]*"):
        try:
            comm, _, rest = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            arguments = (folder / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:  # it has ended
            continue
        state, parent, *_ = rest.split()
        called = " ".join(arguments[: INTERPRETERS.get(Path(arguments[0]).name, 1)])
        name = re.split(r";| \(", called)[0][:LONGEST].strip()  # Rspamd's processes add figures and sockets
        yield Process(int(folder.name), int(parent), state, name or comm.partition("(")[2])


def _descends(process: Process, processes: dict[int, Process]) -> bool:
    """Whether the process is a daemon: one of its ancestors is the container's first process."""
    seen = set[int]()
    while process.number not in seen:
        if process.parent == INIT:
            return True
        seen.add(process.number)
        process = processes.get(process.parent, process)
    return False
