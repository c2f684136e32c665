"""Postfix's queue: how many mails each state has, and how old they are, read off its folders.

postqueue(1) has every mail's file read, by a process of Postfix; with thousands of mails that takes seconds. Here a
name is enough for a mail to count, and of a large state only some files are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mailwright.metrics.exposition import Sample
from mailwright.metrics.families import QUANTILES, STATES

ASKED = 1000  # mails of a state whose age is looked up; those of a larger state are a sample
BEGIN = 512  # bytes of a queue file that hold its time
DEPTH = 2  # folders below a state's (hash_queue_depth)


def samples(queue: Path, now: float) -> Iterator[Sample]:
    """The number of mails and their ages, for each state."""
    for state in STATES:
        found = list(mails(f"{queue}/{state}"))
        yield Sample("queue_mails", len(found), (state,))
        step = -(-len(found) // ASKED) or 1
        ages = sorted(max(0.0, now - when) for path in found[::step] if (when := arrival(path)) is not None)
        for share in QUANTILES if ages else ():
            yield Sample("queue_age_seconds", round(quantile(ages, share), 3), (state, f"{share:g}"))


def quantile(ages: list[float], share: float) -> float:
    """The least of the sorted ``ages`` that at least ``share`` of all are not above."""
    return ages[max(0, -int(-share * len(ages) // 1) - 1)]


def mails(folder: str, depth: int = DEPTH) -> Iterator[str]:
    """The paths of the mails in ``folder`` and in those below it."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path
            elif depth:
                yield from mails(entry.path, depth - 1)


def arrival(path: str) -> float | None:
    """When the mail of a queue file arrived: its first record T (rec_type.h, mail_queue.h). None if it has gone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        begin = os.read(handle, BEGIN)
    except OSError:
        return None
    finally:
        os.close(handle)
    return next((when for when in map(_seconds, _records(begin)) if when is not None), None)


def _seconds(record: tuple[bytes, bytes]) -> float | None:
    kind, text = record
    if kind != b"T":
        return None
    seconds, _, micros = text.partition(b" ")
    try:
        return int(seconds) + int(micros or b"0") / 1e6
    except ValueError:
        return None


def _records(begin: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and text of each record: one byte, the length in groups of seven bits, the text (record(3))."""
    at = 0
    while at + 2 <= len(begin):
        kind, length, shift = begin[at : at + 1], 0, 0
        at += 1
        while at < len(begin):
            length |= (begin[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if begin[at - 1] < 0x80:
                break
        yield kind, begin[at : at + length]
        at += length
