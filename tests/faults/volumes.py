"""Volumes that are full, or have no inode left, under load; and then have room again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.container.docker import LABEL, docker
from tests.container.lab import Lab
from tests.faults.bench import Bench
from tests.faults.table import Row

FILL = "cat /dev/zero >{0}/ballast 2>/dev/null || :"
EXHAUST = "mkdir {0}/ballast; i=0; while : >{0}/ballast/$i; do i=$((i+1)); done 2>/dev/null || :"
FREE = "rm -rf {0}/ballast"
HOLD = 8.0  # seconds that the volume is full for


@dataclass(frozen=True)
class Volume:
    """Where it is mounted, and how much fits."""

    path: str
    options: str

    def arguments(self, lab: Lab, name: str) -> tuple[str, ...]:
        """The options of ``docker run`` that make it a small file system in memory."""
        if self.path == "/run":
            return ("--tmpfs", f"/run:{self.options}")
        full = f"{lab.name}-{name}"
        driver = ("--driver", "local", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", f"o={self.options}")
        docker("volume", "create", "--label", LABEL, *driver, full)
        return ("-v", f"{full}:{self.path}")


SMALL = "size=128m,nr_inodes=20000"
VOLUMES = {
    "mail": Volume("/var/mail", SMALL),
    "state": Volume("/var/mail-state", SMALL),
    "log": Volume("/var/log/mail", SMALL),
    "run": Volume("/run", "size=32m,nr_inodes=8000"),
}


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """Each volume, full and without inodes."""
    for name, volume in VOLUMES.items():
        replaced = {"mail": "/var/mail", "state": "/var/mail-state"}.get(name, "")
        arguments = volume.arguments(lab, f"small-{name}")
        bench = Bench(lab, f"full-{name}", options=arguments, without=replaced)
        for fault, script in ((f"{name} full", FILL), (f"{name} without inodes", EXHAUST)):
            yield full(bench, fault, script.format(volume.path), FREE.format(volume.path))
        lab.forget(bench.server)


def full(bench: Bench, fault: str, fill: str, free: str) -> Row:
    """The volume is full under load for some seconds, and has room again."""
    row, load = Row(fault, 1), bench.load(fault.replace(" ", "-"))
    load.wait_for(10)
    bench.server.run("sh", "-c", fill, check=False)
    time.sleep(HOLD)
    bench.server.run("sh", "-c", fill, check=False)
    row.health = bench.health()
    bench.server.run("sh", "-c", free)
    back = load.wait_back(time.monotonic())
    load.stop()
    row.take(load, back)
    row.ledger.settle(bench.server)
    if not any(words in row.health for words in ("is full", "no inode left")):
        row.broken.append(f"not noticed: {row.health}")
    return row.judge()
