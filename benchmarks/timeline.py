"""What a start waits for: `python -m benchmarks.timeline [--off] [IMAGE]` prints the programs of one start as a table.

The kernel tells of each program's begin and end (tracefs, so this needs root on the machine of the containers).
Processes of less than MOMENT seconds are left out, and those that run no program of their own.
"""

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.docker import address, docker
from benchmarks.greeting import GREETINGS, greets
from benchmarks.lab import open_lab
from benchmarks.subject import as_shipped, mailwright

TRACE = Path("/sys/kernel/tracing/instances/mailwright-bench")
EVENTS = [TRACE / f"events/sched/sched_process_{event}/enable" for event in ("fork", "exec", "exit")]
EVENT = re.compile(
    r"-(\d+) +\[\d+\] +\S+ +([\d.]+): sched_process_(fork|exec|exit): .*?(?:filename=(\S+).*|child_pid=(\d+).*)?$"
)
MOMENT = 0.03  # seconds
WIDTH = 40  # characters of a bar


@dataclass
class Process:
    """A process of the container: when it began and ended (seconds after `docker run`), and its programs."""

    begin: float
    end: float = float("inf")
    programs: list[str] = field(default_factory=list)


@contextmanager
def traced() -> Iterator[Path]:
    """Yield the file with the kernel's events, which are written down meanwhile."""
    TRACE.mkdir()
    try:
        (TRACE / "buffer_size_kb").write_text("8192")
        (TRACE / "trace_clock").write_text("mono")
        for event in EVENTS:
            event.write_text("1")
        yield TRACE / "trace"
    finally:
        for event in EVENTS:
            event.write_text("0")
        TRACE.rmdir()


def processes(events: str, first: int, started: float) -> list[Process]:
    """Return the process `first` and all that descend from it, in the order of their begin."""
    found: dict[int, Process] = {}
    for line in events.splitlines():
        if not (match := EVENT.search(line)):
            continue
        pid, at, what, program, child = match.groups()
        seconds = float(at) - started
        if what == "fork" and (int(pid) in found or int(child) == first):
            found[int(child)] = Process(seconds)
        elif what == "exec" and int(pid) in found:
            found[int(pid)].programs.append(program.rsplit("/", 1)[-1])
        elif what == "exit" and int(pid) in found:
            found[int(pid)].end = min(found[int(pid)].end, seconds)
    return [process for process in found.values() if process.programs and process.end - process.begin > MOMENT]


def greeted_at(host: str, started: float) -> dict[int, float]:
    """Return the seconds after which each port has greeted."""
    times: dict[int, float] = {}

    def ask(port: int, greeting: bytes) -> None:
        while not greets(host, port, greeting):
            time.sleep(0.005)
        times[port] = time.monotonic() - started

    threads = [threading.Thread(target=ask, args=one) for one in GREETINGS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(sorted(times.items()))


def table(rows: list[Process], greeted: dict[int, float]) -> str:
    """Return the rows in Markdown, with a bar for the time of each; those that go on end with an arrow."""
    last = max(greeted.values())
    lines = ["| s | | program |", "|---|---|---|"]
    for row in rows:
        if row.begin < last and row.programs != ["sleep"]:
            begin, end = (round(min(at, last) / last * WIDTH) for at in (row.begin, row.end))
            bar = "·" * begin + "█" * max(end - begin, 1) + ("→" if row.end > last else "")
            lines.append(f"| {row.begin:.2f} | `{bar}` | {' → '.join(row.programs)} |")
    ports = ", ".join(f"{port} after {seconds:.2f} s" for port, seconds in greeted.items())
    return "\n".join([*lines, "", f"Greetings: {ports}."])


def main(*words: str) -> None:
    """Start the image once and print what the start did."""
    images = [word for word in words if not word.startswith("-")]
    subject = as_shipped(mailwright((images or ["mailwright"])[0], filters="--off" not in words))
    with open_lab() as lab, traced() as trace:
        started = time.monotonic()
        with lab.begin(subject) as (container, _):
            first = int(docker("inspect", "--format", "{{.State.Pid}}", container))
            greeted = greeted_at(address(container), started)
            print(table(processes(trace.read_text(), first, started), greeted))


if __name__ == "__main__":
    main(*sys.argv[1:])
