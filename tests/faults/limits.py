"""Little memory, few processes, few descriptors: nothing is lost, and what gives way is known."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress

from tests.container.lab import Lab
from tests.faults.bench import Bench
from tests.faults.table import Row

HOLD = 20.0  # seconds under load
LIMITS = {
    **{f"memory {size} MB": ("--memory", f"{size}m", "--memory-swap", f"{size}m") for size in (512, 256, 192)},
    "80 processes": ("--pids-limit", "80"),
    "256 descriptors": ("--ulimit", "nofile=256:256"),
}
# As supervisord, Rspamd, Postfix and Dovecot log it.
KILLED = re.compile(
    r"exited: (\S+) \(terminated by SIGKILL|: (\w+) process \d+ terminated abnormally with .* by signal: Killed|"
    r"process \S*/(\w+) pid \d+ killed by signal 9|service\((\S+)\).* killed with signal 9"
)
COUNTER = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null | grep ^oom_kill' '"


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """Each limit on a server of its own."""
    for name, options in LIMITS.items():
        row = Row(name, 1)
        try:
            bench = Bench(lab, name.replace(" ", "-").lower(), options=options)
        except (AssertionError, RuntimeError, OSError) as error:
            row.health = f"does not start: {str(error).strip().splitlines()[-1][-160:]}"
            row.broken.append(row.health)
            yield row
            continue
        yield limited(bench, row)
        lab.forget(bench.server)


def limited(bench: Bench, row: Row) -> Row:
    """Load for some time, and what was killed meanwhile."""
    load, moment = bench.load("load"), time.monotonic()
    time.sleep(HOLD)
    row.health = bench.health()
    back = load.wait_back(moment)
    load.stop()
    row.take(load, back)
    row.ledger.settle(bench.server)
    with suppress(AssertionError, IndexError):
        kills = bench.server.run("sh", "-c", COUNTER).split()[1]
        row.fault += f" ({kills} killed by the kernel)"
    if gone := sorted({"".join(names) for names in KILLED.findall(bench.server.log())}):
        row.fault += f": {', '.join(gone)}"
    return row.judge()
