"""What the container may use: memory, processes and open files, and what its services need of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mailwright.core.problems import Problem

MB = 1 << 20
BASE = 30  # MB for supervisord and a command such as the health check
DESCRIPTORS = 4096  # of one process: Dovecot's auth may have a client for each session, default_client_limit
SHOWN = 3  # so many services are named


class Limits(NamedTuple):
    """What the container is limited to; None: not limited."""

    memory: int | None  # bytes, of the control group or of the machine
    processes: int | None
    descriptors: int  # open files of one process, the hard limit


def too_small(limits: Limits, memory: Mapping[str, int], processes: Mapping[str, int]) -> list[Problem]:
    """A warning for each limit that is too small for services with these needs: MB, and processes at the most."""
    problems = list[Problem]()
    needed = BASE + sum(memory.values())
    if limits.memory is not None and limits.memory < needed * MB:
        what = f"has {limits.memory // MB} MB of memory, but its services need about {needed} MB under load"
        cure = "raise mem_limit in compose.yaml or --memory, or turn a service off"
        problems.append(_warning(f"{what} ({_largest(memory)})", cure))
    if limits.processes is not None and limits.processes < sum(processes.values()):
        what = f"may have {limits.processes} processes, but its services may start {sum(processes.values())}"
        cure = "raise pids_limit in compose.yaml or --pids-limit; else clients are put off when many come at once"
        problems.append(_warning(f"{what} ({_largest(processes)})", cure))
    if limits.descriptors < DESCRIPTORS:
        what = f"has {limits.descriptors} open files for a process, but Dovecot may need {DESCRIPTORS}"
        cure = "raise nofile of ulimits in compose.yaml, or --ulimit nofile; else clients are put off when many come"
        problems.append(_warning(what, cure))
    return problems


def _warning(what: str, hint: str) -> Problem:
    return Problem("container", what, hint, True)


def _largest(needs: Mapping[str, int]) -> str:
    largest = sorted(needs.items(), key=lambda need: (-need[1], need[0]))[:SHOWN]
    return ", ".join(f"{name} {need}" for name, need in largest)
