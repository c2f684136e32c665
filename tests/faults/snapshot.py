"""The disk as a power failure leaves it: a copy of a mounted file system under load, started on another machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.container.docker import docker, pause, until
from tests.container.lab import Lab
from tests.faults.bench import READY, Bench, a_moment
from tests.faults.ends import INTAKE, TWICE
from tests.faults.table import Row

SIZE = "600M"
TRIES = 50


def run(*command: str) -> str:
    """What a command of this host prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def rows(lab: Lab, rounds: int) -> Iterator[Row]:
    """Needs root: loop devices are mounted."""
    row = Row("disk copied under load")
    for row.rounds in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="mwtest-") as folder:
            moved(lab, row, Path(folder))
    yield row.judge(TWICE)


def moved(lab: Lab, row: Row, work: Path) -> None:
    """One round: mail and state on a file system of their own, which is copied in the midst of it."""
    disk, copy, first, second = (work / name for name in ("disk", "copy", "first", "second"))
    run("truncate", "-s", SIZE, str(disk))
    run("mkfs.ext4", "-q", str(disk))
    mounted(disk, first)
    bench = Bench(lab, f"disk-{row.rounds}", place=first)
    try:
        load = bench.load("load")
        load.wait_for(INTAKE)
        a_moment(3.0)
        # "unable to freeze": under load the kernel does not always manage it at once.
        pause(bench.server.name)
        time.sleep(0.5)  # what was answered before is read by the senders
        row.accepted |= load.accepted
        copied(disk, copy, first)
        load.ended.set()
        docker("unpause", bench.server.name)
    finally:
        lab.forget(bench.server)
        run("umount", str(first))
    load.stop()
    mounted(copy, second)
    try:
        began, bench.place = time.monotonic(), second
        bench.server = bench.new()
        bench.server.wait_ready(*READY)
        row.back.append(time.monotonic() - began)
        row.ledger.settle(bench.server)
        with suppress(AssertionError):
            until("health", lambda: bench.health().startswith("healthy"), 60)
        row.health = bench.health()
    finally:
        lab.forget(bench.server)
        run("umount", str(second))


def mounted(disk: Path, folder: Path) -> None:
    """The file system is mounted; its journal is played back first, as after a power failure."""
    folder.mkdir()
    run("mount", "-o", "loop", str(disk), str(folder))
    for name in ("mail", "state"):
        (folder / name).mkdir(exist_ok=True)


def copied(disk: Path, copy: Path, folder: Path) -> None:
    """``copy`` is the device at one moment: what was not synced is not on it, and no write came while it was read."""
    device = Path("/sys/block", Path(run("findmnt", "-no", "SOURCE", str(folder))).name, "stat")
    for _ in range(TRIES):
        before = writes(device)
        shutil.copyfile(disk, copy)
        if before == writes(device):
            return
    raise AssertionError(f"{disk} is written to again and again, though its writers are frozen")


def writes(device: Path) -> tuple[str, str]:
    """Writes that the device has completed, and requests in flight (Documentation/block/stat)."""
    fields = device.read_text(encoding="ascii").split()
    return fields[4], fields[8]
