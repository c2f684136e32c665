"""The relay host is down, hangs, greylists, or closes after the content: clients notice nothing, no mail is lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, message
from tests.faults.bench import Bench
from tests.faults.ledger import Ledger
from tests.faults.load import SENDER, Delivery
from tests.faults.table import Row

PROGRAM = Path(__file__).with_name("relay_server.py")
MAILS = 20
SOON = 5.0  # seconds for the longest submission
BEHAVIOURS = ("dead", "hangs", "greylists", "closes")
# The times that Postfix waits for another server, and waits between two tries, are minutes.
OVERRIDES = (
    "smtp_helo_timeout = 5s\nsmtp_connect_timeout = 5s\nsmtp_tls_security_level = none\n"
    "minimal_backoff_time = 5s\nmaximal_backoff_time = 10s\nqueue_run_delay = 5s\n"
)


def rows(lab: Lab, _rounds: int) -> Iterator[Row]:
    """Each behaviour for some mails, which all arrive when the relay host is well again."""
    image = ("-v", f"{PROGRAM}:/relay_server.py:ro")
    relay = lab.container("relay", *image, image=CLIENTS, command=("sleep", "infinity"))
    env = {"DEFAULT_RELAY_HOST": f"[{relay.ip}]:25"}
    bench = Bench(lab, "relays", env=env, config={"postfix-main.cf": OVERRIDES})
    for behaviour in BEHAVIOURS:
        yield misbehaving(bench, relay, behaviour)
    lab.forget(bench.server)


def behave(relay: Server, behaviour: str) -> None:
    """The relay host behaves so from now on; ``dead`` is none that listens."""
    relay.run("sh", "-c", f"echo {behaviour} >/behaviour; pkill -f [r]elay_server || :")
    if behaviour != "dead":
        docker("exec", "-d", relay.name, "python3", "/relay_server.py")


def misbehaving(bench: Bench, relay: Server, behaviour: str) -> Row:
    """Mail is taken at once, stays in the queue, and leaves once when the relay host is well."""
    row = Row(f"relay host: {behaviour}", 1)
    behave(relay, behaviour)
    times = []
    for number in range(MAILS):
        began, recipient = time.monotonic(), f"user{number}@far.test"
        mail = message(SENDER, recipient, f"{behaviour} {number}")
        sent = bench.server.submit(SENDER, recipient, mail)
        times.append(time.monotonic() - began)
        row.accepted[sent, recipient] = time.monotonic()
    until("a try", lambda: bench.server.run("postqueue", "-p").count("(") >= MAILS // 2, 60)
    row.health = bench.health()
    behave(relay, "good")
    moment = time.monotonic()
    row.ledger = Relayed(relay)
    row.ledger.settle(bench.server)
    row.back.append(time.monotonic() - moment)
    if max(times) > SOON:
        row.slow.append(f"a submission took {max(times):.1f} s")
    return row.judge()


class Relayed(Ledger):
    """What arrived at the relay host instead of a mailbox."""

    def __init__(self, relay: Server) -> None:
        super().__init__()
        self.relay = relay

    def read_mailboxes(self, server: Server) -> None:  # noqa: ARG002  the mail is elsewhere
        """Counts what the relay host took."""
        text = self.relay.run("cat", "/received", check=False)
        pairs = (line.split(" ") for line in text.splitlines() if " " in line)
        self.delivered = Counter[Delivery]((pair[0], pair[1]) for pair in pairs)
