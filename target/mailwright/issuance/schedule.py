"""Schedule: when a certificate is due, and when to try again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailwright.formats.acme_status import Record, Status
from mailwright.formats.certificates import Certificate

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
FIRST, LONGEST = 10 * MINUTE, 12 * HOUR  # after a failure; each time twice as long
PER_HOUR = 5  # tries, also if settings change in between (Let's Encrypt: 5 failed validations of a name an hour)
LOOK = HOUR  # between looks at DNS while a name or a key waits for it
LEFT = 7 * DAY  # the longest time that a CA is left because it wants to be
REFUSED = DAY  # until the CA is asked again about a name that it refused
LATEST = 12 * HOUR  # between two runs


NAMES = "its names changed"


def due(certificate: Certificate | None, record: Record, names: Iterable[str], directory: str, now: float) -> str:
    """Why a certificate for ``names`` is ordered now; empty if it is not. It is renewed at a third of its lifetime."""
    if not certificate:
        return "the first one"
    if set(certificate.names) != set(names):
        return NAMES
    if record.directory and record.directory != directory:
        return "from another CA"
    begin, end = certificate.not_before.timestamp(), certificate.not_after.timestamp()
    return "renewed" if end - now <= (end - begin) / 3 else ""


def allowed(status: Status, record: Record, now: float) -> bool:
    """Whether a try may be made now."""
    return now >= record.next_try and may_ask(status, now)


def may_ask(status: Status, now: float) -> bool:
    """Whether the CA may be asked at all now. Times in the future are of a clock that was wrong."""
    recent = [one for one in status.tries if now - HOUR < one <= now]
    return now >= status.not_before and len(recent) < PER_HOUR


def failed(record: Record, error: str, now: float) -> Record:
    """``record`` after a try that failed."""
    wait = min(FIRST * 2 ** min(record.failures, 10), LONGEST)
    return replace(record, failures=record.failures + 1, next_try=now + wait, error=error)


def renewal(certificate: Certificate) -> float:
    """When ``certificate`` is renewed."""
    begin, end = certificate.not_before.timestamp(), certificate.not_after.timestamp()
    return end - (end - begin) / 3


def next_run(status: Status, certificates: Iterable[Certificate], now: float) -> float:
    """When something may be due: a renewal, another try, a look at DNS; the tries of an hour are over in an hour."""
    times = [renewal(one) for one in certificates]
    for record in status.records.values():
        if record.error:
            times.append(status.retry(record))
        if record.left_out or record.waits_for:
            times.append(now + LOOK)
    if len([one for one in status.tries if one > now - HOUR]) >= PER_HOUR:
        times = [max(one, now + 15 * MINUTE) for one in times]
    return max(now + MINUTE, min([*times, now + LATEST]))


def forgiven(status: Status, plan: str, now: float) -> Status:
    """``status`` for the plan with this digest: what failed may go well with other settings, so it is tried at once.

    The same holds for times that are too far away, as of a clock that was wrong.
    """
    is_same = status.plan == plan
    records = {
        name: record
        if is_same and record.next_try <= now + LONGEST
        else replace(record, failures=0, next_try=0.0, refused={})
        for name, record in status.records.items()
    }
    not_before = status.not_before if status.not_before <= now + LEFT else 0.0
    tries = tuple(one for one in status.tries if now - HOUR < one <= now)
    return replace(status, plan=plan, records=records, not_before=not_before, tries=tries)
