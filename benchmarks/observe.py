"""What a running container costs: memory, processes, CPU seconds."""

import math
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.docker import DockerError, docker

CPU = """
if [ -e /sys/fs/cgroup/cpu.stat ]; then
    read -r _ usec < /sys/fs/cgroup/cpu.stat && echo "${usec}000"
else
    read -r nsec < /sys/fs/cgroup/cpuacct/cpuacct.usage && echo "$nsec"
fi
"""
SETTLED = 0.5  # seconds between two equal readings
SETTLE_DEADLINE = 20.0
RESTING = 5  # clock ticks a second
FREED = 33.0  # seconds: after thirty without work the watching process of a small server frees its memory


def memory(container: str) -> tuple[int, float]:
    """Return the number of processes and the sum of their proportional set sizes in MB; needs root on the host."""
    sizes = []
    for pid in docker("top", container, "-o", "pid").split()[1:]:
        with suppress(FileNotFoundError, ProcessLookupError):  # has ended since
            sizes.append(memory_of(int(pid)))
    return len(sizes), sum(sizes)


def memory_of(pid: int) -> float:
    """Return the proportional set size of one process in MB, nan where it may not be read."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except PermissionError:
        return math.nan
    pss = re.search(r"^Pss:\s+(\d+) kB$", rollup, re.MULTILINE)
    return int(pss[1]) / 1000 if pss else math.nan


def watching(container: str) -> int:
    """Return the process id, on the host, of the container's watching process."""
    for line in docker("top", container, "-o", "pid,args").splitlines():
        pid, _, command = line.strip().partition(" ")
        if "mailwright.programs.watch" in command:
            return int(pid)
    raise DockerError(f"{container} has no watching process")


def ticks(pid: int) -> int:
    """Return the CPU time of a process, in clock ticks (proc_pid_stat(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def asleep(container: str) -> int:
    """Return the process id of the watching process once it has no more work and has freed its memory."""
    watch = watching(container)
    idle_cpu(watch, FREED)
    return watch


def idle_cpu(pid: int, period: float) -> float:
    """Return the percent of a core that a process takes over the period, after it has been idle for a second."""
    deadline = time.monotonic() + SETTLE_DEADLINE
    before = ticks(pid)
    while time.monotonic() < deadline:
        time.sleep(1)
        now = ticks(pid)
        if now - before <= RESTING:
            break
        before = now
    before = ticks(pid)
    time.sleep(period)
    return 100 * (ticks(pid) - before) / os.sysconf("SC_CLK_TCK") / period


def idle_memory(container: str) -> tuple[int, float]:
    """Return `memory` once two readings agree within a hundredth."""
    deadline = time.monotonic() + SETTLE_DEADLINE
    count, size = memory(container)
    while time.monotonic() < deadline:
        time.sleep(SETTLED)
        before, (count, size) = (count, size), memory(container)
        if before[0] == count and abs(before[1] - size) < size / 100:
            break
    return count, size


def cpu_seconds(container: str) -> float:
    """Return the CPU seconds that the container has spent."""
    return int(docker("exec", container, "sh", "-c", CPU)) / 1e9
