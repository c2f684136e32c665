"""Judges of the machine: queue, disk and clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailwright.core.problems import shown
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import server as words
from mailwright.observe.machine import Volume, Waiting

OLD = 3600.0  # seconds that mail may wait
LITTLE = 500 << 20  # bytes free
PARTLY = 0.1
FEW_FILES = 0.05


def queue(waiting: Sequence[Waiting] | str, now: float) -> list[Finding]:
    """Mail that waits for long; a text says why the queue could not be asked."""
    if isinstance(waiting, str):
        return [words.QUEUE_UNASKED.met(reason=waiting)]
    old = [it for it in waiting if now - it.arrived > OLD]
    if not old:
        return []
    oldest = min(old, key=lambda it: it.arrived)
    count = "1 mail waits" if len(old) == 1 else f"{len(old)} mails wait"
    reason = shown(oldest.reason, 200) if oldest.reason else "nothing"
    return [words.WAITING.met(count=count, age=timedelta(seconds=int(now - oldest.arrived)), reason=reason)]


def disk(path: str, volume: Volume | str) -> list[Finding]:
    """Whether a volume runs full of bytes or of files; a text says why it could not be asked."""
    if isinstance(volume, str):
        return [words.DISK_UNASKED.met(path=path, reason=volume)]
    found = []
    if volume.free < LITTLE or volume.free < volume.total * PARTLY:
        found.append(words.FULL.met(path=path, free=megabytes(volume.free), total=megabytes(volume.total)))
    if volume.files_free < volume.files * FEW_FILES:
        found.append(words.INODES.met(path=path, free=volume.files_free))
    return found


def megabytes(number: int) -> str:
    """``number`` of bytes in MB."""
    return f"{number >> 20} MB"


def clock(now: datetime, built: datetime, kept: bool | None) -> list[Finding]:
    """The clock, as far as it can be judged: ``kept`` is the kernel's word, None when it does not say."""
    if now < built:
        return [words.CLOCK_BEHIND.met(now=f"{now:%Y-%m-%d}", built=f"{built:%Y-%m-%d}")]
    if kept is None:
        return [words.CLOCK_UNASKED.met(reason="the kernel does not say")]
    return [] if kept else [words.CLOCK_ALONE.met()]
