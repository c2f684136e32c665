"""Summary: what happened, in numbers, of the events of a log. Pure, and of bounded size."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mailwright.formats.mail_log import Event
from mailwright.reports.counting import Recent, Top

LARGEST = 5
TEXT = 160  # characters of a reason
# What makes two reasons differ though they are the same one: addresses, hosts, numbers.
VARYING = (
    (re.compile(r"<[^<>]*>"), "<…>"),
    (re.compile(r"\b(host|to|with|from) \S+\[[^\]\s]*\](?::\d+)?"), r"\1 …"),
    (re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d+)?"), "[…]"),
    (re.compile(r"\b[0-9A-F]{9,}\b|\b\d[\d.,:/-]*\b"), "#"),
)


def alike(text: str) -> str:
    """``text`` without what differs from line to line."""
    text = text[: 4 * TEXT]
    for pattern, sign in VARYING:
        text = pattern.sub(sign, text)
    return text if len(text) <= TEXT else f"{text[:TEXT]}…"


def reason(text: str) -> str:
    """Why a mail was deferred or bounced: the code and the words of the other side if it said something."""
    said = re.search(r" said: ([45]\d\d)[ -](?:[45]\.\d+\.\d+ )?(.*?)(?: \(in reply to .*)?$", text)
    return f"{said[1]} {alike(said[2])}" if said else alike(text)


@dataclass
class Summary:
    """Numbers of a period. Mails are counted once, deliveries for each recipient."""

    first: str = ""  # the time of the first line that counted, and of the last
    last: str = ""
    received: Counter[str] = field(default_factory=Counter)  # by origin: received, submitted, local, sieve
    encrypted: Counter[str] = field(default_factory=Counter)  # by origin, and sent
    bytes_received: int = 0
    delivered: int = 0  # to mailboxes
    sent: int = 0  # to other servers
    deferred: int = 0
    bounced: int = 0
    expired: int = 0
    junk: int = 0
    logins: int = 0
    early: int = 0
    deferred_reasons: Top = field(default_factory=lambda: Top(1000))
    bounced_reasons: Top = field(default_factory=lambda: Top(1000))
    refused: Top = field(default_factory=lambda: Top(100))
    refused_clients: Top = field(default_factory=Top)
    senders: Top = field(default_factory=Top)
    recipients: Top = field(default_factory=Top)
    domains_from: Top = field(default_factory=Top)
    domains_to: Top = field(default_factory=Top)
    failed_addresses: Top = field(default_factory=Top)
    failed_accounts: Top = field(default_factory=Top)
    bans: Top = field(default_factory=Top)
    warnings: Top = field(default_factory=lambda: Top(2000))
    hours_received: Counter[int] = field(default_factory=Counter)
    hours_delivered: Counter[int] = field(default_factory=Counter)
    delays: Counter[float] = field(default_factory=Counter)
    largest: list[tuple[int, str, str]] = field(default_factory=list)
    arriving: Recent[tuple[str, bool]] = field(default_factory=Recent)
    with_tls: Recent[str] = field(default_factory=Recent)

    def add(self, event: Event) -> None:
        """The numbers count ``event`` too."""
        self.first = self.first or event.when
        self.last = event.when
        COUNTERS[event.kind](self, event)

    def failed_logins(self) -> int:
        """How many logins failed."""
        return sum(self.failed_addresses.counts.values())


def _client(summary: Summary, event: Event) -> None:
    """It counts only once it is in the queue: the filter may refuse it before."""
    summary.arriving.put(event.queue_id, (event.text, summary.with_tls.get(event.process) is not None))


def _queued(summary: Summary, event: Event) -> None:
    arriving = summary.arriving.take(event.queue_id)
    if arriving is None:
        return  # a bounce, or another try of a mail that has been counted
    origin, encrypted = arriving
    summary.received[origin] += 1
    summary.encrypted[origin] += encrypted
    summary.bytes_received += event.size
    summary.hours_received[int(event.when[11:13])] += 1
    summary.senders.add(event.address.lower() or "<>")
    if origin == "received":
        summary.domains_from.add(event.address.rpartition("@")[2].lower() or "<>")
    heapq.heappush(summary.largest, (event.size, event.when, event.address))
    if len(summary.largest) > LARGEST:
        heapq.heappop(summary.largest)


def _sent(summary: Summary, event: Event) -> None:
    daemon = event.process.partition("[")[0].rpartition("/")[2]
    summary.recipients.add(event.address.lower())
    summary.hours_delivered[int(event.when[11:13])] += 1
    summary.delays[event.delay if event.delay < 100 else float(round(event.delay, -1))] += 1
    if daemon == "smtp":
        summary.sent += 1
        summary.encrypted["sent"] += summary.with_tls.get(event.process) == event.peer
        summary.domains_to.add(event.address.rpartition("@")[2].lower())
    else:
        summary.delivered += 1


def _deferred(summary: Summary, event: Event) -> None:
    summary.deferred += 1
    summary.deferred_reasons.add(reason(event.text))


def _bounced(summary: Summary, event: Event) -> None:
    summary.bounced += 1
    summary.bounced_reasons.add(reason(event.text))


def _expired(summary: Summary, _event: Event) -> None:
    summary.expired += 1


def _removed(summary: Summary, event: Event) -> None:
    summary.arriving.take(event.queue_id)


def _reject(summary: Summary, event: Event) -> None:
    summary.refused.add(event.text)
    summary.refused_clients.add(event.peer)
    summary.arriving.take(event.queue_id)


def _early(summary: Summary, _event: Event) -> None:
    summary.early += 1


def _connect(summary: Summary, event: Event) -> None:
    summary.with_tls.take(event.process)


def _tls(summary: Summary, event: Event) -> None:
    summary.with_tls.put(event.process, event.peer)


def _login_failed(summary: Summary, event: Event) -> None:
    summary.failed_addresses.add(event.peer)
    summary.failed_accounts.add(event.address.lower() or "?")


def _login(summary: Summary, _event: Event) -> None:
    summary.logins += 1


def _login_ended(_summary: Summary, _event: Event) -> None:
    """A login that failed was counted before."""


def _junk(summary: Summary, _event: Event) -> None:
    summary.junk += 1


def _ban(summary: Summary, event: Event) -> None:
    summary.bans.add(f"{event.peer} ({event.text})")


def _warning(summary: Summary, event: Event) -> None:
    program = event.process.partition("[")[0]
    summary.warnings.add(f"{program}: {alike(event.text)}")


COUNTERS: dict[str, Callable[[Summary, Event], None]] = {
    "client": _client,
    "queued": _queued,
    "sent": _sent,
    "deferred": _deferred,
    "bounced": _bounced,
    "expired": _expired,
    "removed": _removed,
    "reject": _reject,
    "early": _early,
    "connect": _connect,
    "tls": _tls,
    "login failed": _login_failed,
    "login": _login,
    "login ended": _login_ended,
    "junk": _junk,
    "ban": _ban,
    "warning": _warning,
}
