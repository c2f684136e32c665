"""The clock jumps while the server runs: a day forward, a day back, and right again.

It is the clock of every program in the container; a file keeps the date that it got before a jump. Not covered: a
program that waits in the kernel for a time of day is not woken at the jump.
"""

from __future__ import annotations

import imaplib
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.docker import CLIENTS, IMAGE, LABEL, docker, until
from tests.container.lab import Lab, Server, message
from tests.faults.bench import Bench
from tests.faults.load import SENDER, USERS, Load
from tests.faults.relays import OVERRIDES, PROGRAM, Relayed, behave
from tests.faults.table import Row

DAY = 86400
HOLD = 15.0  # seconds on the other day
SIZE = 4096  # of the file /clock, as moving.h maps it
FOLDER = Path(__file__).parent
MOVING = f"{IMAGE}-moving"
RETRIED = 60.0  # seconds until a mail that waits is tried again by itself; OVERRIDES has ten
NOTICED = "the clock was set back by"
JUMPS = {"a day forward": DAY, "a day back": -DAY}


@dataclass
class Clock:
    """The file that says how far the container's clock is away."""

    path: Path
    leaps: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.write_bytes(bytes(SIZE))
        self.path.chmod(0o644)

    def away(self, seconds: int) -> None:
        """The clock differs by so much from now on."""
        self.leaps.append((int(time.time()), seconds))
        content = struct.pack("l", len(self.leaps)) + b"".join(struct.pack("ll", *leap) for leap in self.leaps)
        with self.path.open("r+b") as file:  # in place: the programs have it mapped
            file.write(content)


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """A day forward and right again, and a day back and right again; mail waits for its relay host meanwhile."""
    clock = Clock(lab.folder({}) / "clock")
    build()
    relay = lab.container("relay", "-v", f"{PROGRAM}:/relay_server.py:ro", image=CLIENTS, command=("sleep", "infinity"))
    bench = Bench(
        lab,
        "clock",
        env={"DEFAULT_RELAY_HOST": f"[{relay.ip}]:25", "SUBMISSION_LIMIT": "100000"},
        config={"postfix-main.cf": OVERRIDES},
        options=("-v", f"{clock.path}:/clock:ro"),
        image=MOVING,
    )
    for name, seconds in JUMPS.items():
        yield jumping(bench, relay, clock, Row(f"clock {name}, and right again", 1), seconds)
    lab.forget(bench.server)


def build() -> None:
    """The image under test has a clock that the file /clock moves."""
    dockerfile = str(FOLDER / "moving_clock" / "Dockerfile")
    arguments = ("--label", LABEL, "--tag", MOVING, "--build-arg", f"IMAGE={IMAGE}", "-f", dockerfile)
    docker("build", "--quiet", *arguments, str(FOLDER.parent))


def jumping(bench: Bench, relay: Server, clock: Clock, row: Row, seconds: int) -> Row:
    """Senders are at work, a session is open, and a mail waits before and after each jump."""
    waiting = Row("")
    behave(relay, "dead")
    session = bench.server.imap(USERS[0])
    load = bench.load(str(seconds))
    load.wait_for(10)
    wait(bench, waiting)
    for away in (seconds, 0):
        row.take(load, set_clock(bench, load, clock, away))
        time.sleep(HOLD if away else 0)
        wait(bench, waiting)
    load.stop()
    row.accepted |= load.accepted
    row.fault += f" (an open session {'goes on' if goes_on(session) else 'has ended'})"
    leave(bench, relay, waiting)
    row.broken += waiting.broken
    row.ledger.settle(bench.server)
    row.health = bench.health()
    return row.judge()


def set_clock(bench: Bench, load: Load, clock: Clock, away: int) -> float | None:
    """Seconds until mail is accepted again; a clock that is set back is noticed first."""
    set_back, before = bench.server.log().count(NOTICED), clock.leaps[-1][1] if clock.leaps else 0
    moment = time.monotonic()
    clock.away(away)
    if away < before:
        until("a watch that notices", lambda: bench.server.log().count(NOTICED) > set_back, 60)
    noticed = time.monotonic() - moment
    after = load.wait_back(time.monotonic())
    return None if after is None else noticed + after


def wait(bench: Bench, waiting: Row) -> None:
    """A mail is in the queue afterwards, and was tried."""
    recipient = f"user{len(waiting.accepted)}@far.test"
    sent = until("a submission", lambda: bench.server.submit(SENDER, recipient, message(SENDER, recipient)))
    waiting.accepted[sent, recipient] = time.monotonic()
    until("a try", lambda: "(" in bench.server.run("postqueue", "-p").partition(recipient)[0].rpartition("\n\n")[2], 60)


def leave(bench: Bench, relay: Server, waiting: Row) -> None:
    """The mails that waited leave by themselves when the relay host is well."""
    behave(relay, "good")
    waiting.ledger = Relayed(relay)

    def all_left() -> bool:
        waiting.ledger.read_mailboxes(bench.server)
        return not waiting.ledger.lost(waiting.accepted)

    try:
        until("mail that waited", all_left, RETRIED)
    except AssertionError:
        stuck = len(waiting.ledger.lost(waiting.accepted))
        waiting.broken.append(f"{stuck} of {len(waiting.accepted)} mails wait {RETRIED:.0f} s after the last jump")
        bench.server.run("postqueue", "-f")
        until("mail that waited", all_left, RETRIED)
    waiting.judge()


def goes_on(session: imaplib.IMAP4) -> bool:
    """Whether a session that was open before the jumps still answers."""
    try:
        return session.noop()[0] == "OK"
    except (OSError, imaplib.IMAP4.error):
        return False
