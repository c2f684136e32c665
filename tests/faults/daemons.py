"""Each daemon and each kind of its children, killed and stopped (SIGSTOP) in turn under load."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from tests.container.docker import until
from tests.container.lab import Lab
from tests.faults.bench import Bench
from tests.faults.ledger import Ledger
from tests.faults.load import USERS
from tests.faults.table import Row

# As pgrep -f looks for them. The word is what the health check names while the process is stopped.
POSTFIX = "smtpd cleanup qmgr lmtp postscreen tlsmgr anvil trivial-rewrite pickup proxymap scache bounce".split()
DOVECOT = "auth config log anvil stats lmtp imap imap-login".split()
RSPAMD = "main process|rspamd_proxy process|controller process|hs_helper process".split("|")
PROCESSES = {
    "master": "/usr/lib/postfix/sbin/master",
    **{name: name for name in POSTFIX},
    "dovecot": "/usr/sbin/dovecot",
    **{f"dovecot/{name}": f"dovecot/{name}" for name in DOVECOT},
    **{f"rspamd: {name}": f"rspamd: {name}.*" for name in RSPAMD},  # it adds its figures
    "redis": "/usr/bin/redis-server",
    "rsyslog": "/usr/sbin/rsyslogd",
    "watch": "/usr/bin/python3 -m mailwright.programs.watch",
    "postfix-foreground": "/bin/sh /usr/lib/mailwright/postfix-foreground",
}
TWICE = 0.001  # of the mail: a killed LMTP process may have stored one
SOON = 2.0  # seconds until mail is accepted again


def numbers(bench: Bench, pattern: str) -> list[str]:
    """The processes of a kind."""
    return bench.server.run("pgrep", "-f", f"^{pattern}( |$)", check=False).split()


def killed(bench: Bench, name: str, pattern: str) -> Row:
    """All processes of the kind are killed at once; they are back without help."""
    row, load = Row(f"kill -9 {name}", 1), bench.load(f"kill-{name}")
    load.wait_for(10)
    found, moment = numbers(bench, pattern), time.monotonic()
    bench.server.run("kill", "-KILL", *found, check=False)
    back = load.wait_back(moment)
    with suppress(AssertionError):
        until("health", lambda: bench.health().startswith("healthy"), 40)
    row.health = bench.health()
    load.stop()
    row.take(load, back)
    if not row.health.startswith("healthy"):
        row.broken.append(f"not healthy again: {row.health}")
    if row.back and row.back[0] > SOON:
        row.slow.append(f"mail is accepted again after {row.back[0]:.1f} s")
    return row if found else Row(f"kill -9 {name} (does not run)")


def stopped(bench: Bench, name: str, pattern: str) -> Row:
    """All processes of the kind are stopped; the health check names them; they go on, and so does mail."""
    row, load = Row(f"SIGSTOP {name}", 1), bench.load(f"stop-{name}")
    load.wait_for(10)
    found = numbers(bench, pattern)
    bench.server.run("kill", "-STOP", *found, check=False)
    try:
        row.health = bench.health()
    finally:
        bench.server.run("kill", "-CONT", *found, check=False)
    back = load.wait_back(time.monotonic())
    load.stop()
    row.take(load, back)
    if "is stopped by a signal" not in row.health:
        row.broken.append(f"not noticed: {row.health}")
    return row if found else Row(f"SIGSTOP {name} (does not run)")


def rows(lab: Lab, rounds: int) -> Iterator[Row]:
    """Every kind, killed and stopped, on one server; the mail is counted at the end."""
    bench, done, ledger = Bench(lab, "daemons"), list[Row](), Ledger()
    for _ in range(rounds):
        for name, pattern in PROCESSES.items():
            for fault in (killed, stopped):
                with ExitStack() as sessions, suppress(OSError):
                    if "imap" in name:
                        sessions.enter_context(bench.server.imap(USERS[0]))
                    done.append(fault(bench, name, pattern))
                    print(done[-1].fault, done[-1].back, done[-1].health, file=sys.stderr, flush=True)
    ledger.settle(bench.server)
    for row in done:
        row.ledger = ledger
        yield row.judge(TWICE)
    lab.forget(bench.server)
