"""Each daemon and each kind of its children, killed and stopped (SIGSTOP), and each program restarted, under load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

from tests.container.docker import until
from tests.container.lab import Lab, Server
from tests.faults.bench import Bench
from tests.faults.load import USERS, Load
from tests.faults.table import Row

# Programs that are off by default, and have a mail's way or a user's login in their hands.
ENV = {"ENABLE_MANAGESIEVE": "1", "ENABLE_POP3": "1", "ENABLE_WEB": "1", "ENABLE_SRS": "1"}
# As pgrep -f looks for them. The word is what the health check names while the process is stopped.
POSTFIX = "smtpd cleanup qmgr lmtp postscreen tlsmgr anvil trivial-rewrite pickup proxymap scache bounce showq".split()
DOVECOT = "auth auth-worker config log anvil stats lmtp imap imap-login pop3-login managesieve-login".split()
RSPAMD = "main process|rspamd_proxy process|controller process|hs_helper process".split("|")
PROCESSES = {
    "master": "/usr/lib/postfix/sbin/master",
    **{name: name for name in POSTFIX},
    "dovecot": "/usr/sbin/dovecot",
    **{f"dovecot/{name}": f"dovecot/{name}" for name in DOVECOT},
    **{f"rspamd: {name}": f"rspamd: {name}.*" for name in RSPAMD},  # it adds its figures
    "redis": "/usr/bin/redis-server",
    "rsyslog": "/usr/sbin/rsyslogd",
    "postsrsd": "/usr/sbin/postsrsd",
    "nginx": "nginx: master process",
    "nginx worker": "nginx: worker process",
    "web": "/usr/bin/python3 -m mailwright.programs.web",
    "watch": "/usr/bin/python3 -m mailwright.programs.watch",
    "postfix-foreground": "/bin/sh /usr/lib/mailwright/postfix-foreground",
}
PROGRAMS = "postfix dovecot rspamd redis rsyslog postsrsd nginx web watch".split()
TWICE = 0.001  # of the mail: a killed LMTP process may have stored one
SOON = 2.0  # seconds until mail is accepted again
WELL = 40.0  # seconds until the health check finds nothing


def numbers(server: Server, pattern: str) -> list[str]:
    """The processes of a kind."""
    return server.run("pgrep", "-f", f"^{pattern}( |$)", check=False).split()


def killed(bench: Bench, row: Row, load: Load, name: str) -> float:
    """All processes of the kind are killed at once; they are back without help."""
    found, moment = numbers(bench.server, PROCESSES[name]), time.monotonic()
    bench.server.run("kill", "-KILL", *found, check=False)
    _back(bench, row, load, moment)
    return len(found)


def stopped(bench: Bench, row: Row, load: Load, name: str) -> float:
    """All processes of the kind are stopped; the health check names them; they go on, and so does mail."""
    found = numbers(bench.server, PROCESSES[name])
    bench.server.run("kill", "-STOP", *found, check=False)
    try:
        said = bench.health()
    finally:
        bench.server.run("kill", "-CONT", *found, check=False)
    _back(bench, row, load, time.monotonic())
    row.health = said
    if "is stopped by a signal" not in said:
        row.broken.append(f"not noticed: {said}")
    return len(found)


def nothing(bench: Bench, row: Row, load: Load, _name: str) -> float:
    """No fault: what this machine needs for the same observation."""
    _back(bench, row, load, time.monotonic())
    return 1


def restarted(bench: Bench, row: Row, load: Load, name: str) -> float:
    """The program is restarted as an operator does it."""
    bench.server.run("supervisorctl", "restart", name)
    _back(bench, row, load, time.monotonic())
    return 1


def _back(bench: Bench, row: Row, load: Load, moment: float) -> None:
    back = load.wait_back(moment)
    with suppress(AssertionError):
        until("health", lambda: bench.health().startswith("healthy"), WELL)
    row.health = bench.health()
    load.stop()
    row.take(load, back)
    if not row.health.startswith("healthy"):
        row.broken.append(f"not healthy again: {row.health}")
    if back and back > SOON:
        row.slow.append(f"mail is accepted again after {back:.1f} s")


Fault = Callable[[Bench, Row, Load, str], float]
FAULTS: tuple[tuple[str, Fault, tuple[str, ...]], ...] = (
    ("no fault", nothing, ("",)),
    ("kill -9", killed, tuple(PROCESSES)),
    ("SIGSTOP", stopped, tuple(PROCESSES)),
    ("restart", restarted, tuple(PROGRAMS)),
)


def rows(lab: Lab, rounds: int) -> Iterator[Row]:
    """Every kind and every fault, on one server."""
    bench = Bench(lab, "daemons", env=ENV)
    for number in range(rounds):
        for what, fault, names in FAULTS:
            for name in names:
                row = Row(f"{what} {name}".strip(), 1)
                if one(bench, row, f"{number}-{what}-{name}".replace(" ", "-"), fault, name):
                    yield row.judge(TWICE)
    lab.forget(bench.server)


def one(bench: Bench, row: Row, prefix: str, fault: Fault, name: str) -> float:
    """The row of one fault under load; 0 if no process of the kind runs."""
    load = bench.load(prefix)
    load.wait_for(10)
    with ExitStack() as sessions:
        sessions.callback(load.stop)
        if name == "dovecot/imap":
            sessions.callback(bench.server.imap(USERS[0]).shutdown)
        found = fault(bench, row, load, name)
    row.ledger.settle(bench.server)
    return found
