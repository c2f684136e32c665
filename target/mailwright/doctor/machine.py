"""Checks of the machine: queue, disk and clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailwright.core.problems import shown
from mailwright.core.values import amount
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import server as words
from mailwright.host.mailboxes import listed
from mailwright.observe.machine import Volume, Waiting

MAX_WAIT = 3600.0  # seconds that mail may stay in the queue
MIN_FREE = 500 << 20  # bytes
MIN_FREE_PART = 0.1  # of a volume
MIN_FREE_FILES = 0.05


def queue(waiting: Sequence[Waiting] | str, now: float) -> list[Finding]:
    """Findings about mail that is in the queue for long; a text says why the queue could not be read."""
    if isinstance(waiting, str):
        return [words.QUEUE_UNASKED.finding(reason=waiting)]
    old = [mail for mail in waiting if now - mail.arrived > MAX_WAIT]
    if not old:
        return []
    oldest = min(old, key=lambda mail: mail.arrived)
    count = amount(len(old), "mail")
    reason = shown(oldest.reason, 200) if oldest.reason else "no reason recorded"
    return [words.WAITING.finding(count=count, age=timedelta(seconds=int(now - oldest.arrived)), reason=reason)]


def disk(path: str, volume: Volume | str) -> list[Finding]:
    """Findings about a volume with little space or few free inodes; a text says why it could not be read."""
    if isinstance(volume, str):
        return [words.DISK_UNASKED.finding(path=path, reason=volume)]
    findings = []
    if volume.free < MIN_FREE or volume.free < volume.total * MIN_FREE_PART:
        findings.append(words.FULL.finding(path=path, free=megabytes(volume.free), total=megabytes(volume.total)))
    if volume.files_free < volume.files * MIN_FREE_FILES:
        files = amount(volume.files_free, "more file")
        findings.append(words.INODES.finding(path=path, files=files))
    return findings


def owners(foreign: list[str], owner: tuple[int, int]) -> list[Finding]:
    """A finding about the paths of mail that are not ``owner``'s (uid, gid)."""
    number = ":".join(map(str, owner))
    return [words.FOREIGN.finding(paths=listed(foreign), owner=number)] if foreign else []


def megabytes(number: int) -> str:
    """``number`` of bytes in MB."""
    return f"{number >> 20} MB"


def clock(now: datetime, built: datetime, synchronized: bool | None) -> list[Finding]:
    """Findings about the clock; ``synchronized`` comes from the kernel, None if it does not report it."""
    if now < built:
        return [words.CLOCK_BEHIND.finding(now=f"{now:%Y-%m-%d}", built=f"{built:%Y-%m-%d}")]
    if synchronized is None:
        return [words.CLOCK_UNASKED.finding(reason="the kernel does not report it")]
    return [] if synchronized else [words.CLOCK_ALONE.finding()]
