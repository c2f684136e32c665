"""Thousands of idle connections from several addresses: others are served. Sessions in IDLE: what each takes."""

from __future__ import annotations

import imaplib
import smtplib
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts, message
from tests.faults.bench import Bench
from tests.faults.load import SENDER, STRANGER, USERS
from tests.faults.table import Row

PROGRAM = Path(__file__).with_name("idle_clients.py")
CROWD, ADDRESSES = 10_000, 40
TRIES, SOON = 10, 1.0  # seconds that another client may wait for
FIRST = 60.0  # seconds: Postfix's processes from before the crowd keep their time limits, see docs/decisions/0101
SESSIONS, PER_USER = 1_000, 40  # in IDLE; Dovecot's limits are 1,024, and mail_max_userip_connections 50
IDLERS = [f"idler{number}@example.test" for number in range(SESSIONS // PER_USER)]
USED = "grep -E '^(total_rss|anon) ' /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat 2>/dev/null"
CONFIG: dict[str, str | bytes] = {"postfix-accounts.cf": accounts(SENDER, *USERS, *IDLERS)}


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """A crowd on each port, and sessions in IDLE."""
    bench = Bench(lab, "crowd", config=CONFIG)
    for port, client in CLIENTS_OF.items():
        yield crowded(bench, port, client)
    yield idle_sessions(bench)
    lab.forget(bench.server)


def deliver(server: Server, row: Row) -> None:
    """Another server hands a mail over."""
    mail = message(STRANGER, USERS[0])
    row.accepted[server.deliver(STRANGER, USERS[0], mail), USERS[0]] = time.monotonic()


def submit(server: Server, row: Row) -> None:
    """A user sends a mail."""
    row.accepted[server.submit(SENDER, USERS[0]), USERS[0]] = time.monotonic()


def log_in(server: Server, _row: Row) -> None:
    """A user logs in."""
    server.imap(USERS[0]).logout()


CLIENTS_OF: dict[int, Callable[[Server, Row], None]] = {25: deliver, 587: submit, 993: log_in}


def crowded(bench: Bench, port: int, client: Callable[[Server, Row], None]) -> Row:
    """Another client is served within a second while the crowd is there."""
    lab, row = bench.lab, Row(f"{CROWD} idle on {port}", 1)
    addresses = [f"{lab.net}.{200 + number}" for number in range(ADDRESSES)]
    add = "; ".join(f"ip address add {address}/24 dev eth0" for address in addresses)
    command = f"{add}; exec python3 /idle.py {bench.ip} {port} {CROWD} {' '.join(addresses)}"
    options = ("--cap-add", "NET_ADMIN", "-v", f"{PROGRAM}:/idle.py:ro")
    crowd = lab.container(f"crowd-{port}", *options, image=CLIENTS, command=("sh", "-c", command))
    try:
        until("the crowd", lambda: "all" in docker("logs", "--tail", "1", crowd.name), 120)
        time.sleep(FIRST)
        tries = [_seconds(client, bench.server, row) for _ in range(TRIES)]
        held = docker("logs", "--tail", "1", crowd.name).split()[0]
        row.health = bench.health()
    finally:
        lab.forget(crowd)
    times = [seconds for seconds in tries if seconds] or [0.0]
    away = tries.count(0.0)
    row.fault += f" ({held} held; others in {statistics.median(times):.2f} s, max {max(times):.2f}; {away} sent away)"
    if max(times) > SOON:
        row.slow.append(f"another client waited for {max(times):.1f} s")
    if away:
        row.slow.append(f"{away} of {TRIES} other clients were sent away")
    row.ledger.settle(bench.server)
    return row.judge()


def _seconds(client: Callable[[Server, Row], None], server: Server, row: Row) -> float:
    """The seconds that another client takes; 0 if it is sent away."""
    began = time.monotonic()
    try:
        client(server, row)
    except (smtplib.SMTPException, imaplib.IMAP4.error, OSError):
        return 0.0
    return time.monotonic() - began


def idle_sessions(bench: Bench) -> Row:
    """Many sessions in IDLE, each told of a new mail; the memory of one."""
    server, sessions, before = bench.server, list[imaplib.IMAP4_SSL](), used(bench.server)
    row = Row("", 1)
    try:
        for number in range(SESSIONS):
            sessions.append(server.imap(IDLERS[number % len(IDLERS)]))
            sessions[-1].select("INBOX")
            sessions[-1].send(b"a IDLE\r\n")
            sessions[-1].readline()
    except (OSError, imaplib.IMAP4.error) as error:
        row.broken.append(f"session {len(sessions)}: {error}")
    try:
        each = (used(server) - before) / max(len(sessions), 1) / 1024
        row.fault = f"{len(sessions)} sessions in IDLE ({each:.0f} kB each)"
        submit(server, row)
        row.health = bench.health()
    finally:
        for session in sessions:
            session.shutdown()
    row.ledger.settle(server)
    return row.judge()


def used(server: Server) -> int:
    """Bytes of the container's processes, without files."""
    return int(server.run("sh", "-c", USED, check=False).split()[-1])
