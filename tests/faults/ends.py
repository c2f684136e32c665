"""The container ends at a random moment of intake: killed, stopped, restarted, removed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from tests.container.docker import docker
from tests.container.lab import Lab
from tests.faults.bench import READY, Bench, a_moment, timed
from tests.faults.table import Row

TWICE = 0.001  # of the mail that a kill interrupts, see docs/decisions/0090
STOP = 5.0  # seconds, under load
SIGTERM = "received SIGTERM indicating exit request"
STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\S+) ", re.MULTILINE)
INTAKE = 40  # deliveries accepted before the moment is drawn


def kill(bench: Bench, _row: Row) -> None:
    """SIGKILL for all processes."""
    docker("kill", bench.server.name)


def stop(bench: Bench, row: Row) -> None:
    """SIGTERM, and the container's end."""
    outside = timed("stop", "-t", "30", bench.server.name)
    log = bench.server.log()
    _ended_well(row, inside(log) or outside, bench.ended_with())
    if "with SIGKILL" in log:
        row.broken.append(f"round {row.rounds}: {log[: log.index('with SIGKILL')].splitlines()[-1]}with SIGKILL")


def inside(log: str) -> float:
    """Seconds from the last SIGTERM to the last line of the log. Docker takes seconds more on a busy machine."""
    before, found, after = log.rpartition(SIGTERM)
    stamps = [*STAMP.findall(before)[-1:], *STAMP.findall(after)]
    if not found or len(stamps) == 1:
        return 0.0
    first, last = (datetime.fromisoformat(stamp) for stamp in (stamps[0], stamps[-1]))
    return (last - first).total_seconds()


def restart(bench: Bench, _row: Row) -> None:
    """Docker's restart."""
    docker("restart", "-t", "30", bench.server.name)


def remove(bench: Bench, row: Row) -> None:
    """``docker rm -f`` in the midst of it: a new container follows on the same volumes."""
    row.ledger.read_log(bench.server)
    bench.lab.forget(bench.server)


def start(bench: Bench) -> None:
    """The container runs again, or another in its place."""
    if bench.exists():
        docker("start", bench.server.name)
    else:
        bench.server = bench.new()


def _ended_well(row: Row, seconds: float, code: str) -> None:
    row.stops.append(seconds)
    if code != "0":
        row.broken.append(f"round {row.rounds}: docker stop ended with exit code {code}")
    if seconds > STOP:
        row.slow.append(f"round {row.rounds}: a stop took {seconds:.1f} s")


KINDS: dict[str, tuple[Callable[[Bench, Row], None], float]] = {
    "kill": (kill, TWICE),
    "stop": (stop, 0.0),
    "restart": (restart, 0.0),
    "rm": (remove, TWICE),
}


def rows_of(name: str, lab: Lab, rounds: int, longest: float = 3.0) -> Iterator[Row]:
    """``rounds`` ends of one kind on one state; all the mail is counted at the end."""
    end, twice = KINDS[name]
    bench, row = Bench(lab, name), Row(name)
    for row.rounds in range(1, rounds + 1):
        load = bench.load(str(row.rounds))
        load.wait_for(INTAKE)
        a_moment(longest)
        end(bench, row)
        began = time.monotonic()
        start(bench)
        bench.server.wait_ready(*READY)
        back = load.wait_back(began)
        load.stop()
        row.take(load, back)
    row.ledger.settle(bench.server)
    row.health = bench.health()
    if row.stops:
        row.fault += f" (ends in {sorted(row.stops)[len(row.stops) // 2]:.1f} s, max {max(row.stops):.1f})"
    yield row.judge(twice)
    lab.forget(bench.server)
