"""What the server asks hangs or answers nonsense: DNS, Rspamd, Redis, LMTP. Mail is taken or put off."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.container.docker import CLIENTS, LABEL, docker
from tests.container.lab import Lab
from tests.faults.bench import Bench
from tests.faults.table import Row

HOLD = 20.0  # seconds that the fault lasts for
RESOLVER = Path(__file__).with_name("resolver.py")
Fault = Callable[[Bench], AbstractContextManager[None]]


def hanging(pattern: str) -> Fault:
    """The processes are stopped (SIGSTOP)."""

    @contextmanager
    def fault(bench: Bench) -> Iterator[None]:
        found = bench.server.run("pgrep", "-f", f"^{pattern}", check=False).split()
        bench.server.run("kill", "-STOP", *found, check=False)  # some have ended by themselves
        try:
            yield
        finally:
            bench.server.run("kill", "-CONT", *found, check=False)

    return fault


def resolver(answer: str) -> Fault:
    """The DNS server answers every question like this: ``dead``, ``servfail``, ``slow`` (NXDOMAIN after 3 s)."""

    @contextmanager
    def fault(bench: Bench) -> Iterator[None]:
        lab, name = bench.lab, f"{bench.lab.name}-dns"
        docker("rm", "-f", name)
        base = ("run", "-d", "--label", LABEL, "--name", name, "--network", lab.name, "--ip", lab.dns)
        docker(*base, "-v", f"{RESOLVER}:/resolver.py:ro", CLIENTS, "python3", "/resolver.py", answer)
        try:
            yield
        finally:
            lab.zone()

    return fault


FAULTS: dict[str, Fault] = {
    "Rspamd hangs": hanging("rspamd: "),
    "Redis hangs": hanging("/usr/bin/redis-server"),
    "LMTP hangs": hanging("dovecot/lmtp"),
    "DNS dead": resolver("dead"),
    "DNS SERVFAIL": resolver("servfail"),
    "DNS slow by 3 s": resolver("slow"),
}


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """Each fault for some seconds; a client's answers meanwhile are counted."""
    bench = Bench(lab, "neighbours")
    for name, fault in FAULTS.items():
        row, load = Row(name, 1), bench.load(name.replace(" ", "-"))
        load.wait_for(10)
        with fault(bench):
            began, before = time.monotonic(), len(load.accepted)
            time.sleep(HOLD)
            row.health = bench.health()
            row.fault += f" ({len(load.accepted) - before} taken, {sum(load.answers.values())} put off meanwhile)"
        back = load.wait_back(max(began, time.monotonic()))
        load.stop()
        row.take(load, back)
        row.ledger.settle(bench.server)
        yield row.judge()
    lab.forget(bench.server)
