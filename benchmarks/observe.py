"""What a running container costs: memory, processes, CPU seconds."""

import math
import re
import time
from pathlib import Path

from benchmarks.docker import docker

CPU = """
if [ -e /sys/fs/cgroup/cpu.stat ]; then
    read -r _ usec < /sys/fs/cgroup/cpu.stat && echo "${usec}000"
else
    read -r nsec < /sys/fs/cgroup/cpuacct/cpuacct.usage && echo "$nsec"
fi
"""
SETTLED = 0.5  # seconds between two equal readings
SETTLE_DEADLINE = 20.0


def memory(container: str) -> tuple[int, float]:
    """Return the number of processes and the sum of their proportional set sizes in MB; wants root on the host."""
    sizes = []
    for pid in docker("top", container, "-o", "pid").split()[1:]:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # has ended since
        except PermissionError:
            rollup = ""
        pss = re.search(r"^Pss:\s+(\d+) kB$", rollup, re.MULTILINE)
        sizes.append(int(pss[1]) / 1000 if pss else math.nan)
    return len(sizes), sum(sizes)


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
