"""Counts of the log's events that only grow. Their size has a limit, whatever strangers write into the log."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from mailwright.formats.mail_log import Event
from mailwright.metrics.exposition import Histogram, Sample
from mailwright.metrics.families import BY_NAME, DELAYS, FAMILIES

MOST = 5000  # mails under way and logins under way that are remembered
PATIENCE = 600.0  # seconds after which a failed login counts though nobody has said where it was
PROGRAMS = ("postfix", "dovecot", "fail2ban")
MAILBOX_DAEMONS = ("lmtp", "virtual", "local", "pipe")


@dataclass
class Counts:
    """What was counted so far, and what is needed for the lines that follow. All of it can be stored as JSON."""

    counts: dict[str, dict[str, float]] = field(default_factory=dict)  # family → value of its label → count
    delays: list[int] = field(default_factory=lambda: [0] * (len(DELAYS) + 1))
    delays_total: float = 0.0
    arriving: dict[str, str] = field(default_factory=dict)  # queue id → origin
    failing: dict[str, list[Any]] = field(default_factory=dict)  # session → failed logins, time of the first

    def add(self, event: Event) -> None:
        """The counts have ``event`` too."""
        if counter := COUNTERS.get(event.kind):
            counter(self, event)

    def up(self, family: str, label: str = "", by: float = 1) -> None:
        """The count of ``label`` is larger by ``by``. A label that was not declared is ``other``."""
        values = next(iter(BY_NAME[family].labels.values()), ("",))
        label = label if label in values else "other"
        counts = self.counts.setdefault(family, {})
        counts[label] = counts.get(label, 0) + by

    def resolve(self, session: str, service: str) -> None:
        """The failed logins of ``session`` count as those of ``service``."""
        if failed := self.failing.pop(session, None):
            self.up("auth_failures", service, failed[0])

    def resolve_older(self, now: float) -> None:
        """Failed logins that are old count, though nobody has said where they were."""
        for session, (_, since) in list(self.failing.items()):
            if now - since > PATIENCE:
                self.resolve(session, "other")

    def samples(self) -> Iterator[Sample | Histogram]:
        """The counts; zero where nothing was counted, so that a first event is an increase."""
        for family in FAMILIES:
            if not family.counted:
                continue
            if family.kind == "histogram":
                yield Histogram(
                    family.name,
                    dict(zip((*DELAYS, float("inf")), accumulate(self.delays), strict=True)),
                    round(self.delays_total, 3),
                )
                continue
            counts = self.counts.get(family.name, {})
            values = next(iter(family.labels.values()), None)
            for value in values if values is not None else ("",):
                yield Sample(family.name, counts.get(value, 0), (value,) if values is not None else ())

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Counts:
        """The counts of ``stored``; TypeError, KeyError or ValueError if they are another version's."""
        found = cls(**stored)
        if len(found.delays) != len(DELAYS) + 1:
            raise ValueError("other limits")
        return found


def _forget_the_oldest(table: dict[str, Any]) -> Any:
    oldest = next(iter(table))
    return oldest, table.pop(oldest)


def _client(counts: Counts, event: Event) -> None:
    """It counts only once it is in the queue: the filter may refuse it before."""
    counts.arriving.pop(event.queue_id, None)
    counts.arriving[event.queue_id] = event.text
    if len(counts.arriving) > MOST:
        _forget_the_oldest(counts.arriving)


def _queued(counts: Counts, event: Event) -> None:
    if origin := counts.arriving.pop(event.queue_id, None):  # else a bounce, or another try
        counts.up("mails_received", origin)
        counts.up("received_bytes", by=event.size)


def _target(event: Event) -> str:
    daemon = event.process.partition("[")[0].rpartition("/")[2]
    return "server" if daemon == "smtp" else "mailbox" if daemon in MAILBOX_DAEMONS else "other"


def _sent(counts: Counts, event: Event) -> None:
    counts.up("deliveries", _target(event))
    counts.delays[bisect_left(DELAYS, event.delay)] += 1
    counts.delays_total += event.delay


def _reject(counts: Counts, event: Event) -> None:
    counts.up("refused", event.text)
    counts.arriving.pop(event.queue_id, None)


def _login_failed(counts: Counts, event: Event) -> None:
    """Dovecot says at the end of the login where it was: in the line with the same session."""
    if not event.session:
        counts.up("auth_failures", event.service)
        return
    failed = counts.failing.setdefault(event.session, [0, datetime.fromisoformat(event.when).timestamp()])
    failed[0] += 1
    if len(counts.failing) > MOST:
        _, (number, _) = _forget_the_oldest(counts.failing)
        counts.up("auth_failures", "other", number)


def _login(counts: Counts, event: Event) -> None:
    counts.up("logins", event.service)
    counts.resolve(event.session, event.service)


def _login_ended(counts: Counts, event: Event) -> None:
    counts.resolve(event.session, event.service)


def _warning(counts: Counts, event: Event) -> None:
    name = event.process
    counts.up("log_errors", next((known for known in PROGRAMS if name.startswith(known)), "clamav"))


def _removed(counts: Counts, event: Event) -> None:
    counts.arriving.pop(event.queue_id, None)


COUNTERS: Mapping[str, Callable[[Counts, Event], None]] = {
    "client": _client,
    "queued": _queued,
    "sent": _sent,
    "deferred": lambda counts, event: counts.up("deferrals", _target(event)),
    "bounced": lambda counts, event: counts.up("bounces", _target(event)),
    "expired": lambda counts, _: counts.up("expired"),
    "removed": _removed,
    "reject": _reject,
    "early": lambda counts, _: counts.up("early_talkers"),
    "login failed": _login_failed,
    "login": _login,
    "login ended": _login_ended,
    "junk": lambda counts, _: counts.up("junk"),
    "ban": lambda counts, _: counts.up("bans"),
    "warning": _warning,
}
