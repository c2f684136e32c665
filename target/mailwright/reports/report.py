"""Report: the summary of a time and what the server is like now."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from mailwright.formats.mail_log import events
from mailwright.observe import log_lines, machine
from mailwright.reports.counting import Top, quantile
from mailwright.reports.summary import Summary

QUANTILES = {"half": 0.5, "90 %": 0.9, "99 %": 0.99, "all": 1.0}  # name → share of the deliveries
TOP = 10
ORIGINS = {
    "received": "received from other servers",
    "submitted": "submitted by users",
    "sieve": "sent by Sieve scripts",
    "local": "made on this server",
}


@dataclass
class Report:
    """A summary, its time, and the queue and the volumes at the moment of the report."""

    hostname: str
    since: float
    until: float
    summary: Summary
    queue: dict[str, int] | None = None  # None: not known
    disk: dict[str, dict[str, int] | None] = field(default_factory=dict)


def report(hostname: str, since: float, until: float) -> Report:
    """The report of the log's lines from ``since`` to ``until``."""
    summary = Summary()
    for event in events(log_lines.lines(since, until)):
        summary.add(event)
    return Report(hostname, since, until, summary, _queue(), _disk())


def _queue() -> dict[str, int] | None:
    waiting = machine.queue()
    if isinstance(waiting, str):
        return None
    now = time.time()
    oldest = min((mail.arrived for mail in waiting), default=now)
    return {"mails": len(waiting), "oldest_seconds": int(now - oldest)}


def _disk() -> dict[str, dict[str, int] | None]:
    return {
        path: None if isinstance(volume, str) else {"free_bytes": volume.free, "total_bytes": volume.total}
        for path, volume in machine.volumes().items()
    }


def as_values(report: Report) -> dict[str, Any]:
    """The report as plain values, for JSON. The keys and their order are stable."""
    summary = report.summary
    return {
        "hostname": report.hostname,
        "since": int(report.since),
        "until": int(report.until),
        "log_begins": summary.first or None,
        "mails": {origin: summary.received[origin] for origin in ORIGINS},
        "bytes_received": summary.bytes_received,
        "deliveries": {
            name: getattr(summary, name) for name in ("delivered", "junk", "sent", "deferred", "bounced", "expired")
        },
        "with_tls": {name: summary.encrypted[name] for name in (*ORIGINS, "sent")},
        "refused": dict(summary.refused.first(100)),
        "refused_clients": _top(summary.refused_clients),
        "spoke_too_early": summary.early,
        "deferred_reasons": _top(summary.deferred_reasons),
        "bounced_reasons": _top(summary.bounced_reasons),
        "senders": _top(summary.senders),
        "recipients": _top(summary.recipients),
        "domains_from": _top(summary.domains_from),
        "domains_to": _top(summary.domains_to),
        "logins": summary.logins,
        "failed_logins": summary.failed_logins(),
        "failed_logins_by_address": _top(summary.failed_addresses),
        "failed_logins_by_account": _top(summary.failed_accounts),
        "bans": _top(summary.bans),
        "received_by_hour": [summary.hours_received[hour] for hour in range(24)],
        "delivered_by_hour": [summary.hours_delivered[hour] for hour in range(24)],
        "delivery_seconds": {name: quantile(summary.delays, share) for name, share in QUANTILES.items()},
        "largest": [
            {"bytes": size, "at": when, "sender": sender}
            for size, when, sender in sorted(summary.largest, reverse=True)
        ],
        "warnings": _top(summary.warnings, 30),
        "queue": report.queue,
        "disk": report.disk,
    }


def _top(top: Top, many: int = TOP) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in top.first(many)]
